#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# kernel: 6.1
# Two gateways with the same SAs, and keepalived: one dies, the other one takes over. What is lost, and that no number is
# sent twice and no packet taken twice. The peer is kernel xfrm with a receive window of 32.
. "$(dirname "$0")/lib.sh"
command -v keepalived >/dev/null || { echo "1..0 # SKIP there is no keepalived"; exit 4; }
ESPGW_CONTRIB=${ESPGW_CONTRIB:-$(first "$source/contrib/keepalived" /usr/share/espgw)}
[ -n "$ESPGW_CONTRIB" ] || { echo "1..0 # SKIP there is no espgw-ha"; exit 4; }
plan 12
load_module
modprobe -q -a xfrm_user esp4 bridge nf_tables
setup_net

# A second gateway h beside g1: r1 and a0 become bridges, with a port for each.
h=h-${g1#*-} more_ns=$h
export h ESPGW_CONTRIB
ip netns add "$h"
on "$h" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
shared() { # NS DEV ADDRESS PORT GATEWAYS-DEV
	local mac
	mac=$(on "$1" cat "/sys/class/net/$2/address")
	ip -n "$1" -batch - <<-END
		link set $2 down
		addr flush dev $2
		link set $2 name ${4}1
		link add $2 type bridge stp_state 0 forward_delay 0
		link set $2 address $mac
		link add ${4}2 type veth peer name $5 netns $h
		link set ${4}1 master $2
		link set ${4}2 master $2
		link set $2 up
		link set ${4}1 up
		link set ${4}2 up
		addr add $3 dev $2
	END
}
shared "$r" r1 192.0.2.254/24 p wan
shared "$a" a0 10.1.0.2/24 l lan
ip -n "$r" route add 10.1.0.0/16 via 192.0.2.1
ip -n "$a" route add default via 10.1.0.1
own() { # NS N
	ip -n "$1" -batch - <<-END
		link set lo up
		addr flush dev wan
		addr flush dev lan
		link set wan up
		link set lan up
		addr add 192.0.2.$2/24 dev wan
		addr add 10.1.0.$2/24 dev lan
		route add default via 192.0.2.254
	END
}
own "$g1" 11
own "$h" 12
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/ha.py"
check_no_clear
