#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# The kernel's own IPsec as the peer, both ways: every algorithm, outer and
# inner family and encapsulation, all lengths around the padding, extended
# sequence numbers and replay windows, and TCP through it all.
. "$(dirname "$0")/lib.sh"
plan 52
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/interop_xfrm.py"
check_no_clear
