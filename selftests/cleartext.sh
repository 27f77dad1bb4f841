#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.12
# The clear-text watch: the router between the gateways counts, by nftables and
# by what is in its frames, while packets are sent, devices change, SAs end, and
# gateway 1 itself sends errors about what it has decrypted. Beside what is to be
# protected goes the same in clear, which the router has to see, each of it.
# WATCH=all: all rows of its tables.
. "$(dirname "$0")/lib.sh"
plan 7
allow_clear=1
load_module
modprobe -qa nf_tables nft_counter nft_masq nft_chain_nat nft_reject nft_reject_inet bonding bridge 8021q macvlan vrf dummy tun 2>/dev/null
modprobe -qa ipip sit ip_gre ip6_gre ip6_tunnel vxlan wireguard sch_tbf sch_netem sch_fq_codel sch_prio esp4 esp6 xfrm_user 2>/dev/null
setup_net
export loaded_here
points_of /usr/bin/python3 "$here/cleartext.py"
