#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# What "explain" says of random packets, and what really becomes of them: in
# clear and in ESP, both ways, by random policies, SAs, path MTUs and MTU
# policies. PACKETS in the environment says how many, SEED which.
. "$(dirname "$0")/lib.sh"
plan 8
allow_clear=1
load_module
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
on "$g1" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000 \
	net.ipv6.icmp.ratelimit=0
points_of /usr/bin/python3 "$here/explain.py"
