#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two gateways carry a real file over a path whose MTU shrinks; what becomes of
# single packets is captured and told, for kernel xfrm and for espgw alike.
# `make demo` runs it in a VM. Needs root, and network namespaces of its own.
#
# ESPGW_OUT: where the capture and its keys go (default: here)
# MIB: size of the file

here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
tools=$here/demo
out=${ESPGW_OUT:-$PWD}
MIB=${MIB:-2}
. "$tools/lib.sh"

# probe NAME LENGTH DF: one packet from host A to host B, captured
probe() {
	doing "host A sends one packet of $2 bytes, DF=$3"
	python3 "$tools/probe.py" "$a" "$r" "$b" "$2" "$3" >"$tmp/$1" || fail "the packet could not be sent"
	echo done
}

# transfer tcp|udp: the file
transfer() {
	local again start
	doing "$MIB MiB by ${1^^}, A to B"
	rm -f "$tmp/copy"
	start=$(date +%s%N)
	again=$(python3 "$tools/transfer.py" "$1" "$a" "$b" 10.2.0.2 "$tmp/file" "$tmp/copy") || fail "the file did not get through"
	cmp -s "$tmp/file" "$tmp/copy" || fail "the copy differs from the file"
	printf 'identical, %d.%d s' $((($(date +%s%N) - start) / 1000000000)) $((($(date +%s%N) - start) / 100000000 % 10))
	[ -z "$again" ] || [ "$again" = 0 ] || printf ', %s packets sent again' "$again"
	echo
}

shrink() {
	doing "the router's link to gateway 2 drops to 1400"
	path_mtu 1400
	echo done
}

# Waits until both ends' neighbours are known, so that no packet waits for them.
warm_up() { wait_for 20 on "$a" ping -q -c 1 -W 2 10.2.0.2 || fail "$1 does not carry a ping"; }

cat <<'END'
espgw demo: two gateways, a tunnel (ESP, AES-128-GCM), a path that shrinks

   host A        gateway 1            router           gateway 2        host B
  10.1.0.2 ----- 192.0.2.1 --------------------------- 198.51.100.1 --- 10.2.0.2
                          `- 1500 bytes -'`- 1500, then 1400 -'

A packet of 1500 bytes does not fit when encrypted: ESP adds 54 bytes or more.
END

[ -d /sys/module/espgw ] && was_loaded=1
load_module || exit
setup_net
head -c $((MIB << 20)) /dev/urandom >"$tmp/file"

step "The kernel's own IPsec (xfrm), to compare"
xfrm_tunnel "$g1" 4 gcm128 replay-window 64 && xfrm_tunnel "$g2" 4 gcm128 replay-window 64 || fail "xfrm cannot be set up"
warm_up xfrm
probe xfrm.1 1500 0
probe xfrm.2 1500 1
shrink
probe xfrm.3 1500 0
probe xfrm.4 1446 1
probe xfrm.5 1500 0
probe xfrm.6 1500 1
xfrm_flush "$g1"
xfrm_flush "$g2"
path_mtu 1500
for n in $a $g1 $g2 $b; do ip -n "$n" route flush cache; done

step "espgw, the path carries 1500"
ip netns exec "$r" tcpdump -i r1 --immediate-mode -w "$tmp/wan.pcap" -s 0 2>"$tmp/tcpdump" &
capture=$!
wait_for 10 grep -q "listening on" "$tmp/tcpdump" || fail "the WAN cannot be captured"
in_words="replay-window 1024" # two processors reorder what one host sends in bulk
espgw_tunnel "$g1" 4 gcm128 && espgw_tunnel "$g2" 4 gcm128 || fail "espgw cannot be set up"
warm_up espgw
probe espgw.1 1500 0
probe espgw.2 1500 1
transfer tcp
transfer udp

step "espgw, the path shrinks"
shrink
probe espgw.3 1500 0
probe espgw.4 1446 1
pmtu=$(gw "$g1" -j pmtu show | python3 -c 'import json,sys; r=json.load(sys.stdin)[0]; print(r["source"], r["pmtu"], r["inner_mtu"])')
[ "$pmtu" = "icmp 1400 1346" ] || fail "gateway 1 did not learn the path's MTU: $pmtu"
echo "   gateway 1 learned from the router's ICMP message (type 3 code 4):"
gw "$g1" pmtu show | fold -s -w 74 | sed 's/^/     /'
probe espgw.5 1500 0
probe espgw.6 1500 1
transfer tcp
transfer udp
for n in drop_in_integrity drop_in_replay drop_in_cleartext; do
	[ "$(stat_of "$g2" $n)" = 0 ] || fail "gateway 2 counted $n"
done

step "What became of single packets, from captures"
echo
python3 "$tools/tell.py" "$tmp" || exit 1
cat <<'END'
In plain words: what may be fragmented, espgw cuts before it encrypts, into
pieces that fit; so routers and the peer never see a fragment of an ESP packet,
even at the moment when the path shrinks. What must not be fragmented is refused
at once with the size that fits, and that size follows what the path really
carries.
END

step "The capture"
kill "$capture"
wait "$capture"
capture=
if tcpdump -n -r "$tmp/wan.pcap" "$clear_filter" 2>/dev/null | grep -q .; then fail "clear text on the WAN"; fi
mkdir -p "$out"
cp "$tmp/wan.pcap" "$out/demo-wan.pcap" || fail "cannot write to $out"
cat >"$out/demo-esp_sa" <<END
"IPv4","$g1_wan4","$g2_wan4","0x00001001","AES-GCM with 16 octet ICV [RFC4106]","$(hex 20 1)","NULL",""
"IPv4","$g2_wan4","$g1_wan4","0x00001002","AES-GCM with 16 octet ICV [RFC4106]","$(hex 20 2)","NULL",""
END
cat <<END
   demo-wan.pcap   all that passed between gateway 1 and the router
   demo-esp_sa     its keys, for Wireshark
To look inside: copy demo-esp_sa to ~/.config/wireshark/esp_sa, then
   wireshark -o esp.enable_encryption_decode:TRUE demo-wan.pcap

All as told, in $((SECONDS - began)) s.
END
