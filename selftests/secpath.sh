#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# What was decrypted carries a security path: strict reverse path filters let it
# in by any uplink, the firewall knows it, and kernel xfrm's own policies mean to
# it what they did.
. "$(dirname "$0")/lib.sh"
plan 25
load_module
modprobe -qa nft_xfrm nft_compat xt_policy dummy sch_ingress cls_matchall act_mirred nf_defrag_ipv4 nf_defrag_ipv6 esp4 xfrm_user 2>/dev/null
setup_net
# A second uplink, which no route of gateway 1 leaves by.
link "$g1" wan2 "$r" r3
addresses "$g1" wan2 192.0.3.1/24 2001:db8:3::1/64
addresses "$r" r3 192.0.3.254/24 2001:db8:3::fe/64
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/secpath.py" "$loaded_here"
check_no_clear
