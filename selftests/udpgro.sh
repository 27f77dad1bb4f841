#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# ESP in UDP that arrives put together: sent so, by receive offload for a socket with UDP_GRO, by the device's forwarding
# offload, in a list; beside IKE.
. "$(dirname "$0")/lib.sh"
plan 27
load_module
modprobe -qa ifb act_mirred cls_matchall 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/udpgro.py"
check_no_clear
