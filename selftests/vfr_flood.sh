#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# Floods of datagrams that never come whole, from one host and from thirty: the
# memory stays in its bounds, the datagrams of others arrive. Of a million:
# ESPGW_FLOOD=1000000.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("scapy"))' || {
	echo "1..0 # SKIP python3-scapy is not installed"
	exit 4
}
plan 21
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr_flood.py"
check_no_clear
