#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# kernel: 6.1
# A WAN that a pppd makes, over PPPoE and over a pair of ptys: attached by a
# pattern before it is there, and again after each dialling.
. "$(dirname "$0")/lib.sh"
plan 10
for what in pppd pppoe-server pppoe; do
	command -v $what >/dev/null || skip_all "there is no $what"
done
allow_clear=1
load_module
modprobe -qa ppp_generic pppoe ppp_async nft_counter nf_flow_table nf_flow_table_inet nft_flow_offload nft_ct 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/ppp.py" "$tmp"
