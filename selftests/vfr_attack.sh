#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# Attacks by fragments, on each way through the gateway: stopped, counted by
# their reason, logged and told once; the datagram does not arrive.
. "$(dirname "$0")/lib.sh"
need_scapy
plan 140
load_module
setup_net
capture_start "$clear_filter"
# Each attack is looked for in the log: more of them than the kernel lets pass there.
cost=$(sysctl -n net.core.message_cost)
sysctl -qw net.core.message_cost=0
points_of /usr/bin/python3 "$here/vfr_attack.py"
sysctl -qw net.core.message_cost="$cost"
check_no_clear
