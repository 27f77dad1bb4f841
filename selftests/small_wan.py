# SPDX-License-Identifier: GPL-2.0
"""What is too long for the WAN, by a WAN that carries less than the LAN. Gateway 2 is the kernel's own xfrm."""

import re

from wire import *
from wg import wireguard

net = Net()
tunnels = [Tunnel(0, "gcm128"), Tunnel(1, "cbc-sha256", outer=6)]
net.tunnels(tunnels)
net.ports["w2"] = Port(net, "w2", net.ns["g2"], "wan", net.ns["r"], "r2")
# MTU, what makes {x} of gateway 1 and {y} of the router, outer families.
KINDS = {
    "ipip": (1480, "link add {x} type ipip local 192.0.2.1 remote 192.0.2.254",
             "link add {y} type ipip local 192.0.2.254 remote 192.0.2.1", (4,)),
    "ip6tnl": (1280, "link add {x} type ip6tnl mode any encaplimit none local 2001:db8:1::1 remote 2001:db8:1::fe",
               "link add {y} type ip6tnl mode any encaplimit none local 2001:db8:1::fe remote 2001:db8:1::1", (4, 6)),
    "WireGuard": (1420, "link add {x} type wireguard", "link add {y} type wireguard", (4, 6)),
}


def packet(t, family, n, df=0, src=None, dst=None):
    packet.seed += 1
    return datagram(src or t.left[family], dst or t.right[family], n, seed=packet.seed, **({"df": df} if family == 4 else {}))


packet.seed = 0


def tcp(src, dst, family, n, size):
    """A super-packet: so much data, segments of that size."""
    h = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 5 << 4, 0x10, 1000, 0, 0)
    c = ~checksum(pseudo(src, dst, TCP, 20 + n)) & 0xffff
    data = h[:16] + struct.pack("!H", c) + h[18:] + pattern(n)
    net.ports["a0"].send_gso(ip4(src, dst, TCP, data, df=1) if family == 4 else ip6(src, dst, TCP, data), size,
                             40 if family == 4 else 60)


def settled(n=0):
    """All that comes, of which so many packets at b."""
    caught, end = net.settle(), time.monotonic() + 15
    while len(caught["b0"]) < n and time.monotonic() < end:
        for name, more in net.settle().items():
            caught[name] += more
    return caught


def answers(caught):
    return [p.answer()[0] for p in caught["a0"] if p.answer()]


def esp(caught, port="w2"):
    return [p.len for p in caught[port] if p.proto == ESP]


def joined(caught):
    """The payload of the one datagram that has come to b in fragments."""
    data = b""
    for p in sorted(caught["b0"], key=lambda p: p.off):
        if p.off != len(data):
            return None
        data += p.payload
    return data


def fits(t, family, mtu):
    """The largest packet inside."""
    n = t.inner(mtu)
    return max(n, 1280) if family == 6 else n


def told_once(f, t, family, mtu):
    """One answer, and then it passes."""
    n, what = fits(t, family, mtu), f"IPv{family} in IPv{t.outer}"
    net.send("a0", packet(t, family, 1500, df=1))
    caught = settled()
    f.same((answers(caught), caught["b0"]), ([n], []), f"{what}, 1500 bytes: answers, at b")
    net.send("a0", packet(t, family, n + 1, df=1))
    f.same(answers(settled()), [n], f"{what}, one byte more")
    p = packet(t, family, n, df=1)
    net.send("a0", p)
    caught = settled(1)
    f.same((answers(caught), [q.raw for q in caught["b0"]]), ([], [forwarded(p)]), f"{what}, {n} bytes: answers, at b")
    if t.outer_len(n) <= mtu:
        f.same(esp(caught), [t.outer_len(n)], f"{what}, {n} bytes: ESP")
    size = 1500 - (40 if family == 4 else 60)
    tcp(t.left[family], t.right[family], family, 5 * size, size)
    caught = settled()
    f.same((answers(caught), caught["b0"]), ([n], []), f"{what}, super-packet: answers, at b")


def cut_once(f, t, n, pieces, port="w2"):
    """An IPv4 packet without DF: so many ESP packets."""
    p = packet(t, 4, n)
    net.send("a0", p)
    caught = settled(pieces)
    f.same((len(esp(caught, port)), answers(caught)), (pieces, []), f"{n} bytes: ESP packets, answers")
    f.same(joined(caught), p[20:], f"{n} bytes: at b")
    return caught


def point(what, run, *args):
    f = Faults()
    try:
        run(f, *args)
    except Exception as e:
        f.append(repr(e)[:300])
    if f and ("Unknown device type" in f[-1] or "Operation not supported" in f[-1]):
        ok(True, f"{what} # SKIP this kernel has none")
    else:
        f.point(what)


def by_kind(f, i, kind):
    mtu, here, there, families = KINDS[kind]
    x, y = f"x{i}", f"y{i}"
    net.ip("g1", [here.format(x=x, y=y)])
    net.ip("r", [there.format(x=x, y=y)])
    if kind == "WireGuard":
        wireguard(net, ("g1", x, G1[4]), ("r", y, R1[4]))
    net.ip("r", [f"link set {y} mtu {mtu} up", f"addr add 172.17.0.254/24 dev {y}"])
    net.ip("g1", [f"link set {x} mtu {mtu} up", f"addr add 172.17.0.1/24 dev {x}"])
    net.espgw(f"dev attach {x}")
    net.ip("g1", [f"route replace {G2[family]} dev {x} src {G1[family]}" for family in families] +
           [f"route replace {p} dev {x}" for p in ("10.2.0.0/16", "fd02::/16")])
    for t in tunnels:
        if t.outer not in families:
            continue
        for family in 4, 6:
            told_once(f, t, family, mtu)
        cut_once(f, t, 1500, 2)
    # The MTU policy is asked, and nobody else.
    t = tunnels[0]
    net.espgw("default set inner-df clear")
    p = packet(t, 4, 1500, df=1)
    net.send("a0", p)
    caught = settled(2)
    f.same((answers(caught), len(esp(caught)), joined(caught)), ([], 2, p[20:]), "inner-df clear: answers, ESP, at b")
    net.espgw("default set inner-df inherit icmp-answer off")
    net.send("a0", packet(t, 4, 1500, df=1))
    caught = settled()
    f.same((answers(caught), caught["b0"]), ([], []), "icmp-answer off: answers, at b")
    net.espgw("default set icmp-answer inherit")
    net.ip("g1", [f"link del {x}"])
    net.ip("r", [f"link del {y}"])


for i, kind in enumerate(KINDS):
    point(f"{kind} as WAN: one answer, the exact one, and it passes; cut once", by_kind, i, kind)


def others(f):
    """What no policy protects, though the destination could be one of theirs, is told what it ever was."""
    net.mtu(r1=1400)
    net.ip("g1", ["route add 10.9.0.0/16 via 10.1.0.2", "route add fd09::/16 via fd01::2"])
    for family, src, dst in (4, "10.9.0.9", "10.2.77.9"), (6, "fd09::9", "fd02:0:77::9"):
        p = packet(None, family, 1500, 1, src, dst)
        net.send("a0", p)
        got = [q.answer() for q in settled()["a0"] if q.answer()]
        at = slice(12, 28) if family == 4 else slice(8, 48)
        f.same([(n, quote[at]) for n, quote in got], [(1400, p[at])], f"IPv{family}: answers")
        size = 1500 - (40 if family == 4 else 60)
        tcp(src, dst, family, 5 * size, size)
        f.same(answers(settled()), [1400], f"IPv{family}: super-packet, answers")
        p = packet(None, family, 1400, 1, src, dst)
        net.send("a0", p)
        f.same([q.raw for q in settled()["r1"]], [forwarded(p, 1)], f"IPv{family}: what fits")
    net.send("a0", packet(None, 4, 1500, 0, "10.9.0.9", "10.2.77.9"))
    f.same([q.len for q in settled()["r1"]], [1396, 124], "without DF")
    # An MTU that a route was given is the administrator's word.
    net.mtu(r1=1500, a0=9000)
    net.ip("g1", [f"route replace 10.2.0.0/24 via {R1[4]} mtu 1300"])
    net.send("a0", packet(tunnels[0], 4, 1400, df=1))
    f.same(answers(settled()), [1300], "a route's MTU: answers")
    net.ip("g1", ["route del 10.2.0.0/24"])


point("what no policy protects: one answer by the device's MTU; a route's MTU counts", others)

# ---- the LAN carries 9000, the WAN 1500 ----

def jumbo(f, t):
    caught = cut_once(f, t, 9000, 7, "r1")
    whole = -(-8980 // 7) + 7 & ~7
    f.same(esp(caught, "r1"), [t.outer_len(20 + min(whole, 8980 - i * whole)) for i in range(7)], "lengths")
    for family in 4, 6:
        net.send("a0", packet(t, family, 9000, df=1))
        caught = settled()
        f.same((answers(caught), caught["b0"], esp(caught, "r1")), ([fits(t, family, 1500)], [], []), f"IPv{family}, DF")
        p = packet(t, family, fits(t, family, 1500), df=1)
        net.send("a0", p)
        f.same([q.raw for q in settled(1)["b0"]], [forwarded(p)], f"IPv{family}: what fits")


for t in tunnels:
    point(f"9000 bytes over IPv{t.outer}: 7 ESP packets; with DF one answer", jumbo, t)


def fragments(f):
    """Of a datagram of 32,000 bytes, as the LAN carries them."""
    t, data = tunnels[0], udp(tunnels[0].left[4], tunnels[0].right[4], pattern(32000 - 28))
    sizes = [8976, 8976, 8976, len(data) - 3 * 8976]
    wanted = sum(-(-n // ((t.inner(1500) - 20) & ~7)) for n in sizes)
    off = 0
    for n in sizes:
        net.send("a0", ip4(t.left[4], t.right[4], UDP, data[off:off + n], mf=off + n < len(data), off=off))
        off += n
    caught = settled(wanted)
    f.same((len(esp(caught, "r1")), joined(caught) == data), (wanted, True), "ESP packets, whole at b")


point("fragments of 9000 bytes: each cut once", fragments)


def local(f):
    """Of the gateway's own sockets."""
    t = tunnels[0]
    with net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("10.1.0.1", 7000))
        s.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
        s.sendto(pattern(8972), (t.right[4], 9))
    caught = settled(7)
    f.same((len(esp(caught, "r1")), (joined(caught) or b"")[8:] == pattern(8972)), (7, True), "ESP packets, whole at b")


point("9000 bytes of the gateway's own: 7", local)


def ports(f):
    """A policy that asks for ports: the pieces of what was whole go by it."""
    t = tunnels[0]
    s, d = t.ends(1)[:2]
    policy = "policy {} prio 1 src 10.1.0.0/16 dst 10.2.0.0/24 proto udp dport 9"
    net.espgw(f"{policy.format('add')} action protect reqid {t.reqid} src {s} dst {d}")
    cut_once(f, t, 9000, 7, "r1")
    net.espgw(policy.format("del"))


point("by a policy with ports: 7", ports)


def elsewhere(f):
    """Routed to a device that is not attached."""
    net.ip("g1", ["link add wan2 type dummy", "link set wan2 up", "route add 10.2.0.0/24 dev wan2"])
    before = net.stats()
    cut_once(f, tunnels[0], 9000, 7, "r1")
    c = net.counted(before)
    f.same([c.get(k) for k in ("out_guarded", "out_prefrag", "out_prefrag_pieces")], [1, 1, 7], "guarded, cut, pieces")
    net.ip("g1", ["link del wan2"])


point("9000 bytes routed to a device that is not attached: 7", elsewhere)


def policy():
    return next(p["packets"] for p in net.show("policy show") if p["dst"] == "10.2.0.0/24")


def counted(f):
    before = net.stats()
    cut_once(f, tunnels[0], 9000, 7, "r1")
    f.same({k: v for k, v in net.counted(before).items() if not k.startswith("out_no_policy") and not k.startswith("in_")},
           {"out_packets": 7, "out_bytes": 8980 + 140, "out_prefrag": 1, "out_prefrag_pieces": 7}, "counters")
    before, was = net.stats(), policy()
    net.send("a0", packet(tunnels[0], 4, 9000, df=1))
    settled()
    c = net.counted(before)
    f.same((policy() - was, c.get("drop_out_too_big"), c.get("icmp_answered")), (1, 1, 1),
           "with DF: the policy's packets, drop_out_too_big, icmp_answered")


point("each is counted once", counted)


def tracked(f):
    """Connection tracking and NAT: what was cut is known of, and who is told is who has sent."""
    net.nft("g1", """table inet t {
        counter back { }
        chain pre {
            type filter hook prerouting priority 0;
            iifname "wan" ip saddr 10.2.0.0/16 ct state established counter name back
        }
        chain post {
            type nat hook postrouting priority srcnat;
            ip saddr 10.3.0.0/16 snat ip to 10.1.0.200
        }
    }""")
    net.ip("g1", ["route add 10.3.0.0/16 via 10.1.0.2"])
    t = tunnels[0]
    for i, (src, back) in enumerate((("10.1.0.2", "10.1.0.2"), ("10.3.0.5", "10.1.0.200"))):
        p = ip4(src, t.right[4], UDP, udp(src, t.right[4], pattern(8972, i), sport=5000 + i))
        net.send("a0", p)
        caught = settled(7)
        f.same((len(esp(caught, "r1")), (joined(caught) or b"")[8:] == p[28:]), (7, True), f"{src}: ESP packets, whole at b")
        net.send("b0", ip4(t.right[4], back, UDP, udp(t.right[4], back, b"back", sport=9, dport=5000 + i)))
        f.same([q.dst for q in settled()["a0"] if q.src == t.right[4]], [src], f"{src}: the way back")
        # A flow that is not known yet.
        p = ip4(src, t.right[4], UDP, udp(src, t.right[4], pattern(1472, i), sport=6000 + i), df=1)
        net.send("a0", p)
        got = [(q.dst, q.answer()) for q in settled()["a0"] if q.answer()]
        f.same([(dst, n) for dst, (n, _) in got], [(src, t.inner(1500))], f"{src}: answers")
        f.same([quote[12:24] for _, (_, quote) in got], [p[12:24]], f"{src}: quote")
    text = subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "list", "counters"], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    f.same(re.findall(r"packets (\d+)", text), ["2"], "established on the way back")
    net.nft("g1", "delete table inet t")


point("with connection tracking and NAT", tracked)


def alike(f):
    """Of one MTU, nothing is looked at; and again when it differs."""
    net.mtu(a0=1500)
    told_once(f, tunnels[0], 4, 1500)
    net.mtu(a0=9000)
    cut_once(f, tunnels[0], 9000, 7, "r1")
    net.ip("g1", ["link set lan down", "link set lan up", "route replace 10.1.0.0/16 via 10.1.0.2"])
    net.ip("g1", [f"neigh replace 10.1.0.2 lladdr {net.ports['a0'].mac.hex(':')} dev lan nud permanent"])
    cut_once(f, tunnels[0], 9000, 7, "r1")


point("MTUs that become alike and differ again", alike)
done()
