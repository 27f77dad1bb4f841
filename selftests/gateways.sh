#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# kernel: 6.1
# Gateways made at random: stacks of devices, VRFs, routes, NAT, flow offload
# and policies, for devices or for all, that change under traffic. No clear text on any wire; what is sent
# arrives, or a counter or an answer says why not.
#
# GATEWAYS_SEED: the one gateway of that number, to repeat it
# GATEWAYS_SECONDS: so long, gateways from a random number on (1800 by hand)
. "$(dirname "$0")/lib.sh"
plan 2
allow_clear=1
load_module
modprobe -qa bonding bridge 8021q macvlan ipip sit ip_gre ip6_gre ip6_tunnel vxlan wireguard dummy ifb tun vrf xfrm_interface 2>/dev/null
modprobe -qa nft_counter nft_chain_nat nft_masq nft_nat nf_flow_table nf_flow_table_inet nft_flow_offload act_mirred cls_matchall sch_ingress 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/gateways.py"
