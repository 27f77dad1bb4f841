#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# Which packets are protected, by which SA, and what may arrive: policies and
# selectors, both ways; what stands in the outer header; what is in an ESP
# packet besides the inner one.
. "$(dirname "$0")/lib.sh"
plan 53
load_module
modprobe -qa nft_counter cls_fw cls_u32 sch_ingress 2>/dev/null
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/policy.py"
check_no_clear
