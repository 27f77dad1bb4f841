#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# Exact sizes on the wire: the largest inner packet for each cipher, outer
# family, encapsulation and path MTU, and the answer to one byte more.
. "$(dirname "$0")/lib.sh"
plan 37
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/sizes.py"
check_no_clear
