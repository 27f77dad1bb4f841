#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# The outer route leads into another tunnel of the same host, and the path of
# that one shrinks: its device's word about ESP counts.
. "$(dirname "$0")/lib.sh"
plan 69
load_module
modprobe -q -a ip_gre ip6_gre ipip sit ip6_tunnel vxlan geneve wireguard 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/underlay.py"
check_no_clear
