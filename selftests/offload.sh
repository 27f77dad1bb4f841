#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 420
# kernel: 6.12
# The stacks of real hosts, TCP and UDP, with the offloads of all devices on
# and off: to kernel xfrm and to espgw, from gateway 1 itself, and in fragments
# that connection tracking has put together.
. "$(dirname "$0")/lib.sh"
plan 26
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/offload.py"
check_no_clear
