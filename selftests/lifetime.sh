#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# What ends an SA, and what goes on when it is replaced or changed: sequence
# numbers, limits, replay windows.
. "$(dirname "$0")/lib.sh"
plan 42
load_module
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/lifetime.py"
check_no_clear
