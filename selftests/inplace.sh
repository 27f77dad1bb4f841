#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# Packets are encrypted in the transmission that is under way, on devices of each
# kind, and whatever is known of the neighbour's address.
. "$(dirname "$0")/lib.sh"
plan 20
load_module
modprobe -qa 8021q macvlan bridge bonding ipip sit ip6_tunnel ip_gre ip6_gre vxlan tun wireguard 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/inplace.py"
check_no_clear
