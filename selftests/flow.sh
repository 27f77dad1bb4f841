#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# What was decided of a flow is kept for its next packets: whatever that depends on
# is changed, and the next packet obeys.
. "$(dirname "$0")/lib.sh"
plan 32
load_module
modprobe -qa dummy nft_nat nft_chain_nat nf_nat 2>/dev/null
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/flow.py"
check_no_clear
