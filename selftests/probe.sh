#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.12
# Probes: the path MTU is found where no router says it.
. "$(dirname "$0")/lib.sh"
plan 36
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/probe.py"
check_no_clear
gw "$g1" policy flush
gw "$g2" policy flush
check "the module goes while searches are under way" rmmod espgw
