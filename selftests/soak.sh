#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# Traffic of all kinds between two gateways whose SAs are replaced and whose path
# changes its MTU every few seconds, for TORTURE_SECONDS: nothing grows, and what is
# lost is counted where it was dropped. Not among the default tests: make soak
. "$(dirname "$0")/lib.sh"
plan 7
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/soak.py"
check_no_clear
