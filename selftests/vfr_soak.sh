#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 4200
# A mix of fragments that are right, wrong, late and missing, on all ways, for
# ESPGW_SOAK seconds (default an hour): nothing grows. Not among the default
# tests: selftests/run vfr_soak.sh
. "$(dirname "$0")/lib.sh"
need_scapy
plan 5
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr_soak.py"
check_no_clear
