#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# What happens to a packet that is too big: every row of the table of outer DF,
# place of fragmentation and inner DF, seen on the wire.
. "$(dirname "$0")/lib.sh"
plan 33
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/df.py"
check_no_clear
