#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.12
# Floods of each kind that somebody outside or inside can make, as fast as one
# processor sends, for TORTURE_SECONDS in all; the gateway receives on another.
# Each packet is counted, memory, log and events stay within what is said of them,
# and what a flow through the tunnel loses it loses before it gets to the module.
. "$(dirname "$0")/lib.sh"
plan 12
load_module
setup_net
capture_start "$clear_filter"
cpus=$(getconf _NPROCESSORS_ONLN)
for dev in wan lan; do
	on "$g1" sh -c "printf %x $((1 << (cpus - 1))) >/sys/class/net/$dev/queues/rx-0/rps_cpus"
done
points_of /usr/bin/python3 "$here/floods.py"
check_no_clear
