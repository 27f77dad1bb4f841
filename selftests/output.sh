#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# What leaves is the inner packet's in all that queues and the stack look at,
# whoever made that: sockets that are none of the internet's, devices, a VLAN
# device with the priority tag.
. "$(dirname "$0")/lib.sh"
plan 7
load_module
modprobe -qa tun nft_fwd_netdev 8021q 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/output.py"
check_no_clear
