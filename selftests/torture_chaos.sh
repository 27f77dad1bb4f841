#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.12
# Everything changes under traffic, for TORTURE_SECONDS with policies that stand,
# and for half of it with policies and module that come and go. Nothing that is
# to be protected is in clear, and afterwards the tunnel is as it was.
# TORTURE_CRYPTO=cryptd or pcrypt, TORTURE_FAIL=PERCENT and TORTURE_SEED are said
# in torture_chaos.py.
. "$(dirname "$0")/lib.sh"
plan 3
load_module
setup_net
seconds=${TORTURE_SECONDS:-12} seed=${TORTURE_SEED:-4303}
# Of whatever device of the router's: they are deleted, and made again.
ip netns exec "$r" tcpdump -i any -U --immediate-mode -w "$tmp/r1.pcap" -s 128 "$clear_filter" 2>"$tmp/r1.err" &
captures+=($!)
wait_for 30 grep -q "listening on" "$tmp/r1.err" || { echo "Bail out! no capture"; exit 1; }
points_of /usr/bin/python3 "$here/torture_chaos.py" strict "$seed" "$seconds"
check_no_clear
points_of /usr/bin/python3 "$here/torture_chaos.py" wild "$seed" $((seconds / 2))
