#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# Hosts behind a NAT on gateway 1, before the tunnel: each is told of its own
# packets, and shares its allowance of answers with nobody.
. "$(dirname "$0")/lib.sh"
plan 15
load_module
modprobe -qa nft_nat nft_chain_nat nf_nat nft_ct 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/snat.py"
check_no_clear
