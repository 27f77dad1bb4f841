#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# What tracepoints say of packets that are encrypted, decrypted and dropped, of
# path MTUs, their probes and fragments, to the last field.
. "$(dirname "$0")/lib.sh"
events=/sys/kernel/tracing
[ -d $events/events ] || mount -t tracefs tracefs $events 2>/dev/null || skip_all "there is no tracefs"
plan 9
load_module
[ -d $events/events/espgw ] || skip_all "this kernel has no tracepoints"
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/trace.py"
check_no_clear
