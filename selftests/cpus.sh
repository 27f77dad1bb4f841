#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 2700
# Several processors, and a device with a queue for each: what they send by one SA
# comes in such an order as a small replay window asks for. For a machine with four
# of them (make cpus). With "scales" it tells besides what more of them carry.
. "$(dirname "$0")/lib.sh"
plan 6
load_module
points_of /usr/bin/python3 "$here/cpus.py" "$@"
