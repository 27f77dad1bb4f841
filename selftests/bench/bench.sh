#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a packet costs: executed instructions a packet through
#
#   src ----- g1 ===== g2 ----- dst
#
# forwarded plainly, through kernel xfrm, through espgw, and through espgw keyed by
# xfrm, with an interface, AES-128-GCM. Meant for a VM that counts instructions
# (`make bench`): there one nanosecond of the guest is one instruction. Elsewhere
# the figures are nanoseconds, and noisy.
#
# ESPGW_OUT: where bench.json and bench.svg go, if set
# RUNS, PACKETS: samples of each figure, packets of each sample; TCP_MIB: MiB of each sample of TCP
#
# Exit status: 0 if espgw stays within its limits beside xfrm, 1 if not.

set -u
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
here=$(dirname "$(realpath "$0")")
ESPGW=${ESPGW:-$here/../../tools/espgw/espgw}
[ -e "$ESPGW" ] || ESPGW=espgw
RUNS=${RUNS:-5} PACKETS=${PACKETS:-1500} TCP_MIB=${TCP_MIB:-8}
payloads="64 512 1400 1444" # 1444: an inner packet of 1472 bytes, too big to fit when encrypted
key_to=0x00112233445566778899aabbccddeeff01020304
key_from=0xffeeddccbbaa9988776655443322110004030201
raw=$(mktemp) decrypted=0
id=$(mktemp -u XXXXXX)
src=src-$id g1=g1-$id g2=g2-$id dst=dst-$id

say() { echo "$*" >&2; }
die() { say "bench: $*"; exit 1; }
on() { local n=$1; shift; ip netns exec "$n" "$@"; }
gw() { local n=$1; shift; ip netns exec "$n" "$ESPGW" "$@"; }

clean() {
	local n
	for n in $g1 $g2; do gw $n policy flush 2>/dev/null; done
	for n in $src $g1 $g2 $dst; do ip netns del $n 2>/dev/null; done
	[ -z "${receiver:-}" ] || kill "$receiver" 2>/dev/null
	[ -z "${backlog:-}" ] || sysctl -qw net.core.netdev_max_backlog="$backlog"
	rm -f "$raw"
}
trap clean EXIT
trap 'exit 130' INT TERM

pair() { # NS DEV ADDRESS/24 MAC-END NS DEV ADDRESS/24 MAC-END
	ip link add "$2" netns "$1" address "02:00:00:00:00:$4" type veth \
		peer name "$6" netns "$5" address "02:00:00:00:00:$8"
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$5" addr add "$7" dev "$6"
	ip -n "$1" link set "$2" up
	ip -n "$5" link set "$6" up
	ip -n "$1" neigh replace "${7%/*}" lladdr "02:00:00:00:00:$8" dev "$2" nud permanent
	ip -n "$5" neigh replace "${3%/*}" lladdr "02:00:00:00:00:$4" dev "$6" nud permanent
}

routes() {
	ip -n $g1 route replace 10.2.0.0/24 via 192.0.2.2
	ip -n $g2 route replace 10.1.0.0/24 via 192.0.2.1
}

setup() {
	local n
	for n in $src $g1 $g2 $dst; do
		ip netns add $n || die "no network namespaces"
		on $n sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
		ip -n $n link set lo up
	done
	pair $src s0 10.1.0.2/24 01 $g1 l0 10.1.0.1/24 02
	pair $g1 wan 192.0.2.1/24 03 $g2 wan 192.0.2.2/24 04
	pair $g2 l1 10.2.0.1/24 05 $dst d0 10.2.0.2/24 06
	ip -n $src route add default via 10.1.0.1
	ip -n $dst route add default via 10.2.0.1
	routes
	# What arrives has cost enough; the receiving host is not measured.
	tc -n $dst qdisc add dev d0 clsact
	tc -n $dst filter add dev d0 ingress protocol ip u32 match ip protocol 17 0xff action drop ||
		die "tc cannot drop at the destination"
	tc -n $g2 qdisc add dev wan clsact
}

tunnel_xfrm() {
	local n t
	for n in $g1 $g2; do
		ip -n $n xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 1 mode tunnel \
			replay-window 64 aead 'rfc4106(gcm(aes))' $key_to 128
		ip -n $n xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002 reqid 1 mode tunnel \
			replay-window 64 aead 'rfc4106(gcm(aes))' $key_from 128
	done
	t="proto esp reqid 1 mode tunnel"
	# shellcheck disable=SC2086
	{
		ip -n $g1 xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir out tmpl src 192.0.2.1 dst 192.0.2.2 $t
		ip -n $g1 xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir fwd tmpl src 192.0.2.2 dst 192.0.2.1 $t
		ip -n $g2 xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src 192.0.2.2 dst 192.0.2.1 $t
		ip -n $g2 xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd tmpl src 192.0.2.1 dst 192.0.2.2 $t
	}
}

tunnel_espgw() {
	gw $g1 dev attach wan && gw $g2 dev attach wan || return
	gw $g1 sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x1001 reqid 1 aead aes-gcm $key_to 128 &&
	gw $g1 sa add dir in src 192.0.2.2 dst 192.0.2.1 spi 0x1002 reqid 1 aead aes-gcm $key_from 128 replay-window 64 &&
	gw $g1 policy add src 10.1.0.0/24 dst 10.2.0.0/24 action protect reqid 1 src 192.0.2.1 dst 192.0.2.2 &&
	gw $g2 sa add dir in src 192.0.2.1 dst 192.0.2.2 spi 0x1001 reqid 1 aead aes-gcm $key_to 128 replay-window 64 &&
	gw $g2 sa add dir out src 192.0.2.2 dst 192.0.2.1 spi 0x1002 reqid 1 aead aes-gcm $key_from 128 &&
	gw $g2 policy add src 10.2.0.0/24 dst 10.1.0.0/24 action protect reqid 1 src 192.0.2.2 dst 192.0.2.1
}

# As a key daemon would, with an interface: espgw adopts what xfrm has.
tunnel_adopted() {
	local n t dir
	for n in $g1 $g2; do
		ip -n $n link add ipsec0 type xfrm dev wan if_id 42 && ip -n $n link set ipsec0 up || return
		ip -n $n xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 1 mode tunnel if_id 42 \
			replay-window 64 aead 'rfc4106(gcm(aes))' $key_to 128
		ip -n $n xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002 reqid 1 mode tunnel if_id 42 \
			replay-window 64 aead 'rfc4106(gcm(aes))' $key_from 128
	done
	# A daemon's policies name the SPI that they send by.
	t="proto esp reqid 1 mode tunnel"
	# shellcheck disable=SC2086
	{
		ip -n $g1 xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir out if_id 42 \
			tmpl src 192.0.2.1 dst 192.0.2.2 spi 0x1001 $t
		for dir in in fwd; do
			ip -n $g1 xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir $dir if_id 42 \
				tmpl src 192.0.2.2 dst 192.0.2.1 $t
			ip -n $g2 xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir $dir if_id 42 \
				tmpl src 192.0.2.1 dst 192.0.2.2 $t
		done
		ip -n $g2 xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out if_id 42 \
			tmpl src 192.0.2.2 dst 192.0.2.1 spi 0x1002 $t
	}
	ip -n $g1 route replace 10.2.0.0/24 dev ipsec0
	ip -n $g2 route replace 10.1.0.0/24 dev ipsec0
	for n in $g1 $g2; do
		gw $n dev attach wan && gw $n xfrm on || return
		for ((t = 0; t < 50; t++)); do # asynchronously
			gw $n xfrm show | grep -q 'sas 2 policies 1' && break
			sleep 0.1
		done
		[ $t -lt 50 ] || return
	done
}

tunnel_plain() { :; }

tunnel_end() {
	local n
	for n in $g1 $g2; do
		ip -n $n xfrm policy flush
		ip -n $n xfrm state flush
		gw $n policy flush
		gw $n sa flush
		gw $n xfrm off
		ip -n $n link del ipsec0 2>/dev/null
		gw $n dev detach wan 2>/dev/null
	done
	routes
}

rx() { on "$1" cat "/sys/class/net/$2/statistics/rx_packets"; }

# sample PAYLOAD: nanoseconds a packet; pktgen counts the Ethernet header
sample() {
	on $src bash -c '
		cd /proc/net/pktgen && echo rem_device_all >kpktgend_0 && echo add_device s0 >kpktgend_0 &&
		for word in "count '$PACKETS'" "clone_skb 0" "pkt_size '$(($1 + 42))'" "delay 0" "burst 1" \
			"dst 10.2.0.2" "src_min 10.1.0.2" "src_max 10.1.0.2" "dst_mac 02:00:00:00:00:02" \
			"udp_src_min 9" "udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9"; do
			echo "$word" >s0 || exit
		done
		echo start >pgctrl
		cat s0' | sed -n 's/^Result: OK: \([0-9]*\)(.*/\1/p'
}

# How many packets come out of the measured part for each that enters it: what
# espgw cut arrives in pieces, what xfrm cut was put together again.
pieces() { # HOW PART PAYLOAD
	case $1/$2/$3 in
	espgw/*/1444 | adopted/*/1444 | xfrm/encrypt/1444) echo 2 ;;
	*) echo 1 ;;
	esac
}

# measure HOW PART: samples of each payload; what is counted has to have arrived
measure() {
	local size i us before got want ns=$dst dev=d0
	[ "$2" = whole ] || ns=$g2 dev=wan
	for size in $payloads; do
		for ((i = 0; i <= RUNS; i++)); do # the first one only warms up
			before=$(rx $ns $dev)
			us=$(sample $size)
			got=$(($(rx $ns $dev) - before))
			want=$((PACKETS * $(pieces "$1" "$2" $size)))
			[ -n "$us" ] || die "pktgen did not run"
			[ "$got" -ge "$want" ] && [ "$got" -le $((want + 10)) ] ||
				die "$1, $2, $size bytes: $got packets arrived, $want were due"
			[ $i = 0 ] || echo "$1 $2 $size $((us * 1000 / PACKETS))" >>"$raw"
		done
		say "  $1, $2, $size bytes: $((us * 1000 / PACKETS))"
	done
}

gro() { # on|off
	local n d
	for n in $src $g1 $g2 $dst; do
		for d in s0 l0 wan l1 d0; do on $n ethtool -K $d gro "$1" 2>/dev/null; done
	done
}

# measure_tcp HOW: instructions a KiB of one stream, between a short and a long transfer
measure_tcp() {
	local i short long
	gro on
	for ((i = 0; i <= RUNS; i++)); do
		short=$(on $src python3 "$here/tcp.py" send 10.2.0.2 $((2 << 20))) &&
			long=$(on $src python3 "$here/tcp.py" send 10.2.0.2 $(((2 + TCP_MIB) << 20))) || die "$1: no TCP transfer"
		[ $i = 0 ] || echo "$1 tcp 1024 $(((long - short) / (TCP_MIB << 10)))" >>"$raw"
	done
	say "  $1, TCP, a KiB: $(((long - short) / (TCP_MIB << 10)))"
	gro off
}

modprobe -a veth pktgen esp4 xfrm_user xfrm_interface gcm aesni_intel ghash_clmulni_intel seqiv sch_ingress cls_u32 cls_matchall act_gact 2>/dev/null
if ! [ -d /sys/module/espgw ]; then
	modprobe -q -a nf_defrag_ipv6 2>/dev/null
	if [ -n "${ESPGW_KO:-}" ]; then insmod "$ESPGW_KO"; else modprobe espgw; fi || die "the module cannot be loaded"
fi
[ "$(nproc)" = 1 ] || say "bench: not on one CPU of an instruction-counting VM: figures are noisy nanoseconds"
say "bench: $RUNS samples of $PACKETS packets for each figure; the whole takes some minutes"
setup
# On one CPU the sender can get ahead of the rest, which must not lose packets for that.
backlog=$(sysctl -n net.core.netdev_max_backlog)
sysctl -qw net.core.netdev_max_backlog=20000
on $dst python3 "$here/tcp.py" receive &
receiver=$!
for how in plain xfrm espgw adopted; do
	tunnel_$how || die "$how cannot be set up"
	on $src ping -q -c 2 -i 0.2 -W 5 10.2.0.2 >/dev/null || die "$how does not carry a ping"
	tc -n $g2 filter del dev wan ingress 2>/dev/null
	measure_tcp $how
	measure $how whole
	# tc's ingress comes before netfilter's and before the IP stack: what is
	# dropped there costs the receiver the same in each case.
	tc -n $g2 filter add dev wan ingress matchall action drop
	measure $how encrypt
	tc -n $g2 filter del dev wan ingress
	case $how in
	espgw | adopted)
		n=$(gw $g2 -j stats show | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["in_packets"])')
		[ "$n" -ge $((PACKETS * RUNS * 5 + decrypted)) ] || die "$how: espgw decrypted only $n packets"
		decrypted=$n
		;;
	esac
	tunnel_end
done
python3 "$here/report.py" "$raw" "$RUNS" "$PACKETS" "$(uname -r)" "${ESPGW_OUT:-}"
