#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# Bad input, to the tool and past it to netlink: refused with one clear line, or
# an error and its text, and nothing has changed.
. "$(dirname "$0")/lib.sh"
plan 17
load_module
g1=g1-$(mktemp -u XXXXXX)
[ -n "$ESPGW_UAPI" ] || skip_all "there is no linux/espgw.h"
ip netns add "$g1"
ip -n "$g1" link set lo up
ip -n "$g1" link add wan type dummy
ip -n "$g1" link set wan up
gw "$g1" -b - <<END
dev attach wan mtu-cap 1400
sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x1001 reqid 1 $(alg_espgw gcm128 1) seq 100
sa add dir in src 192.0.2.2 dst 192.0.2.1 spi 0x1002 reqid 1 $(alg_espgw cbc-sha256 2) seq 7
sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x1003 reqid 2 $(alg_espgw gcm128 3) esn seq 5000000000
policy add prio 5 src 10.1.0.0/16 dst 10.2.0.0/16 action protect reqid 1 src 192.0.2.1 dst 192.0.2.2
policy add src 10.1.0.0/16 dst 10.3.0.0/16 proto udp dport 53 action bypass
END
gw "$g1" save | grep -v "^once " >"$tmp/before"

# unchanged DESCRIPTION
unchanged() {
	gw "$g1" save | grep -v "^once " >"$tmp/after"
	check "$1" diff "$tmp/before" "$tmp/after"
}

# Lines "STATUS|COMMAND|a word of what it says"
refusals() {
	local status command word out rc bad=
	while IFS='|' read -r status command word; do
		# shellcheck disable=SC2086
		out=$(gw "$g1" $command 2>&1)
		rc=$?
		if [ $rc != "$status" ] || [ "$(wc -l <<<"$out")" != 1 ] || [[ $out != espgw:\ *$word* ]]; then
			bad+="status $rc, wanted $status, \"$word\": espgw $command: $out"$'\n'
		fi
	done
	if [ -z "$bad" ]; then ok "$1"; else
		not_ok "$1"
		diag "$bad"
	fi
}

k=0x000102030405060708090a0b0c0d0e0f10111213
sa="src 192.0.2.1 dst 192.0.2.2 spi 0x2001"
refusals "what the kernel refuses" <<END
2|dev attach lo|loopback
2|dev attach wan|attached
2|dev detach lo|attached
2|dev set wan min-pmtu 1500|min-pmtu
2|dev detach wan|polic
2|sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 0x1001 aead aes-gcm $k 128|exists
2|sa del dst 192.0.2.2 spi 0x7777|
2|sa get dst 192.0.2.2 spi 0x7777|
2|sa set dst 192.0.2.2 spi 0x1001 seq 5|seq
2|sa set dst 192.0.2.1 spi 0x1002 seq 6|seq below what was received
2|sa set dst 192.0.2.1 spi 0x1002 seq 4294967296|needs esn
2|sa set dst 192.0.2.2 spi 0x1001 encap espinudp 4500 4500|encap
2|sa set dst 192.0.2.2 spi 0x1001 keepalive 20|keepalive
2|sa set dst 192.0.2.1 spi 0x1002 keepalive 20|keepalive
2|sa replace dir out src 192.0.2.1 dst 192.0.2.2 spi 0x1001 reqid 1 $(alg_espgw gcm128 1) seq 5|seq
2|sa replace dir out src 192.0.2.1 dst 192.0.2.2 spi 0x1003 reqid 2 $(alg_espgw gcm128 3)|without esn
2|policy add prio 5 src 10.1.0.0/16 dst 10.2.0.0/16 action bypass|exists
2|sa add dir out src 192.0.2.1 dst 224.0.0.1 spi 0x2001 aead aes-gcm $k 128|multicast
2|policy del prio 6 src 10.1.0.0/16 dst 10.2.0.0/16|
2|pmtu set spi 0x7777 dst 192.0.2.2 mtu 1400|
2|pmtu del spi 0x7777 dst 192.0.2.2|
2|pmtu probe spi 0x7777 dst 192.0.2.2|
2|vfr set dev lo dir in on|attached
END
unchanged "and nothing has changed"
refusals "what the tool refuses" <<END
1||
1|frobnicate|frobnicate
1|sa|
1|sa frob|frob
1|sa add|
1|sa add dir sideways|sideways
1|sa add dir out $sa|
1|sa add dir out $sa aead aes-gcm|
1|sa add dir out $sa aead aes-gcm 0x12 128|
1|sa add dir out $sa aead aes-gcm 0xzz 128|
1|sa add dir out $sa aead aes-gcm $k|
1|sa add dir out $sa aead aes-gcm $k 127|
1|sa add dir out $sa aead aes-gcm $k 128 enc aes-cbc $k|
1|sa add dir out $sa aead aes-gcm file:/nonexistent 128|
1|sa add dir out $sa aead aes-gcm $k 128 replay-window 64|replay-window
1|sa add dir in $sa aead aes-gcm $k 128 replay-window 4097|replay-window
1|sa add dir out $sa aead aes-gcm $k 128 seq 4294967296|seq
1|sa add dir out $sa aead aes-gcm $k 128 limit soft packets 10 limit hard packets 9|limit
1|sa add dir out $sa aead aes-gcm $k 128 mtu-cap 67|mtu-cap
1|sa add dir out $sa aead aes-gcm $k 128 dscp 64|dscp
1|sa add dir out $sa aead aes-gcm $k 128 esn esn|esn
1|sa add dir out src 192.0.2.1 dst 2001:db8::1 spi 0x2001 aead aes-gcm $k 128|
1|sa add dir out src 192.0.2.1 dst 192.0.2.2 spi 255 aead aes-gcm $k 128|spi
1|sa add dir out $sa aead aes-gcm $k 128 keepalive 20|keepalive
1|sa add dir in $sa aead aes-gcm $k 128 encap espinudp 4500 4500 keepalive 20|keepalive
1|sa set dst 192.0.2.2 spi 0x1001 keepalive 3601|keepalive
1|vfr set dev wan on|dir
1|vfr set dev wan dir in max-fragments 8193|max-fragments
1|mss probe spi 0x1001|dst
1|sa del|
1|sa show frob|frob
1|policy add src 10.1.0.0/16 dst 10.2.0.0/16|action
1|policy add src 10.1.0.0/33 dst 10.2.0.0/16 action bypass|33
1|policy add src 10.1.0.1/16 dst 10.2.0.0/16 action bypass|10.1.0.1/16
1|policy add src 10.1.0.0/16 dst fd02::/16 action bypass|
1|policy add src 10.1.0.0/16 dst 10.2.0.0/16 dport 53 action bypass|port
1|policy add src 10.1.0.0/16 dst 10.2.0.0/16 proto udp dport 54-53 action bypass|54-53
1|policy add src 10.1.0.0/16 dst 10.2.0.0/16 action protect reqid 1|
1|policy add src 10.1.0.0/16 dst 10.2.0.0/16 action bypass reqid 1|reqid
1|policy add dev a/b src 10.1.0.0/16 dst 10.2.0.0/16 action bypass|a/b
1|dev attach a/b|a/b
1|dev attach|
1|default set|
1|default set df maybe|maybe
1|default set mss 87|mss
1|pmtu set spi 0x1001 dst 192.0.2.2 mtu 67|mtu
1|restore /nonexistent|/nonexistent
1|-n nosuch sa show|nosuch
1|-z|
END
unchanged "and nothing has changed"

# A batch stops at its first error and names the line; what came before stands.
printf '%s\n' "policy add src 10.4.0.0/16 dst 10.5.0.0/16 action bypass" "sa frob" "policy add src 10.6.0.0/16 dst 10.5.0.0/16 action bypass" >"$tmp/batch"
out=$(gw "$g1" -b "$tmp/batch" 2>&1)
equal "a batch stops at its first error and names the line" "$? $(grep -c ':2:\|line 2' <<<"$out") $(gw "$g1" policy show | grep -c '10\.[46]\.0\.0')" "1 1 1"
gw "$g1" policy del src 10.4.0.0/16 dst 10.5.0.0/16

# What is behind a NUL byte, or continues its line, is no command of its own.
p="src 10.5.0.0/16 action bypass"
printf 'sa show\0policy add dst 10.4.0.0/16 %s \\\npolicy add dst 10.6.0.0/16 %s\npolicy add dst 10.9.0.0/16 %s\n' "$p" "$p" "$p" >"$tmp/batch"
out=$(gw "$g1" -force -b "$tmp/batch" 2>&1)
equal "a NUL byte spoils its line, and only that" "$? $(grep -c ': line 1: a NUL byte' <<<"$out") $(gw "$g1" policy show | grep -c '10\.[469]\.0\.0')" "1 1 1"
gw "$g1" policy del dst 10.9.0.0/16 src 10.5.0.0/16

chmod 755 "$tmp"
points_of ip netns exec "$g1" /usr/bin/python3 "$here/badinput.py" "$g1" "$tmp/before"
unchanged "after all of that nothing has changed"
