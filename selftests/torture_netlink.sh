#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.12
# The netlink interface under torture: random messages of all kinds of users for
# TORTURE_SECONDS, and, where the kernel can do that, each allocation of each verb
# fails once. TORTURE_SEED says which messages.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import yaml' 2>/dev/null || { echo "1..0 # SKIP python3-yaml is not installed"; exit 4; }
plan 10
load_module
id=$(mktemp -u XXXXXX)
g1=g1-$id g2=g2-$id
for n in $g1 $g2; do
	ip netns add "$n"
	printf '%s\n' "link set lo up" "link add "{wan,d0,d1,pat0}" type dummy" "link set wan up" | ip -n "$n" -batch -
done

points_of ip netns exec "$g1" /usr/bin/python3 "$here/torture_random.py" "${TORTURE_SEED:-4303}" "${TORTURE_SECONDS:-10}" "$g2"
if [ -e /proc/self/fail-nth ] && [ -d /sys/kernel/debug/failslab ]; then
	points_of /usr/bin/python3 "$here/torture_failnth.py" "$g1"
	for n in $g1 $g2; do ip netns del "$n"; done
	points_of /usr/bin/python3 "$here/torture_failnth.py" load
else
	for what in verbs adopted namespaces loading; do skip "each allocation fails once: $what" "this kernel has no fault injection"; done
fi
no_leak
