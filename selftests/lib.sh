# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Shared by the namespace tests. The network that setup_net makes:
#
#    a            g1                 r                g2            b
#   [a0]--------[lan wan]---------[r1 r2]---------[wan lan]--------[b0]
#   10.1.0.2  10.1.0.1  192.0.2.1  .254 .254  198.51.100.1  10.2.0.1  10.2.0.2
#   fd01::2   fd01::1   2001:db8:1::1 ::fe  2001:db8:2::1  fd02::1   fd02::2
#
# g1 and g2 are gateways, a and b the hosts behind them, r a router between.
# Names of the namespaces are random; use them as $a $g1 $r $g2 $b.
#
# A test script sources this file, says "plan N", and ends each point with ok,
# not_ok or skip. Exit status: 0 all passed, 1 some failed, 4 skipped as a whole.
#
# Clear text: capture_start keeps a capture of the router; check_no_clear fails
# the test if a packet of 10.1.0.0/16 <-> 10.2.0.0/16 or fd01::/16 <-> fd02::/16
# was in it unencrypted. cleanup does so as well, for tests that forget.

set -u
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

# first PATH...: the first of these that is there
first() { local f; for f; do [ ! -e "$f" ] || { echo "$f"; break; }; done; }

# What is tested, unless the environment names it: what was built in this clone,
# or else what is installed (no ESPGW_KO: modprobe finds it).
ESPGW=${ESPGW:-$(first "$here/../tools/espgw/espgw" "$(command -v espgw)")}
ESPGW_KO=${ESPGW_KO-$(first "$here/../build/$(uname -r)/espgw.ko")}
# What says what the netlink interface is: installed with the tests, or in the
# sources, which are this clone or the kernel tree that the folder was put into.
for source in "$here"/{..,../../../..,../../../../..}; do
	[ ! -e "$source/include/uapi/linux/espgw.h" ] || break
done
ESPGW_UAPI=${ESPGW_UAPI:-$(first "$here/espgw.h" "$source/include/uapi/linux/espgw.h" /usr/include/linux/espgw.h)}
ESPGW_SPEC=${ESPGW_SPEC:-$(first "$here/espgw.yaml" "$source/Documentation/netlink/specs/espgw.yaml")}
ESPGW_GUIDE=${ESPGW_GUIDE:-$(first "$here/your-gateway.md" "$source/Documentation/your-gateway.md")}
ESPGW_SCHEMA=${ESPGW_SCHEMA:-$(first "$here/espgw.schema.json" "$source/Documentation/espgw.schema.json")}
ESPGW_DASHBOARD=${ESPGW_DASHBOARD:-$(first "$here/grafana.json" "$source/contrib/grafana/espgw.json")}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/espgw-test.XXXXXX")
export ESPGW ESPGW_KO ESPGW_UAPI ESPGW_SPEC ESPGW_SCHEMA ESPGW_GUIDE ESPGW_DASHBOARD tmp
points=0 failures=0 planned=0 captures=() allow_clear=0 loaded_here=0

g1_wan4=192.0.2.1 g1_wan6=2001:db8:1::1 g2_wan4=198.51.100.1 g2_wan6=2001:db8:2::1

plan() { planned=$1; echo "TAP version 13"; echo "1..$1"; }
ok() { points=$((points + 1)); echo "ok $points $*"; }
not_ok() { points=$((points + 1)); failures=$((failures + 1)); echo "not ok $points $*"; }
skip() { points=$((points + 1)); echo "ok $points $1 # SKIP ${2:-}"; }
diag() { sed 's/^/# /' <<<"$*"; }

# skip_all REASON: ends a test that has no point yet and cannot run here
skip_all() {
	# A machine made for the tests has all that they need, or something is wrong.
	[ -z "${ESPGW_VM:-}" ] || { echo "Bail out! $*"; exit 1; }
	[ "$planned" != 0 ] || echo "1..0 # SKIP $*"
	while [ "$points" -lt "$planned" ]; do skip "all" "$*"; done
	exit 4
}

# check DESCRIPTION COMMAND...: a point that passes if the command does
check() {
	local what=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$what"; else
		not_ok "$what"
		diag "failed: $*"
		[ -z "$out" ] || diag "$out"
		return 1
	fi
}

# equal DESCRIPTION GOT WANTED
equal() {
	if [ "$2" = "$3" ]; then ok "$1"; else
		not_ok "$1"
		diag "got '$2', wanted '$3'"
		return 1
	fi
}

# points_of COMMAND...: lines "ok TEXT" and "not ok TEXT" of its output become points
points_of() {
	local line last=
	while IFS= read -r line; do
		case $line in
		"ok "*) ok "${line#ok }" ;;
		"not ok "*) not_ok "${line#not ok }" ;;
		*) echo "# $line" ;;
		esac
		last=$line
	done < <("$@" 2>&1; echo "exit status $?")
	[ "$last" = "exit status 0" ] || failures=$((failures + 1))
}

# wait_for SECONDS COMMAND...: polls until the command succeeds
wait_for() {
	local end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.05
	done
}

on() { local n=$1; shift; ip netns exec "$n" "$@"; }

# gw NAMESPACE ARGS...: the tool in a namespace
gw() { local n=$1; shift; ip netns exec "$n" "$ESPGW" "$@"; }

# stat_of NAMESPACE COUNTER: one of the namespace's counters
stat_of() { gw "$1" -j stats show | python3 -c 'import json,sys; print(json.load(sys.stdin)[0][sys.argv[1]])' "$2"; }

# sa_stat NAMESPACE SPI KEY: a value of an SA's JSON
sa_stat() { gw "$1" -j -s sa show | python3 -c '
import json, sys
for sa in json.load(sys.stdin):
    if int(sa["spi"], 16) == int(sys.argv[1], 0):
        print(sa.get(sys.argv[2], sa.get("stats", {}).get(sys.argv[2])))' "$2" "$3"; }

load_module() {
	local what
	[ "$(id -u)" = 0 ] || skip_all "only root can do it"
	for what in "${ESPGW:-espgw}" ethtool ip nft ping python3 tc tcpdump; do
		command -v "$what" >/dev/null || skip_all "there is no $what"
	done
	if ! grep -q '^espgw ' /proc/modules; then
		modprobe -q -a nf_defrag_ipv6 gcm ccm authenc authencesn aesni_intel chacha20poly1305 cbc sha256_generic sha512_generic 2>/dev/null
		if [ -n "$ESPGW_KO" ]; then insmod "$ESPGW_KO"; else modprobe espgw; fi ||
			skip_all "the espgw module cannot be loaded"
		loaded_here=1
	fi
	[ "$(cat /sys/module/espgw/initstate 2>/dev/null)" = live ] || { echo "Bail out! espgw is not live"; exit 1; }
}

# A script that needs scapy says so before its plan.
need_scapy() {
	/usr/bin/python3 -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("scapy"))' && return
	echo "1..0 # SKIP python3-scapy is not installed"
	exit 4
}

# A script that runs IKE daemons says which before its plan: tools/check/ike-daemons has unpacked them, or they are
# installed.
need_daemons() { # strongswan|libreswan...
	local d program dir=${ESPGW_IKE:-${ESPGW_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/espgw}/ike}
	for d; do
		case $d in strongswan) program=/usr/lib/ipsec/charon ;; libreswan) program=/usr/libexec/ipsec/pluto ;; esac
		[ -x "$dir/$d$program" ] || [ -x "$program" ] || { echo "1..0 # SKIP there is no $d"; exit 4; }
	done
}

link() { # NS DEV NS DEV
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
}

# addresses NS DEV V4/LEN V6/LEN...: one process, since each is slow in a VM
addresses() {
	local n=$1
	shift
	while [ $# -gt 0 ]; do
		printf 'link set %s up\naddr add %s dev %s\naddr add %s dev %s nodad\n' "$1" "$2" "$1" "$3" "$1"
		shift 3
	done | ip -n "$n" -batch -
}

routes() { # NS [PREFIX NEXTHOP]...
	local n=$1
	shift
	printf 'route add %s via %s\n' "$@" | ip -n "$n" -batch -
}

setup_net() {
	local n id settings
	id=$(mktemp -u XXXXXX)
	a=a-$id g1=g1-$id r=r-$id g2=g2-$id b=b-$id
	export a g1 r g2 b
	for n in $a $g1 $r $g2 $b; do
		settings="net/ipv4/conf/all/rp_filter=0 net/ipv4/conf/default/rp_filter=0
			net/ipv6/conf/all/accept_dad=0 net/ipv6/conf/default/accept_dad=0"
		case $n in $g1 | $r | $g2) settings+=" net/ipv4/ip_forward=1 net/ipv6/conf/all/forwarding=1" ;; esac
		# A router's errors must not be held back while tests provoke them.
		[ "$n" != "$r" ] || settings+=" net/ipv4/icmp_ratelimit=0 net/ipv4/icmp_msgs_per_sec=100000
			net/ipv4/icmp_msgs_burst=100000 net/ipv6/icmp/ratelimit=0"
		ip netns add "$n"
		ip netns exec "$n" sh -c 'ip link set lo up; for s; do echo "${s#*=}" > "/proc/sys/${s%=*}"; done' sh $settings
	done
	link "$a" a0 "$g1" lan
	link "$g1" wan "$r" r1
	link "$r" r2 "$g2" wan
	link "$g2" lan "$b" b0
	addresses "$a" a0 10.1.0.2/24 fd01::2/64
	addresses "$g1" lan 10.1.0.1/24 fd01::1/64 wan $g1_wan4/24 $g1_wan6/64
	addresses "$r" r1 192.0.2.254/24 2001:db8:1::fe/64 r2 198.51.100.254/24 2001:db8:2::fe/64
	addresses "$g2" wan $g2_wan4/24 $g2_wan6/64 lan 10.2.0.1/24 fd02::1/64
	addresses "$b" b0 10.2.0.2/24 fd02::2/64
	routes "$a" default 10.1.0.1 default fd01::1
	# What is behind a and b, besides: tests use all of 10.1.0.0/16 and so on.
	routes "$g1" default 192.0.2.254 default 2001:db8:1::fe 10.1.0.0/16 10.1.0.2 fd01::/16 fd01::2
	routes "$g2" default 198.51.100.254 default 2001:db8:2::fe 10.2.0.0/16 10.2.0.2 fd02::/16 fd02::2
	routes "$b" default 10.2.0.1 default fd02::1
	# So that clear text that leaks would arrive, and is seen.
	routes "$r" 10.1.0.0/16 $g1_wan4 10.2.0.0/16 $g2_wan4 fd01::/16 $g1_wan6 fd02::/16 $g2_wan6
}

# path_mtu N: the link between r and g2
path_mtu() { ip -n "$r" link set r2 mtu "$1"; ip -n "$g2" link set wan mtu "$1"; }

# Inner packets in clear, as a capture filter. ND and what the gateways send
# between their outer addresses is not matched.
clear_filter='(src net 10.1.0.0/16 and dst net 10.2.0.0/16) or (src net 10.2.0.0/16 and dst net 10.1.0.0/16)
 or (ip6 and src net fd01::/16 and dst net fd02::/16) or (ip6 and src net fd02::/16 and dst net fd01::/16)'

# capture_start [FILTER]: captures on both WAN links, at the router
capture_start() {
	local d f
	for d in r1 r2; do
		f=$tmp/$d.pcap
		# Not by "on": the process has to be tcpdump itself, to be stopped.
		ip netns exec "$r" tcpdump -i $d -U --immediate-mode -w "$f" -s 0 -Q in "${1:-}" 2>"$tmp/$d.err" &
		captures+=($!)
		wait_for 30 grep -q "listening on" "$tmp/$d.err" || { echo "Bail out! no capture on $d"; exit 1; }
	done
}

capture_stop() {
	local p
	sleep 0.3
	for p in "${captures[@]}"; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done
	captures=()
}

# clear_packets: how many inner packets crossed the WAN in clear
clear_packets() {
	local d n=0
	for d in r1 r2; do
		[ -s "$tmp/$d.pcap" ] || continue
		n=$((n + $(tcpdump -n -r "$tmp/$d.pcap" "$clear_filter" 2>/dev/null | wc -l)))
	done
	echo $n
}

# check_no_clear: a point of its own
check_no_clear() {
	capture_stop
	equal "no inner packet crossed the WAN in clear" "$(clear_packets)" 0
}

# Algorithms: name -> the words for espgw, and for "ip xfrm state"; wire.py has
# the whole list for the Python tests
hex() { python3 -c 'import sys; n=int(sys.argv[1]); s=int(sys.argv[2]); print("0x" + bytes((i * 7 + s) % 256 for i in range(n)).hex())' "$1" "$2"; }
alg_espgw() { # NAME SEED
	case $1 in
	gcm128) echo "aead aes-gcm $(hex 20 "$2") 128" ;;
	cbc-sha256) echo "enc aes-cbc $(hex 16 "$2") auth sha256 $(hex 32 "$2")" ;;
	esac
}
alg_xfrm() { # NAME SEED
	case $1 in
	gcm128) echo "aead rfc4106(gcm(aes)) $(hex 20 "$2") 128" ;;
	cbc-sha256) echo "enc cbc(aes) $(hex 16 "$2") auth-trunc hmac(sha256) $(hex 32 "$2") 128" ;;
	esac
}

# sides GATEWAY FAMILY: sets local, peer: outer addresses as the gateway sees them
sides() {
	if [ "$1" = "$g1" ]; then
		[ "$2" = 4 ] && local_wan=$g1_wan4 peer_wan=$g2_wan4 || local_wan=$g1_wan6 peer_wan=$g2_wan6
		spi_out=0x1001 spi_in=0x1002 seed_out=1 seed_in=2 left4=10.1.0.0/16 right4=10.2.0.0/16 left6=fd01::/16 right6=fd02::/16
	else
		[ "$2" = 4 ] && local_wan=$g2_wan4 peer_wan=$g1_wan4 || local_wan=$g2_wan6 peer_wan=$g1_wan6
		spi_out=0x1002 spi_in=0x1001 seed_out=2 seed_in=1 left4=10.2.0.0/16 right4=10.1.0.0/16 left6=fd02::/16 right6=fd01::/16
	fi
}

# espgw_tunnel GATEWAY FAMILY ALG [SA WORDS for both SAs...]: a tunnel for both
# inner families; words after "--" go to the outbound SA only, in_words to the
# inbound SA only
espgw_tunnel() {
	local n=$1 both=() out=() w dash=0
	sides "$1" "$2"
	for w in "${@:4}"; do
		if [ "$w" = -- ]; then dash=1; elif [ $dash = 0 ]; then both+=("$w"); else out+=("$w"); fi
	done
	gw "$n" dev show | grep -qw wan || gw "$n" dev attach wan || return
	# shellcheck disable=SC2046
	gw "$n" sa add dir out src "$local_wan" dst "$peer_wan" spi $spi_out reqid 1 $(alg_espgw "$3" $seed_out) "${both[@]}" "${out[@]}" || return
	# shellcheck disable=SC2046,SC2086
	gw "$n" sa add dir in src "$peer_wan" dst "$local_wan" spi $spi_in reqid 1 $(alg_espgw "$3" $seed_in) "${both[@]}" ${in_words:-} || return
	gw "$n" policy add src $left4 dst $right4 action protect reqid 1 src "$local_wan" dst "$peer_wan" || return
	gw "$n" policy add src $left6 dst $right6 action protect reqid 1 src "$local_wan" dst "$peer_wan"
}

espgw_flush() { gw "$1" policy flush; gw "$1" sa flush; }

# xfrm_tunnel GATEWAY FAMILY ALG [STATE WORDS...]: the same, by the kernel's xfrm
xfrm_tunnel() {
	local n=$1 l r6 dir
	sides "$1" "$2"
	# shellcheck disable=SC2046
	ip -n "$n" xfrm state add src "$local_wan" dst "$peer_wan" proto esp spi $spi_out reqid 1 mode tunnel flag af-unspec $(alg_xfrm "$3" $seed_out) "${@:4}" || return
	# shellcheck disable=SC2046
	ip -n "$n" xfrm state add src "$peer_wan" dst "$local_wan" proto esp spi $spi_in reqid 1 mode tunnel flag af-unspec $(alg_xfrm "$3" $seed_in) "${@:4}" || return
	for dir in out fwd in; do
		for l in 4 6; do
			local s=left$l d=right$l ts=$local_wan td=$peer_wan
			[ $dir = out ] || { s=right$l d=left$l ts=$peer_wan td=$local_wan; }
			ip -n "$n" xfrm policy add src "${!s}" dst "${!d}" dir $dir \
				tmpl src "$ts" dst "$td" proto esp reqid 1 mode tunnel || return
		done
	done
}
xfrm_flush() { ip -n "$1" xfrm policy flush; ip -n "$1" xfrm state flush; }

# no_leak: a point: without the module, of what was allocated nothing is left that nobody refers to, a scan long
no_leak() {
	local what="without the module kmemleak finds nothing, twice" leaks=/sys/kernel/debug/kmemleak
	[ -w $leaks ] || { skip "$what" "this kernel has no kmemleak"; return; }
	rmmod espgw
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	equal "$what" "$(cat $leaks)" ""
}

cleanup() {
	local status=$? n
	# Who ends a test that takes too long may say so twice; this has to be done all the same.
	trap '' INT TERM
	capture_stop
	if [ "$allow_clear" = 0 ] && [ "$(clear_packets)" != 0 ]; then
		echo "# clear text on the WAN:"
		for n in r1 r2; do tcpdump -n -r "$tmp/$n.pcap" "$clear_filter" 2>/dev/null | head -5 | sed 's/^/# /'; done
		failures=$((failures + 1))
	fi
	for n in ${a:-} ${g1:-} ${r:-} ${g2:-} ${b:-} ${more_ns:-}; do
		ip netns pids "$n" 2>/dev/null | xargs -r kill 2>/dev/null
		gw "$n" policy flush 2>/dev/null
		ip netns del "$n" 2>/dev/null
	done
	rm -rf "$tmp"
	# The next test has to find things as this one did.
	if [ $loaded_here = 1 ] && [ -d /sys/module/espgw ] && ! wait_for 5 rmmod espgw; then
		echo "# the module cannot be unloaded: $(rmmod espgw 2>&1)"
		failures=$((failures + 1))
	fi
	[ "$points" = "$planned" ] || { echo "# planned $planned points, made $points"; failures=$((failures + 1)); }
	echo "# $points points, $failures failed"
	case $status:$failures in
	0:0 | 4:0) exit $status ;;
	*) exit 1 ;;
	esac
}
trap cleanup EXIT
trap 'exit 1' INT TERM
