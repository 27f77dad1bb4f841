#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# What the tool shows and takes of a gateway that lives: the screen of "status",
# for people and for programs; filters and units; names; what is saved into files; SAs for Wireshark; metrics, of which Prometheus' own parser is the judge.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || { echo "1..0 # SKIP python3-prometheus-client is not installed"; exit 4; }
plan 64
load_module
setup_net
capture_start
espgw_tunnel "$g1" 4 gcm128 || exit 1
espgw_tunnel "$g2" 4 gcm128 || exit 1
points_of /usr/bin/python3 "$here/cli.py"
check_no_clear
