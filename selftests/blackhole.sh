#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# Black holes: how soon and how exactly the path MTU is found where nobody says
# it, and for how long TCP stands still meanwhile; kernel xfrm, which does not
# find it, beside.
#
# ESPGW_OUT: where the table goes, as blackhole.md, if set
. "$(dirname "$0")/lib.sh"
plan 85
load_module
modprobe -q sch_netem
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/blackhole.py" "$tmp/blackhole.md"
check_no_clear
[ -z "${ESPGW_OUT:-}" ] || cp "$tmp/blackhole.md" "$ESPGW_OUT/blackhole.md" || failures=$((failures + 1))
