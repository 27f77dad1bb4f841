#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# libreswan keys the kernel's IPsec, which espgw has adopted, or that of its peer.
. "$(dirname "$0")/lib.sh"
need_daemons strongswan libreswan
plan 6
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/ike_libreswan.py"
check_no_clear
