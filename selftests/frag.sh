#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# Lookahead fragmentation: which pieces, what is in them, and that the peer -
# kernel xfrm - gets each of them whole.
. "$(dirname "$0")/lib.sh"
plan 31
load_module
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/frag.py"
check_no_clear
