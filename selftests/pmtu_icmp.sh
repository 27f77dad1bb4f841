#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# The path-MTU table: what real routers teach it, what forged messages do not.
. "$(dirname "$0")/lib.sh"
plan 51
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/pmtu_icmp.py"
check_no_clear
