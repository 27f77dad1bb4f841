#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.1
# A packet that comes by an interrupt upon somebody's use of the processor's SIMD
# registers is encrypted or decrypted a moment later, and in order. Kernel xfrm is
# the peer.
. "$(dirname "$0")/lib.sh"
plan 5
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/simd.py"
check_no_clear
