#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 4200
# A mix of fragments that are right, wrong, late and missing, on all ways, for
# ESPGW_SOAK seconds (default an hour): nothing grows. Not among the default
# tests: selftests/run vfr_soak.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("scapy"))' || {
	echo "1..0 # SKIP python3-scapy is not installed"
	exit 4
}
plan 5
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/vfr_soak.py"
check_no_clear
