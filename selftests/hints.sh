#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 180
# kernel: 6.1
# Path MTU hints of NAT-T: errors that quote no more than UDP's ports find their
# SA among hundreds, whatever strangers send besides.
. "$(dirname "$0")/lib.sh"
plan 11
load_module
setup_net
on "$r" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/hints.py"
check_no_clear
