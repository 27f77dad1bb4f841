#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 240
# kernel: 6.1
# 10,000 SAs and 10,000 policies: loaded from a batch file, listed, saved,
# restored and removed.
. "$(dirname "$0")/lib.sh"
plan 11
load_module
N=${N:-10000}
g1=g1-$(mktemp -u XXXXXX)
ip netns add "$g1"
ip -n "$g1" link add wan type dummy
ip -n "$g1" link set wan up
gw "$g1" dev attach wan

python3 - "$N" >"$tmp/batch" <<'END'
import sys
key = "0x" + "0123456789abcdef" * 2 + "%08x"
for i in range(int(sys.argv[1])):
    d, s = ("out", "in")[i & 1], (i >> 8, i & 255)
    ends = "src 192.0.2.1 dst 10.%d.%d.1" if d == "out" else "src 10.%d.%d.1 dst 192.0.2.1"
    print(f"sa add dir {d} {ends % s} spi {0x10000 + i:#x} reqid {i} aead aes-gcm {key % i} 128"
          + (" limit hard packets 1000000" if i % 3 == 0 else "") + (" df copy mtu-cap 1400" if i % 5 == 0 and d == "out" else ""))
    print(f"policy add prio {i % 7} src 10.0.0.0/8 dst 172.{16 + (i >> 12)}.{i >> 4 & 255}.{(i & 15) << 4}/28 "
          + (f"proto udp dport {1000 + i} " if i % 4 == 0 else "") + f"action protect reqid {i} src 192.0.2.1 dst 10.{s[0]}.{s[1]}.1")
END

# timed DESCRIPTION COMMAND...: a point that fails above ten seconds. Kernels
# with KASAN are not built to be fast.
slow=0
! grep -q ' kasan_report$' /proc/kallsyms || slow=1
timed() {
	local what=$1 start ms
	shift
	start=$(date +%s%N)
	if ! "$@" >"$tmp/said" 2>&1; then
		not_ok "$what"
		diag "$(head -3 "$tmp/said")"
		return
	fi
	ms=$((($(date +%s%N) - start) / 1000000))
	diag "$ms ms"
	if [ $slow = 0 ] && [ $ms -gt 10000 ]; then not_ok "$what took $ms ms"; else ok "$what"; fi
}

# count WHAT: how many there are, and how many of different names
count() {
	if [ "$1" = sa ]; then gw "$g1" sa show | grep -o '\bspi 0x[0-9a-f]*'; else gw "$g1" policy show | grep -o '\bdst 172[^ ]*'; fi >"$tmp/names"
	echo "$(wc -l <"$tmp/names") $(sort -u "$tmp/names" | wc -l)"
}

timed "$N SAs and $N policies are loaded in ten seconds" gw "$g1" -b "$tmp/batch"
equal "all SAs are listed" "$(count sa)" "$N $N"
equal "all policies are listed" "$(count policy)" "$N $N"
timed "saved in ten seconds" sh -c "ip netns exec $g1 $ESPGW save >$tmp/saved"
equal "a line for each" "$(grep -c '^sa add' "$tmp/saved") $(grep -c '^policy add' "$tmp/saved")" "$N $N"

# While a part of them comes and goes, the others are listed once each.
part=$((N / 20))
head -$((part * 2)) "$tmp/batch" | grep '^sa' >"$tmp/add"
sed 's/^sa add \(dir [a-z]*\) src [^ ]* \(dst [^ ]* spi [^ ]*\) .*/sa del \1 \2/' "$tmp/add" >"$tmp/del"
touch "$tmp/go"
(while [ -e "$tmp/go" ]; do gw "$g1" -b "$tmp/del" && gw "$g1" -b "$tmp/add" || exit; done) 2>"$tmp/churn" &
churn=$!
first=$(printf 'spi 0x%08x' $((0x10000 + part)))
rest() {
	gw "$g1" sa show | grep -o '\bspi 0x[0-9a-f]*' | awk -v first="$first" '$0 >= first' >"$tmp/names"
	echo "$(wc -l <"$tmp/names") $(sort -u "$tmp/names" | wc -l)"
}
for _ in 1 2 3; do listed=$(rest); [ "$listed" = "$((N - part)) $((N - part))" ] || break; done
rm "$tmp/go"
wait $churn
equal "a dump is complete while SAs come and go" "$listed" "$((N - part)) $((N - part))"
equal "and all came back" "$(cat "$tmp/churn")$(count sa)" "$N $N"

timed "removed in ten seconds" sh -c "ip netns exec $g1 $ESPGW policy flush && ip netns exec $g1 $ESPGW sa flush"
equal "and are gone" "$(count sa) $(count policy)" "0 0 0 0"
gw "$g1" dev detach wan
check "restored" gw "$g1" restore "$tmp/saved"
gw "$g1" save >"$tmp/again"
check "exactly as they were" sh -c "grep -v ^once $tmp/saved | LC_ALL=C sort >$tmp/1; grep -v ^once $tmp/again | LC_ALL=C sort | cmp - $tmp/1"
