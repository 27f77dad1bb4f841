#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.1
# The lines to type of Documentation/your-gateway.md, as they stand there, each
# kind of gateway in the network that it is meant for.
. "$(dirname "$0")/lib.sh"
[ -n "$ESPGW_GUIDE" ] || { echo "1..0 # SKIP there is no your-gateway.md"; exit 4; }
plan 8
allow_clear=1
load_module
modprobe -qa vrf dummy ppp_generic ppp_async bridge 8021q nft_masq nft_nat nft_chain_nat nf_flow_table_inet nft_flow_offload ifb act_mirred cls_matchall sch_ingress sch_cake 2>/dev/null
for kind in PPPoE "A VLAN of a trunk" "A bridge" "Two uplinks" "One interface, in a cloud" "Two tunnels to a cloud" \
	"A VRF for the provider" "Flow offload and shaping"; do
	setup_net
	points_of /usr/bin/python3 "$here/guide.py" "$kind"
	for n in $a $g1 $r $g2 $b; do
		ip netns pids "$n" | xargs -r kill 2>/dev/null
		gw "$n" policy flush 2>/dev/null
		ip netns del "$n"
	done
done
