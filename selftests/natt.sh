#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 420
# kernel: 6.12
# NAT traversal: gateway 1 is behind a real NAT, connection tracking's on the
# router. The peer is the kernel's IPsec first, then espgw.
. "$(dirname "$0")/lib.sh"
plan 41
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/natt.py"
check_no_clear
