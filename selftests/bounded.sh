#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.12
# Root of a user namespace: what the kernel holds for him is bounded, or charged to
# his cgroup, however many devices he makes; the log is not his, and nobody waits for
# RTNL until he is done. What root of the machine does in another one is not bounded
# so, but for the log.
. "$(dirname "$0")/lib.sh"
plan 10
load_module
id=$(mktemp -u XXXXXX)
export user=u-$id first=f-$id
more_ns="$user $first"
# His cgroup, where there are such as count memory.
cgroups=/sys/fs/cgroup
grep -q memory $cgroups/cgroup.controllers 2>/dev/null || mount -t cgroup2 none $cgroups 2>/dev/null
grep -q memory $cgroups/cgroup.controllers 2>/dev/null && echo +memory >$cgroups/cgroup.subtree_control &&
	mkdir $cgroups/espgw-$id && export cgroup=$cgroups/espgw-$id
# He is nobody outside, and root in there.
setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user --net sleep 600 &
owner=$!
[ -z "$(wait_for 20 grep -q . /proc/$owner/uid_map; grep . /proc/$owner/uid_map)" ] &&
	skip_all "nobody may make a user namespace here"
ip netns add "$first"
wait_for 20 test "$(stat -Lc %i /proc/$owner/ns/net)" != "$(stat -Lc %i /proc/$$/ns/net)"
ip netns attach "$user" $owner
export owner
points_of /usr/bin/python3 "$here/bounded.py"
kill $owner
[ -z "${cgroup:-}" ] || wait_for 5 rmdir "$cgroup"
