#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# Flow tables take off, and later kernels put on, what is around a packet below the device that it is for, past the hooks
# of that: nothing that is to be protected leaves in clear by that, and nothing forged arrives.
. "$(dirname "$0")/lib.sh"
allow_clear=1  # looked for where it leaves
plan 9
load_module
modprobe -qa 8021q bridge ipip ip6_tunnel nf_flow_table nf_flow_table_inet nft_flow_offload nft_ct 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/flowtable.py"
