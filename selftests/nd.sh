#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.12
# Neighbour discovery that comes out of a tunnel: a peer, authenticated or not,
# is no neighbour. What it says of the WAN link is dropped, by any policy.
. "$(dirname "$0")/lib.sh"
plan 13
load_module
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/nd.py"
check_no_clear
