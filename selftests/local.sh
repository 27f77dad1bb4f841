#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# The gateway's own sockets, and ICMP errors from inside the sites.
. "$(dirname "$0")/lib.sh"
plan 50
load_module
setup_net
# Errors from inside come from addresses that are in no policy.
clear_filter="$clear_filter or (src host 172.16.8.8 and icmp[24:2] = 0x0a01) or (src host fd08::8 and ip6[72:2] = 0xfd01)"
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/local.py"
check_no_clear
