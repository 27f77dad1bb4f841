#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.12
# Packets that something is wrong with, for TORTURE_SECONDS, and, where the kernel
# can do that, each allocation on a packet's way fails once. TORTURE_SEED says
# which packets.
. "$(dirname "$0")/lib.sh"
plan 5
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/torture_packets.py" "${TORTURE_SEED:-4303}" "${TORTURE_SECONDS:-8}"
check_no_clear || exit 1 # which they were is said then
if [ -e /proc/self/fail-nth ] && [ -d /sys/kernel/debug/failslab ]; then
	gw "$g1" policy flush
	for n in $a $g1 $r $g2 $b; do ip netns del "$n"; done
	setup_net
	capture_start "$clear_filter"
	points_of /usr/bin/python3 "$here/torture_failpacket.py"
	check_no_clear
else
	for what in "once" "and nothing is in clear"; do skip "each allocation on a packet's way fails, $what" "this kernel has no fault injection"; done
fi
gw "$g1" policy flush
no_leak
