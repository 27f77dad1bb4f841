#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# scapy's ESP as the peer, an implementation in another language by others:
# it decrypts what espgw sent, and espgw decrypts what it made.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import importlib.util as u, sys; sys.exit(not (u.find_spec("scapy") and u.find_spec("cryptography")))' || {
	echo "1..0 # SKIP python3-scapy is not installed"
	exit 4
}
plan 25
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/interop_scapy.py"
check_no_clear
