#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# The WAN's MTU is below the LAN's: senders get one answer, the exact one, and
# what may be cut is cut once.
. "$(dirname "$0")/lib.sh"
plan 14
load_module
modprobe -qa ipip ip6_tunnel wireguard nft_chain_nat nft_nat nft_ct nft_counter 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/small_wan.py"
check_no_clear
