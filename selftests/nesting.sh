#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.12
# SAs around SAs, and routes that lead in circles through them, where packets
# wait between one and the next: in queues of devices, for ciphers.
. "$(dirname "$0")/lib.sh"
plan 18
load_module
modprobe -q -a ip_gre ip6_gre ipip sch_netem pcrypt cryptd crypto_user chacha_generic poly1305_generic 2>/dev/null
setup_net
# What is in such a tunnel is in clear unless it is in ESP.
clear_filter="$clear_filter or ip proto 47 or ip proto 4 or ip proto 41 or ip6 proto 47 or ip6 proto 60"
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/nesting.py"
check_no_clear
