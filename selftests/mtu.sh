#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 360
# kernel: 6.1
# What becomes of packets that are too big, by checks that look on from outside:
# gateway 1 is espgw, which has to pass. `make compare` has kernel xfrm in its
# place as well, and espgw keyed by strongSwan, for information, and puts the table
# of all into the README.
#
# ESPGW_OUT: where the table goes, as compare.md, if set
. "$(dirname "$0")/lib.sh"
read -ra sides <<<"${SIDES:-${ESPGW_OUT:+xfrm nopmtudisc ike} espgw}"
case " ${sides[*]} " in *" espgw "*) checks=35 ;; *) checks=0 ;; esac
case " ${sides[*]} " in *" ike "*) need_daemons strongswan ;; esac
plan $((checks + ${#sides[@]}))
load_module
for side in "${sides[@]}"; do
	setup_net
	capture_start "$clear_filter"
	began=$SECONDS
	points_of /usr/bin/python3 "$here/mtu.py" "$side" "$tmp/results"
	diag "$side took $((SECONDS - began)) s"
	capture_stop
	equal "$side: no inner packet crossed the WAN in clear" "$(clear_packets)" 0
	[ "$side" = espgw ] || for n in $a $g1 $r $g2 $b; do ip netns del "$n"; done
done
/usr/bin/python3 "$here/mtu.py" table "$tmp/results" >"$tmp/compare.md"
diag "$(cat "$tmp/compare.md")"
[ -z "${ESPGW_OUT:-}" ] || cp "$tmp/compare.md" "$ESPGW_OUT/compare.md" || failures=$((failures + 1))
