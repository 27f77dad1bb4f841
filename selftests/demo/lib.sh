#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the demos share, once the tests' own lib.sh is there: how they begin, tell, and end.

began=$SECONDS was_loaded=0 capture=

finish() {
	local status=$? n
	[ -z "$capture" ] || kill "$capture" 2>/dev/null
	for n in ${g1:-} ${g2:-}; do gw "$n" policy flush 2>/dev/null; done
	for n in ${a:-} ${g1:-} ${r:-} ${g2:-} ${b:-}; do
		ip netns pids "$n" 2>/dev/null | xargs -r kill 2>/dev/null
		ip netns del "$n" 2>/dev/null
	done
	[ $was_loaded = 1 ] || rmmod espgw 2>/dev/null
	rm -rf "$tmp"
	exit $status
}
trap finish EXIT

fail() {
	echo
	echo "NOT AS IT SHOULD BE: $*"
	exit 1
}

step() { printf '\n== %s\n' "$*"; }
doing() { printf '   %-52s ' "$*..."; }
