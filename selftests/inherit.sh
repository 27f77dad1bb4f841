#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.1
# What was set can be unset: an SA goes by its device again, a device by the
# default, the default and VFR's numbers by what is built in.
. "$(dirname "$0")/lib.sh"
plan 14
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/inherit.py"
check_no_clear
