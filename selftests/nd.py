# SPDX-License-Identifier: GPL-2.0
"""Neighbour discovery decrypted from an authenticated peer, which is not on the link, and must not say who is.

The router plays the peer.  Each message is one that gateway 1 would follow if it came in clear from the link: the
control shows that.
"""

import re

from peer import *

EVIL = bytes.fromhex("02000000beef")
SLLA, TLLA = b"\1\1" + EVIL, b"\2\1" + EVIL
ROUTER, STRANGER = "fe80::fe", "fe80::bad"  # the router's address on the link, and one that nobody has
ALL_NODES, ALL_ROUTERS = "ff02::1", "ff02::2"
RS, RA, NS, NA, REDIRECT = range(133, 138)
OVERRIDE, SOLICITED = 1 << 29, 1 << 30


def nd(src, dst, kind, rest, data, hops=255, behind=None):
    """A message. behind: an extension header in front of it: its number, and the header but for its first byte."""
    p = icmp6(src, dst, kind, 0, rest, data)
    if behind:
        p = ip6(src, dst, behind[0], bytes([ICMPV6]) + behind[1] + p[40:])
    return p[:7] + bytes([hops]) + p[8:]


def options(n):
    """Destination options: one that nobody knows and that is skipped, in a header of n times 8 bytes."""
    return 60, bytes([n - 1, 0x1e, n * 8 - 4]) + bytes(n * 8 - 4)


ATOMIC = FRAGMENT, bytes(3) + struct.pack("!I", 77)


def fragments(m):
    """A message in two fragments, the first of which shows its kind."""
    p = nd(*m)[40:]
    return [ip6(m[0], m[1], FRAGMENT, struct.pack("!BBHI", ICMPV6, 0, off | more, 78) + data, ttl=255)
            for off, more, data in ((0, 1, p[:24]), (24, 0, p[24:]))]


# Of each kind those that would be followed, and whether the WAN is a host's link then: routers follow no redirect.
MESSAGES = {
    "a router solicitation": [(STRANGER, ALL_ROUTERS, RS, 0, SLLA), (STRANGER, G1[6], RS, 0, SLLA)],
    "a router advertisement": [(STRANGER, ALL_NODES, RA, 33 << 24 | 1800,
                                bytes(8) + SLLA + struct.pack("!BBHI", 5, 1, 0, 1300))],
    "a neighbour solicitation": [(R1[6], G1[6], NS, 0, addr(G1[6]) + SLLA),
                                 (STRANGER, "ff02::1:ff00:1", NS, 0, addr(G1[6]) + SLLA)],
    "a neighbour advertisement": [(R1[6], G1[6], NA, OVERRIDE | SOLICITED, addr(R1[6]) + TLLA),
                                  (R1[6], ALL_NODES, NA, OVERRIDE, addr(R1[6]) + TLLA),
                                  (STRANGER, ALL_NODES, NA, OVERRIDE, addr(R1[6]) + TLLA)],
    "a redirect": [(ROUTER, G1[6], REDIRECT, 0, addr(STRANGER) + addr(G2[6]) + TLLA)],
}
HOST = "a redirect"


def ip(*commands):
    """Runs commands of ip -6 on gateway 1; their output, by lines."""
    p = subprocess.run(["ip", "-n", net.ns["g1"], "-6", "-o", "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                       stdout=subprocess.PIPE, check=True)
    return p.stdout.splitlines()


def known(*before):
    """What gateway 1 knows of the WAN: neighbours, routes by a next hop, exceptions, and what routers announce.

    before: commands of ip that run before it is looked at.
    """
    lines = ip(*before, "neigh show dev wan", "route show table all", "route show cache")
    neighbours = sorted(" ".join(line.split()[:3]) for line in lines if " lladdr " in line)
    routes = sorted(re.sub(r"expires \w+", "", line).strip() for line in lines if " via " in line)
    with net.inside(net.ns["g1"]):
        announced = [open(f"/proc/sys/net/ipv6/conf/wan/{x}").read().strip() for x in ("mtu", "hop_limit")]
    return neighbours, routes, announced


def fresh(what="router"):
    """The WAN as it was, a router's link or a host's."""
    mac = net.ports["r1"].mac.hex(":")
    net.sysctl("g1", "ipv6/conf/wan/forwarding", int(what != HOST))
    for name, value in ("accept_ra", 2), ("mtu", 1500), ("hop_limit", 64):
        net.sysctl("g1", f"ipv6/conf/wan/{name}", value)
    return known("neigh flush dev wan nud all", "route flush proto ra",
                 *(f"neigh replace {x} lladdr {mac} dev wan nud reachable" for x in (R1[6], ROUTER)),
                 f"route replace default via {ROUTER} dev wan")


def untouched(f, was):
    for what, old, new in zip(("neighbours", "routes", "what routers announced"), was, known()):
        f.same(new, old, what)


def dropped(f, was, before, n):
    """n packets have come so: dropped, counted as what they are, and gateway 1 knows what it knew."""
    # What the gateway itself has to say, to its neighbours or of packets before, seconds later, is not this.
    got = {k: v for k, v in net.counted(before).items() if k.startswith("drop_in_") or k == "in_packets"}
    f.same(got, {"drop_in_nd": n}, "counters")
    untouched(f, was)


net.espgw(sa_out(0x1001, 1), sa_in(SPI_IN, 1))
net.sysctl("g1", "ipv6/conf/wan/suppress_frag_ndisc", 0)
ADVERTISEMENT = MESSAGES["a neighbour advertisement"][0]

# ---- control ----

f = Faults()
for what, messages in MESSAGES.items():
    for m in messages:
        was = fresh(what)
        net.exchange("r1", nd(*m))
        f.same(known() != was, True, f"{what} from {m[0]} to {m[1]} is followed")
hidden = {f"behind {n * 8} bytes of options": [nd(*ADVERTISEMENT, behind=options(n))] for n in (1, 4, 25)}
for what, packets in {**hidden, "in an atomic fragment": [nd(*ADVERTISEMENT, behind=ATOMIC)],
                      "in fragments": fragments(ADVERTISEMENT)}.items():
    was = fresh()
    net.exchange("r1", *packets)
    f.same(known() != was, True, f"an advertisement {what} is followed")
f.point("control: in clear, from the link, each of the messages is followed")

# ---- under a policy that covers all of IPv6 ----

net.espgw(f"policy add prio 200 src ::/0 dst ::/0 {protect(1)}")
for what, messages in MESSAGES.items():
    f = Faults()
    for m in messages:
        was, before = fresh(what), net.stats()
        net.exchange("r1", esp(nd(*m)))
        dropped(f, was, before, 1)
    f.point(f"{what} out of the tunnel is dropped and counted, the gateway's neighbours and routes stay")

f = Faults()
for n in 1, 4, 25:
    was, before = fresh(), net.stats()
    net.exchange("r1", esp(nd(*ADVERTISEMENT, behind=options(n))))
    dropped(f, was, before, 1)
f.point("also behind destination options, few and many")

f = Faults()
was, before = fresh(), net.stats()
net.exchange("r1", esp(nd(*ADVERTISEMENT, behind=ATOMIC)))
dropped(f, was, before, 1)
f.point("also in an atomic fragment")

f = Faults()
was, before = fresh(), net.stats()
net.exchange("r1", *(esp(p) for p in fragments(ADVERTISEMENT)))
untouched(f, was)
f.same(net.counted(before).get("drop_in_nd"), 1, "counted")
f.point("also in fragments, where the stack would take those: the first one shows what it is")

f = Faults()
was, before = fresh(), net.stats()
body = esp(nd(*ADVERTISEMENT))[20:]
net.exchange("r1", ip4(G2[4], G1[4], ESP, body[:48], mf=1, ident=5), ip4(G2[4], G1[4], ESP, body[48:], off=48, ident=5))
f.same(net.counted(before).get("in_reassembled"), 1, "ESP reassembled")
dropped(f, was, before, 1)
f.point("also in ESP that came in fragments")

# ---- what is none ----

f = Faults()
was, before = fresh(), net.stats()
udp_in = datagram(STRANGER, G1[6], 100), datagram(STRANGER, ALL_NODES, 100)
echo = icmp6("fd03::9", G1[6], 128, 0, 1, b"x" * 20)
net.exchange("r1", esp(nd(*ADVERTISEMENT, hops=254)), *(esp(u) for u in udp_in), esp(echo[:7] + b"\xff" + echo[8:]))
got = net.counted(before)
f.same((got.get("in_packets"), got.get("drop_in_nd", 0)), (4, 0), "delivered, dropped")
f.same([x for x in known()[0] if x.startswith(R1[6])], [x for x in was[0] if x.startswith(R1[6])],
       "the router's link-layer address")
f.point("what is none goes its way: another hop limit, UDP from the link or to a group, an echo with hop limit 255")

# ---- under other policies ----

net.espgw("policy flush")
f = Faults()
for policy in (f"policy add src ff02::/16 dst fe80::/10 {protect(1)}", "policy add src ::/0 dst ::/0 action bypass",
               "policy add src ::/0 dst ::/0 action discard", f"policy add dev wan src ::/0 dst ::/0 {protect(9)}", None):
    if policy:
        net.espgw(policy)
    for host in False, True:
        messages = [m for what in MESSAGES if (what == HOST) == host for m in MESSAGES[what]]
        was, before = fresh(HOST if host else "router"), net.stats()
        net.exchange("r1", *(esp(nd(*m)) for m in messages))
        dropped(f, was, before, len(messages))
    net.espgw("policy flush")
f.point("bypass, discard, another SA's policy, none: it is dropped for what it is")
done()
