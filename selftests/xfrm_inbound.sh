#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 150
# kernel: 6.1
# What the kernel's IPsec says of packets that arrive holds as well where espgw
# knows it beforehand and spares it the question: each word of its inbound policies
# counts from the moment it is said. And who looks at the interface sees what arrives.
. "$(dirname "$0")/lib.sh"
plan 10
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface sch_ingress cls_u32 act_gact
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/xfrm_inbound.py"
check_no_clear
