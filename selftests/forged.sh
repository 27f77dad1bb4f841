#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# What should have come protected does not arrive in clear, by whatever device it
# comes: another uplink, a VLAN, a tunnel's or a bridge's device, out of an ifb.
. "$(dirname "$0")/lib.sh"
plan 11
allow_clear=1
load_module
modprobe -qa ip_gre act_mirred cls_matchall sch_ingress ifb bridge 8021q 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/forged.py"
