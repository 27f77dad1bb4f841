#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# Nothing that a protect policy covers leaves in clear, by whatever device and
# whatever way of the stack: other uplinks, devices that go and come again, NAT,
# bridges, VLANs, tunnels, flow offload, redirections.
. "$(dirname "$0")/lib.sh"
plan 17
allow_clear=1
load_module
modprobe -qa nft_counter nft_chain_nat nft_masq nft_nat nf_flow_table nf_flow_table_inet nft_flow_offload act_mirred cls_matchall sch_ingress ifb 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/leaks.py"
