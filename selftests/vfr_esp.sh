#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# ESP that arrives in fragments is checked before it is reassembled; what
# enables VFR and what ends it: policies, SAs, words, devices, the module.
. "$(dirname "$0")/lib.sh"
need_scapy
plan 38
loaded_before=0
[ ! -d /sys/module/espgw ] || loaded_before=1
export loaded_before
load_module
modprobe -qa dummy 2>/dev/null
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr_esp.py"
check_no_clear
