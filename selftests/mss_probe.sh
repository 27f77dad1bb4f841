#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# The path MTU from the MSS of a TCP connection between the gateways, where
# routers clamp it and drop ICMP.
. "$(dirname "$0")/lib.sh"
plan 25
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/mss_probe.py"
check_no_clear
