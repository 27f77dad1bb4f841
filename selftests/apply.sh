#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# "espgw apply": what differs is said and done, all of it or nothing, and what
# stays does not feel it: no number is used twice, no packet is lost or clear.
. "$(dirname "$0")/lib.sh"
plan 35
load_module
modprobe -qa esp4 xfrm_user 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/apply.py"
check_no_clear
