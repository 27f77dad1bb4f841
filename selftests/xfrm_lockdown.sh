#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# What a kernel has that is locked down: the last test of all, since it stays so until the
# machine is started again, and takes no more modules that are not signed.
. "$(dirname "$0")/lib.sh"
plan 2
[ -n "${ESPGW_VM:-}" ] || skip_all "this machine would stay locked down"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
[ -e /sys/kernel/security/lockdown ] || skip_all "this kernel cannot be locked down"
load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/xfrm_lockdown.py"
check_no_clear
