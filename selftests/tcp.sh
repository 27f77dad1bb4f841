#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# TCP: what SYNs offer once they have passed the gateway, and segments that are
# cut into segments ("mss", "split tcp"). The peer is kernel xfrm, at the end
# espgw too.
. "$(dirname "$0")/lib.sh"
plan 64
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/tcp.py"
check_no_clear
