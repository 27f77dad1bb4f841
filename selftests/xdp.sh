#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Behind XDP in its generic form, which comes before all hooks and makes packets
# linear, on both devices of the gateway.
. "$(dirname "$0")/lib.sh"
plan 4
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/xdp.py"
check_no_clear
