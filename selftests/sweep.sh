#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# Nothing is lost: more than 50,000 flows, every inner length from 28 to 9000
# bytes, through path MTUs from 576 to 9216. Each arrives whole, is answered
# with the exact MTU, or is counted; and the sums agree.
. "$(dirname "$0")/lib.sh"
plan 17
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/sweep.py"
check_no_clear
