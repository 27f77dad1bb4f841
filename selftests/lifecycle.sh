#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
# Packets of every shape (GSO, clones, fragments, asynchronous ciphers), and
# devices, namespaces, tables and the module itself that go away under traffic.
. "$(dirname "$0")/lib.sh"
plan 37
loaded_before=0
[ ! -d /sys/module/espgw ] || loaded_before=1
load_module
modprobe -qa pcrypt cryptd crypto_user tun ipip dummy sch_ingress cls_matchall act_mirred 2>/dev/null
setup_net
# The kernel switches kinds of hooks on and off by patching its code, and under
# traffic emulated processors can hang in that. Something keeps them all on.
hold=hold-$(mktemp -u XXXXXX) more_ns=$hold
ip netns add "$hold"
ip -n "$hold" link add d0 type dummy
on "$hold" nft -f - <<'END'
table netdev hold {
	chain in { type filter hook ingress device d0 priority 0; }
	chain out { type filter hook egress device d0 priority 0; }
}
table inet hold {
	chain in { type filter hook input priority 0; }
}
END
capture_start "$clear_filter"
points_of /usr/bin/python3 "$here/lifecycle.py"
check_no_clear

# ---- the module ----

# flood SECONDS: a flood of echoes from a to the router, through gateway 1's hooks.  In the background its process is
# ping itself, not a shell around it: killing it ends the flood.
flood() { exec ip netns exec "$a" ping -q -f -w "$1" 192.0.2.254; }

ip -n "$r" link show r1 >/dev/null 2>&1 || link "$g1" wan "$r" r1
ip -n "$g1" link set wan up
ip -n "$r" link set r1 up
ip -n "$g1" addr replace $g1_wan4/24 dev wan
ip -n "$r" addr replace 192.0.2.254/24 dev r1
wait_for 5 ip -n "$r" route replace 10.1.0.0/16 via $g1_wan4
unload() { rmmod espgw; }
bypassed() { [ "$(stat_of "$g1" out_bypass)" -gt 0 ]; }
if [ $loaded_before = 1 ]; then
	for _ in 1 2 3; do skip "unload" "the module was loaded before this test"; done
else
	gw "$g1" policy add src 10.1.0.0/16 dst 10.77.0.0/16 action protect reqid 1 src $g1_wan4 dst $g2_wan4
	if unload 2>/dev/null; then not_ok "the module stays while there is a protect policy"; else ok "the module stays while there is a protect policy"; fi
	gw "$g1" policy flush
	gw "$g1" dev detach wan  # what was waited for has come back
	flood 600 >"$tmp/flood" &
	flood=$!
	cycles=0
	for _ in 1 2 3 4 5; do
		# A policy that lets pass, SAs, an attached device: all of that may go with the module.
		gw "$g1" -b - <<-END || break
			dev attach wan
			policy add src 10.1.0.0/16 dst 192.0.2.0/24 action bypass
			sa add dir out src $g1_wan4 dst $g2_wan4 spi 0x5001 reqid 5 $(alg_espgw gcm128 1)
			sa add dir in src $g2_wan4 dst $g1_wan4 spi 0x5002 reqid 5 $(alg_espgw gcm128 2)
		END
		wait_for 20 bypassed || { diag "the flood does not pass"; break; }
		unload 2>"$tmp/unload" || { diag "$(cat "$tmp/unload")"; break; }
		insmod "$ESPGW_KO" 2>/dev/null || modprobe espgw || break
		cycles=$((cycles + 1))
	done
	kill $flood 2>/dev/null
	wait $flood 2>/dev/null
	equal "the module is unloaded and loaded under traffic" $cycles 5
	check "and is unloaded at the end" unload
fi
