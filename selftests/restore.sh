#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 60
# kernel: 6.1
# What is saved is restored once: no outbound SA uses a sequence number twice,
# however files are copied, kept and restored.
. "$(dirname "$0")/lib.sh"
plan 24
load_module
setup_net
capture_start
espgw_tunnel "$g1" 4 gcm128 || exit 1
espgw_tunnel "$g2" 4 gcm128 || exit 1
pings() { on "$a" ping -qc "$1" -i 0.05 -W 2 10.2.0.2 | grep -c " $1 received"; }
# Policies stay, so that nothing is clear meanwhile.
empty() { gw "$g1" sa flush; }
sas() { grep -v '^policy\|^dev'; }
number() { sa_stat "$g1" 0x1001 seq; }
# refused DESCRIPTION TEXT COMMAND...: that is said, and there is no SA then
refused() {
	local what=$1 text=$2 out status
	shift 2
	out=$("$@" 2>&1)
	status=$?
	equal "$what" "$status ${out#*once: } $(gw "$g1" sa show | wc -l)" "1 $text 0"
}
used="this, or something else that was saved when it was, has been restored: its sequence numbers are used since; take new keys"
start="this was saved before the system started, or on another one: nobody knows which sequence numbers have been used since; take new keys"

equal "packets of the first SA" "$(pings 3) $(number)" "1 3"
gw "$g1" save | sas >"$tmp/one"
gw "$g1" save | sas >"$tmp/two"
cookie=$(on "$g1" python3 -c 'import socket, struct; print(struct.unpack("Q", socket.socket().getsockopt(1, 71, 8))[0])')
equal "what is saved begins with when that was" "$(head -1 "$tmp/one")" \
	"once boot $(cat /proc/sys/kernel/random/boot_id) netns $cookie generation 0 sent 3"
empty
grep '^sa add dir in' "$tmp/one" | gw "$g1" -b -
equal "without an outbound SA it does not" "$(gw "$g1" save | grep -c ^once)" 0
empty
cp -p "$tmp/one" "$tmp/copy"
chmod a-w "$tmp/one"
check "restored, from a file that cannot be written" gw "$g1" restore "$tmp/one"
equal "it goes on where it was" "$(pings 2) $(number)" "1 5"
empty
gw "$g1" stats reset
refused "not twice" "$used" gw "$g1" restore "$tmp/one"
refused "nor a copy" "$used" gw "$g1" restore "$tmp/copy"
refused "nor what was saved beside it" "$used" gw "$g1" restore "$tmp/two"
refused "nor by force" "$used" gw "$g1" -force restore "$tmp/one"
refused "nor as a batch" "$used" gw "$g1" -b "$tmp/one"
refused "nor as a batch by force" "$used" gw "$g1" -force -b "$tmp/one"
refused "nor from standard input" "$used" sh -c "ip netns exec $g1 $ESPGW restore - <$tmp/one"
refused "nor in another namespace" "$used" gw "$r" restore "$tmp/one"
sed 's/^once boot [^ ]*/once boot 01234567-89ab-cdef-0123-456789abcdef/' "$tmp/one" >"$tmp/other"
refused "nor after the system has started anew" "$start" gw "$g1" restore "$tmp/other"
grep -v ^once "$tmp/one" >"$tmp/bare"
refused "nor if it does not say when it was saved" "espgw: $tmp/bare: line 1: sa add: an outbound SA without \"once\" before it: \"save\" did not write this, and it might be restored twice; -b does what any file says" \
	gw "$g1" restore "$tmp/bare"

# A chain: each link may be followed by one.
sed '/dir out/s/seq [0-9]*/seq 100/' "$tmp/bare" | gw "$g1" -b -
equal "an SA with new numbers" "$(pings 1) $(number)" "1 101"
gw "$g1" save | sas >"$tmp/three"
gw "$g1" save | sas >"$tmp/four"
empty
check "what is saved then is restored" gw "$g1" restore "$tmp/three"
gw "$g1" save | sas >"$tmp/five"
empty
refused "not what was saved before that" "$used" gw "$g1" restore "$tmp/four"
check "but what was saved since" gw "$g1" restore "$tmp/five"
gw "$g1" save | sas >"$tmp/six"
equal "packets" "$(pings 2) $(number)" "1 103"
empty
refused "not after more was sent" "2 packets have been sent since this was saved: their sequence numbers are used; take new keys" \
	gw "$g1" restore "$tmp/six"

# Who resets the counters has to know; of several at the same time only one succeeds all the same.
gw "$g1" stats reset
pids=()
for i in 1 2 3 4; do
	sed '/dir out/s/seq [0-9]*/seq 200/' "$tmp/six" >"$tmp/at.$i"
	{ gw "$g1" restore "$tmp/at.$i" 2>/dev/null; echo $? >"$tmp/status.$i"; } &
	pids+=($!)
done
wait "${pids[@]}"
equal "of four at the same time, one" "$(cat "$tmp"/status.* | sort | xargs)" "0 1 1 1"
capture_stop
equal "no number was used twice" "$(tcpdump -nr "$tmp/r1.pcap" esp 2>/dev/null | grep -o 'spi=0x00001001,seq=0x[0-9a-f]*' | sort | uniq -d)" ""
equal "no inner packet crossed the WAN in clear" "$(clear_packets)" 0
