#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# Not by default, it takes tshark: what "-o wireshark sa show keys" prints has Wireshark find in a capture the packets that
# were sent: every algorithm but ChaCha20-Poly1305, both families outside, with and without UDP, both ways.
. "$(dirname "$0")/lib.sh"
command -v tshark >/dev/null || { echo "1..0 # SKIP there is no tshark"; exit 4; }
plan 4
load_module
setup_net
capture_start
export tmp
points_of /usr/bin/python3 "$here/wireshark.py"
