#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 2700
# A path that becomes wider: found without being asked for, in the ten minutes
# that this takes. Made for a machine whose clock leaps to the next timer when
# there is nothing to do (make long); elsewhere it takes its half hour.
. "$(dirname "$0")/lib.sh"
plan 11
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/raise.py"
check_no_clear
