#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# Policies for a device that is not the WAN: what is routed into it is
# protected, and what comes out of the tunnel arrives by it, as the stack, the
# firewall and tcpdump see it.
. "$(dirname "$0")/lib.sh"
plan 14
allow_clear=1
load_module
modprobe -qa dummy xfrm_interface ip_gre nft_counter nf_tables nft_meta_bridge 2>/dev/null
setup_net
points_of /usr/bin/python3 "$here/tunneldev.py"
