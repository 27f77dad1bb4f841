#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# The WAN is in a VRF, and the LAN in none, or in one of its own; routes are leaked
# between them. Which of them the outer route, answers and errors are for; policy
# routing and multipath.
. "$(dirname "$0")/lib.sh"
plan 33
load_module
modprobe -qa vrf ip_gre 2>/dev/null
setup_net
allow_clear=1
points_of /usr/bin/python3 "$here/vrf.py"
