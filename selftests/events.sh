#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.12
# Events: who listens is told when one is missing, and what it was about can be
# asked for; none is lost in silence, not even for want of memory.
. "$(dirname "$0")/lib.sh"
plan 10
load_module
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/events.py"
check_no_clear
