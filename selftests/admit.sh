#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# What may arrive and leave in clear: datagrams between the gateways themselves,
# whole and in fragments, and of fragments that came by several ways; ICMP
# errors by what they quote, on their way in and out.
. "$(dirname "$0")/lib.sh"
plan 147
load_module
modprobe -qa vxlan nft_ct nft_chain_nat nft_nat nf_nat 2>/dev/null
setup_net
# A gateway's own errors about what was decrypted would show it.
clear_filter="$clear_filter or (icmp and src host $g1_wan4 and dst net 10.2.0.0/16)
 or (ip6 proto 58 and src host $g1_wan6 and dst net fd02::/16)"
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/admit.py"
check_no_clear
