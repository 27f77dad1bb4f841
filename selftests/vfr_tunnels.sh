#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.1
# Fragments that came by one tunnel are never put to those of another, not even
# of one that took its place in memory.
. "$(dirname "$0")/lib.sh"
plan 4
load_module
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr_tunnels.py"
check_no_clear
