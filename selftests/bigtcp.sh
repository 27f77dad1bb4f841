#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# BIG TCP: super-packets that are longer than any packet may be, of hosts, of
# gateway 1 itself and of receive offload.
. "$(dirname "$0")/lib.sh"
plan 19
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/bigtcp.py"
check_no_clear
