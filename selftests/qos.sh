#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 420
# kernel: 6.12
# Quality of service: DSCP and ECN in both headers, mark, priority and flow as
# the WAN's queues see them, and a replay window that outlasts strict priority.
. "$(dirname "$0")/lib.sh"
plan 35
load_module
modprobe -qa sch_prio sch_tbf sch_fq_codel cls_fw cls_flower nf_tables 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/qos.py"
check_no_clear
