#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 200
# kernel: 6.12
# strongSwan keys the kernel's IPsec, which espgw has adopted, and the peer moves: behind
# a real NAT that gives it other ports and addresses, and by MOBIKE.
. "$(dirname "$0")/lib.sh"
need_daemons strongswan
plan 3
[ "${ADOPT:-1}" = 0 ] || load_module
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface nf_tables nft_masq nft_chain_nat nf_conntrack_netlink
setup_net
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/ike_nat.py"
check_no_clear
