#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# Each shape that the schema of the tool's JSON has is one that the tool prints: here all of them are provoked. That what
# it prints has no other, every test sees to (schema.py).
. "$(dirname "$0")/lib.sh"
[ -n "$ESPGW_SCHEMA" ] || skip_all "there is no espgw.schema.json"
plan 9
load_module
setup_net
# What is sent in clear goes by policies that say so.
allow_clear=1
points_of /usr/bin/python3 "$here/json_shapes.py"
