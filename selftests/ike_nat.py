# SPDX-License-Identifier: GPL-2.0
"""Gateway 2 is behind a NAT, and the NAT gives it other ports and addresses: gateway 1's charon hears of it from the
kernel and follows. MOBIKE, where the peer says so itself."""

from keyed import *
from watch import forget_flows

PORT = 61000
OTHER = "192.0.2.253"  # another address of the NAT


def nat(port, address=None):
    """From now on new flows from gateway 2's port 4500 get this port, and this address or the router's own."""
    to = f"snat to {address}:{port}" if address else f"masquerade to :{port}"
    net.nft("r", f"""
        add table ip nat
        delete table ip nat
        table ip nat {{
            chain out {{
                type nat hook postrouting priority 100
                oifname r1 ip saddr {G2[4]} udp sport 4500 {to}
                oifname r1 ip saddr {G2[4]} masquerade
            }}
        }}""")


def forget():
    """The NAT forgets all its mappings."""
    forget_flows(net, "r")


def between(flood, way, first, last):
    """Those lost that were not sent between two marks; and how many were."""
    at = {what: t for t, what in flood.marks}
    lost = flood.lost()[way]
    outside = [n for n in lost if not at[first] <= flood.sent[way][n] <= at[last]]
    return [flood.when(way, n) for n in outside], len(lost) - len(outside)


start_net()
net.ip("r", [f"addr add {OTHER}/24 dev r1"])


def moves(f):
    for mode in MODES:
        nat(PORT)
        forget()
        one = Conn(G1[4], "%any", children=(Child(),))
        two = Conn(G2[4], G1[4], "two.test", "one.test", children=(Child().other(),))
        with Pair(f, one, mode, two=two) as pair:
            pair.b.up()
            sa = pair.settled()
            f.same(x1.state(sa["spi_out"]).encap, (2, 4500, PORT), "encapsulation")
            warm(f)
            watch, flood = EspWatch(net), Flood(net, 100)
            flood.wait(1)
            for port, address in (PORT + 1, None), (PORT + 2, OTHER), (PORT, None):
                # What xfrm gives a new state from the old one: its counts too, if not its windows.
                before = x1.state(sa["spi_out"]).oseq
                flood.mark(f"to port {port}")
                nat(port, address)
                forget()
                wanted = (address or R1[4], port)

                def followed():
                    s = x1.state(sa["spi_out"])
                    return s and s.encap and (s.dst, s.encap[2]) == wanted

                pair.a.wait_for("new mapping", followed)
                flood.mark(f"followed to {port}")
                flood.wait(0.3)
                flood.mark(f"settled at {port}")
                flood.wait(0.7)
                f.same(x1.state(sa["spi_out"]).oseq > before, True, "numbers go on")
                f.same(pair.settled()["spi_in"], sa["spi_in"], "the same SA")
            flood.end()
            watch.end().unique(f, f"mode {mode}")
            lost = {w: list(flood.lost()[w]) for w in "ab"}
            marks = flood.marks
            for w in "ab":
                spans = [(t, marks[i + 2][0]) for i, (t, what) in enumerate(marks) if what.startswith("to port")]
                outside = [n for n in lost[w] if not any(s <= flood.sent[w][n] <= e for s, e in spans)]
                f.same([flood.when(w, n) for n in outside], [], f"mode {mode}: from {w}, lost while nothing moved")
            took = [round(marks[i + 1][0] - t, 2) for i, (t, what) in enumerate(marks) if what.startswith("to port")]
            print(f"  mode {mode}: {flood.told()}; followed after {took} s")
            # From behind the NAT all of it comes: only what is on its way while charon exchanges the state is lost,
            # each time for some 30 ms where it is emulated, with another machine beside it for twice that.
            f.same(len(lost["b"]) <= 3 * 8 * PATIENCE, True, f"mode {mode}: from behind the NAT {[flood.when('b', n) for n in lost['b']]}")
            f.same(xfrm_stat(net, "g2"), pair.before["g2"], f"mode {mode}: xfrm_stat of gateway 2")


point("a NAT gives the peer other ports and another address: charon follows, the SA and its numbers go on", moves)


def mobike(f):
    net.nft("r", "add table ip nat\ndelete table ip nat")
    # Else the new address goes with the old one, and the route with both, while charon looks for a way; and of all ways
    # it takes the first one that is answered, which may be IPv6's.
    net.sysctl("g1", "ipv4/conf/wan/promote_secondaries", 1)
    net.nft("r", "table ip6 mobike { chain forward { type filter hook forward priority 0; udp dport 4500 drop; }; }")
    forget()
    for mode in MODES:
        with Pair(f, Conn(G1[4], G2[4], mobike=True), mode, two=Conn("%any", "%any", "two.test", "one.test", mobike=True,
                                                                     children=(Child().other(),))) as pair:
            pair.up()
            sa = pair.settled()
            warm(f)
            net.ip("g1", ["addr add 192.0.2.9/24 dev wan"])
            watch, flood = EspWatch(net), Flood(net, 100)
            flood.wait(0.5)
            flood.mark("the address goes")
            net.ip("g1", [f"addr del {G1[4]}/24 dev wan"])

            def followed():
                s = x1.state(sa["spi_out"])
                return s and s.src == "192.0.2.9"

            pair.a.wait_for("new address", followed)
            pair.b.wait_for("the peer's new address", lambda: (s := x2.state(sa["spi_out"])) and s.src == "192.0.2.9")
            flood.mark("followed")
            flood.wait(0.3)
            flood.mark("settled")
            flood.wait(1)
            flood.end()
            watch.end().unique(f, f"mode {mode}")
            f.same(pair.settled()["spi_in"], sa["spi_in"], "the same SA")
            for w in "ab":
                outside, n = between(flood, w, "the address goes", "settled")
                f.same(outside, [], f"mode {mode}: from {w}, lost before or after")
                print(f"  mode {mode}: from {w} {n} lost while the address changed")
            net.ip("g1", [f"addr add {G1[4]}/24 dev wan", "addr del 192.0.2.9/24 dev wan"])
    net.nft("r", "delete table ip6 mobike")


point("MOBIKE: gateway 1's address changes, the SA goes on", mobike)
done()
