#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# 100,000 forged ICMP errors while a TCP stream goes through the tunnel: no
# path MTU moves but by the hints that NAT-T allows, and each has its counter.
. "$(dirname "$0")/lib.sh"
plan 13
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/spoof.py"
check_no_clear
