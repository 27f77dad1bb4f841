#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 480
# kernel: 6.1
# Policies with ports and fragments: each fragment goes the way of its
# datagram's first one, in any order, both ways; and arrives byte for byte.
. "$(dirname "$0")/lib.sh"
need_scapy
plan 68
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr.py"
check_no_clear
