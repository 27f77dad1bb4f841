#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 480
# kernel: 6.1
# States and policies of the kernel's IPsec, put there by "ip xfrm": espgw adopts
# them, as an xfrm interface has them (mode A) and as policies do (mode B); rekeys,
# release and retake under a flood, limits, acquires, MIGRATE, and what is left to xfrm.
. "$(dirname "$0")/lib.sh"
plan 30
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface ah4
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/xfrm_adopt.py"
check_no_clear
