#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# kernel: 6.12
# What else strongSwan sets up in the kernel's IPsec, which espgw adopts: IKEv1,
# several children, ipsec.conf by stroke, espgw at both ends, transport mode beside it,
# a road warrior with a virtual address, 200 tunnels at once.
. "$(dirname "$0")/lib.sh"
need_daemons strongswan
plan 8
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/ike_more.py"
check_no_clear
