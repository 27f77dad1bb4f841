#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The shortest way to see packets: espgw to espgw, and to kernel xfrm.
. "$(dirname "$0")/lib.sh"
plan 7
load_module
setup_net
capture_start
espgw_tunnel "$g1" 4 gcm128
xfrm_tunnel "$g2" 4 gcm128
check "ping from a to b, to xfrm" on "$a" ping -qc3 -i0.2 -W2 10.2.0.2
check "ping6 from a to b, to xfrm" on "$a" ping -qc3 -i0.2 -W2 fd02::2
check "ping from b to a, to xfrm" on "$b" ping -qc3 -i0.2 -W2 10.1.0.2
xfrm_flush "$g2"; espgw_flush "$g1"; espgw_tunnel "$g1" 4 gcm128
espgw_tunnel "$g2" 4 gcm128
check "ping from a to b, to espgw" on "$a" ping -qc3 -i0.2 -W2 10.2.0.2
check "large ping from a to b" on "$a" ping -qc3 -i0.2 -W2 -M dont -s 4000 10.2.0.2
check "large ping6 from a to b" on "$a" ping -qc3 -i0.2 -W2 -s 1300 fd02::2
check_no_clear
