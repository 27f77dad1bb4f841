#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# Floods of datagrams that never come whole, from one host and from thirty: the
# memory stays in its bounds, the datagrams of others arrive. Of a million:
# ESPGW_FLOOD=1000000.
. "$(dirname "$0")/lib.sh"
need_scapy
plan 28
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr_flood.py"
check_no_clear
