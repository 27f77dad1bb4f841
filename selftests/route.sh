#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# Which way a packet takes where several tunnels would carry it, and what may
# come by which: two tunnels with the same selectors.
. "$(dirname "$0")/lib.sh"
plan 9
load_module
modprobe -qa nft_counter nf_tables 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/route.py"
check_no_clear
