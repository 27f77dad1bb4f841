#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# The table of df.sh for SAs of an xfrm interface that have been adopted.
. "$(dirname "$0")/lib.sh"
plan 32
load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/df.py" xfrm
check_no_clear
