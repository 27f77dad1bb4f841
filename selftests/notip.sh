#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# What a protect policy covers is not in clear for being called something else
# than IP: labels that its route puts on it or that it comes with, segment
# routing, tags in the frame.
. "$(dirname "$0")/lib.sh"
plan 12
allow_clear=1
load_module
modprobe -qa mpls_router mpls_iptunnel 8021q 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/notip.py"
