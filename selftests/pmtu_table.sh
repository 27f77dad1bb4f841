#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# The path-MTU table beyond what is believed: who inside is told of a packet
# that was dropped on the way, what SAs share, routes, devices, age, events.
. "$(dirname "$0")/lib.sh"
plan 44
load_module
modprobe -q -a pcrypt cryptd crypto_user chacha_generic poly1305_generic nft_nat nft_chain_nat nft_masq 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/pmtu_table.py"
check_no_clear
