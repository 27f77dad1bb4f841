#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# kernel: 6.12
# strongSwan keys the kernel's IPsec, which espgw has adopted, and hears what it wants
# to know: counts, last use for DPD and inactivity, volumes, limits, and acquires.
. "$(dirname "$0")/lib.sh"
need_daemons strongswan
plan 9
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/ike_feedback.py"
check_no_clear
