#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.1
# Who listens is told of each packet that is dropped, but not of a flood.
. "$(dirname "$0")/lib.sh"
plan 5
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/drops.py"
check_no_clear
