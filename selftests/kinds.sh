#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# Every kind of device as the WAN: does anything leave in clear when routes,
# devices and NAT change; what is lost, learned and answered when the path
# shrinks. `make compare` has kernel xfrm in espgw's place as well, for
# information, and puts the table of both into Documentation/datapath.md.
#
# ESPGW_OUT: where the table goes, as kinds.md, if set
. "$(dirname "$0")/lib.sh"
read -ra sides <<<"${SIDES:-${ESPGW_OUT:+xfrm} espgw}"
case " ${sides[*]} " in *" espgw "*) plan 15 ;; *) plan 0 ;; esac
allow_clear=1
load_module
modprobe -qa bonding bridge 8021q macvlan ipip sit ip_gre ip6_gre ip6_tunnel vxlan wireguard dummy 2>/dev/null
modprobe -qa nft_counter nft_chain_nat nft_masq nf_flow_table nf_flow_table_inet nft_flow_offload 2>/dev/null
for side in "${sides[@]}"; do
	setup_net
	points_of /usr/bin/python3 "$here/kinds.py" "$side" "$tmp/results"
	[ "$side" = espgw ] || for n in $a $g1 $r $g2 $b; do ip netns del "$n"; done
done
/usr/bin/python3 "$here/kinds.py" table "$tmp/results" >"$tmp/kinds.md"
diag "$(cat "$tmp/kinds.md")"
[ -z "${ESPGW_OUT:-}" ] || cp "$tmp/kinds.md" "$ESPGW_OUT/kinds.md" || failures=$((failures + 1))
