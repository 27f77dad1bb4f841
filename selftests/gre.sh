#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# GRE, IPIP and GRE over IPv6 above an SA: what their devices learn, multicast, routes that lead in circles, nesting.
. "$(dirname "$0")/lib.sh"
plan 108
load_module
modprobe -q -a ip_gre ipip ip6_gre macvlan 2>/dev/null
setup_net
# What is in such a tunnel is in clear unless it is in ESP.
clear_filter="$clear_filter or ip proto 47 or ip proto 4 or ip proto 41 or ip6 proto 47 or ip6 proto 60"
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/gre.py"
check_no_clear
