#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# kernel: 6.12
# strongSwan keys the kernel's IPsec: espgw gives it back and takes it again while it is
# rekeyed, and the daemon dies, comes again, and ends; all under a flood.
. "$(dirname "$0")/lib.sh"
need_daemons strongswan
plan 5
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/ike_release.py"
check_no_clear
