#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# The netlink interface as its specification says it: every attribute of every
# answer and event has its type and its place, every one that is listed is told,
# and what a request does not list is refused.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import yaml' 2>/dev/null || { echo "1..0 # SKIP python3-yaml is not installed"; exit 4; }
plan 10
load_module
setup_net
points_of /usr/bin/python3 "$here/netlink.py"
