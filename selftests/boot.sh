#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
# kernel: 6.1
# The commands of the systemd units, in their order, with traffic from the
# moment on when a network may come up: whatever is missing, nothing of what is
# to be protected leaves or arrives in clear, and what is wrong is said.
. "$(dirname "$0")/lib.sh"
ESPGW_UNITS=${ESPGW_UNITS:-$(first "$source/contrib/systemd")}
export ESPGW_UNITS
[ -n "$ESPGW_UNITS" ] || { echo "1..0 # SKIP there are no units"; exit 4; }
plan 17
load_module
modprobe -qa nf_tables nft_counter 2>/dev/null
setup_net
capture_start
export loaded_here
points_of /usr/bin/python3 "$here/boot.py"
check_no_clear
