#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 320
# kernel: 6.12
# The default: no probes while all is well; once TCP stands still, or large
# datagrams go out that nothing says arrive, the path MTU is searched and kept.
. "$(dirname "$0")/lib.sh"
plan 22
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/suspect.py"
check_no_clear
gw "$g1" policy flush
check "the module goes while a flow is watched" rmmod espgw
