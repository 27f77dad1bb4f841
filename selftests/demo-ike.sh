#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo of the shrinking path, keyed by strongSwan: a file is on its way while the SAs
# are rekeyed and the path's MTU shrinks. `DEMO=ike make demo` runs it in a VM.
#
# ESPGW_OUT: where the capture goes (default: here)
# MIB: size of the file

here=$(dirname "$(realpath "$0")")
. "$here/lib.sh"
out=${ESPGW_OUT:-$PWD}
. "$here/demo/lib.sh"

cat <<'END'
espgw demo: two gateways keyed by strongSwan, a path that shrinks

   host A        gateway 1            router           gateway 2        host B
  10.1.0.2 ----- espgw  ------------------------------ kernel xfrm ---- 10.2.0.2
                 charon   `- 1500 bytes -'`- 1500, then 1400 -' charon

Both daemons are Debian's strongSwan, as it is. At gateway 1 "espgw xfrm on" has
been said: what charon puts into the kernel's IPsec, espgw adopts.
END

need_daemons strongswan
modprobe -q -a xfrm_user esp4 esp6 xfrm_interface
[ -d /sys/module/espgw ] && was_loaded=1
load_module || exit
setup_net
ip netns exec "$r" tcpdump -i r1 --immediate-mode -w "$tmp/wan.pcap" -s 0 2>"$tmp/tcpdump" &
capture=$!
wait_for 10 grep -q "listening on" "$tmp/tcpdump" || fail "the WAN cannot be captured"
PYTHONPATH=$here MIB=${MIB:-2} /usr/bin/python3 "$here/demo/strongswan.py" || exit 1
kill "$capture"
wait "$capture"
capture=
if tcpdump -n -r "$tmp/wan.pcap" "$clear_filter" 2>/dev/null | grep -q .; then fail "clear text on the WAN"; fi
mkdir -p "$out"
cp "$tmp/wan.pcap" "$out/demo-ike-wan.pcap" || fail "cannot write to $out"
cat <<END

   demo-ike-wan.pcap   all that passed between gateway 1 and the router

All as told, in $((SECONDS - began)) s.
END
