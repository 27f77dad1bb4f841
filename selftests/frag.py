# SPDX-License-Identifier: GPL-2.0
"""Fragmentation before encryption: pieces on the wire at the router, and as kernel xfrm decrypts them at b."""

from wire import *

net = Net()
# The device would carry 9216: else its own stack fragments what is larger, before it comes to us.
net.mtu(a0=65000, r1=9216, r2=9216, b0=9500)
GCM, MAX, CLEAR, CAP, V6, NATT, V6CAP, SMALL, AFTER, V6AFTER = range(1, 11)
tunnels = [
    Tunnel(GCM, "gcm128"), Tunnel(MAX, "gcm128", espgw_out="split max"),
    Tunnel(CLEAR, "cbc-sha256", espgw_out="df clear"), Tunnel(CAP, "gcm128", espgw_out="mtu-cap 1280"),
    Tunnel(V6, "gcm128", outer=6), Tunnel(NATT, "gcm128", natt=True),
    Tunnel(V6CAP, "cbc-sha256", outer=6, espgw_out="mtu-cap 1280"),
    Tunnel(SMALL, "gcm128", espgw_out="mtu-cap 130"), Tunnel(AFTER, "gcm128", espgw_out="df clear frag after"),
    Tunnel(V6AFTER, "gcm128", outer=6, espgw_out="df clear frag after"),
]
net.tunnels(tunnels)
net.espgw("dev set wan mtu-cap 1500")
tunnels = {t.i: t for t in tunnels}


def pieces_of(packet, cuts):
    """What an IPv4 packet becomes, cut into payload lengths: the pieces, as b gets them."""
    p = Packet(packet)
    options = packet[20:p.hdr]
    copied = b""
    i = 0
    while i < len(options) and options[i]:
        n = 1 if options[i] == 1 else options[i + 1]
        if options[i] & 0x80:
            copied += options[i:i + n]
        i += n
    copied += bytes(-len(copied) % 4)
    at, out = 0, []
    for n in cuts:
        last = at + n == len(p.payload)
        out.append(ip4(p.src, p.dst, p.proto, p.payload[at:at + n], mf=not last or p.mf, off=p.off + at,
                       ident=p.id, ttl=p.ttl - 2, tos=p.tos, options=copied if at else options))
        at += n
    assert at == len(p.payload)
    return out


def cut(number, packet, cuts, what, check=True):
    """One packet in, these pieces out: on the wire, and decrypted by the peer."""
    t, f = tunnels[number], Faults()
    before = net.stats()
    caught = net.exchange("a0", packet)
    counted = net.counted(before)
    wanted = pieces_of(packet, cuts)
    esp = [p for p in caught["r1"] if p.is_esp]
    f.same([p.len for p in esp], [t.outer_len(len(w)) for w in wanted], "lengths on the wire")
    f.same([p.spi for p in esp], [t.spi_out] * len(wanted), "SPIs")
    f.same([p.seq - esp[0].seq for p in esp], list(range(len(wanted))), "sequence numbers")
    f.same({p.tos for p in esp}, {packet[1] if packet[0] >> 4 == 4 else 0}, "DSCP on the wire")
    f.same([p for p in esp if p.mf or p.off], [], "fragments of ESP")
    f.same(len(caught["r1"]), len(esp), "packets besides ESP")
    f.same([p.len for p in caught["b0"]], [len(w) for w in wanted], "lengths of the pieces")
    for got, want in zip(caught["b0"], wanted):
        f.same(got.raw, want, f"bytes of the piece at {Packet(want).off}")
    f.same((counted.get("out_prefrag"), counted.get("out_prefrag_pieces")), (1, len(wanted)), "counted")
    f.same([p for p in caught["a0"]], [], "answers")
    f.point(what)


def to(number, length, family=4, **more):
    t = tunnels[number]
    return datagram(t.left[family], t.right[family], length, **more)


cut(MAX, to(MAX, 1500, ident=7), [1424, 56], "split max: 1500 becomes 1444 and 76")
cut(GCM, to(GCM, 1500, tos=0xb8), [744, 736], "split equal: 1500 becomes 764 and 756, with its DSCP")
cut(GCM, to(GCM, 1447), [720, 707], "1447 becomes 740 and 727")
cut(GCM, to(GCM, 9000), [1288] * 6 + [1252], "9000 becomes six of 1308 and 1272")
cut(MAX, to(MAX, 9000), [1424] * 6 + [436], "split max: 9000 becomes six of 1444 and 456")
cut(V6, to(V6, 1500), [744, 736], "IPv6 outside: 1500 becomes 764 and 756")
cut(NATT, to(NATT, 1500), [744, 736], "NAT-T: 1500 becomes 764 and 756")

# Fragments of a larger datagram
big = pattern(4000)
a, b = tunnels[GCM].left[4], tunnels[GCM].right[4]
cut(GCM, ip4(a, b, UDP, big[:1480], mf=1, ident=99), [744, 736], "a first fragment: MF stays on the last piece")
cut(GCM, ip4(a, b, UDP, big[1480:2960], mf=1, off=1480, ident=99), [744, 736],
    "a middle fragment: its offset and MF stay")
cut(GCM, ip4(a, b, UDP, big[:1479], off=2960, ident=99), [744, 735], "a last fragment: its offset stays, no MF")

# Options: 0x94 router alert is copied, 0x07 record route is not, and padding goes
options = bytes([0x07, 7, 4, 0, 0, 0, 0, 1, 0x94, 4, 0, 0])
packet = ip4(a, b, 253, pattern(1460), options=options)
t, f = tunnels[GCM], Faults()
caught = net.exchange("a0", packet)
got = caught["b0"]
# Routers on the way write record route; so compare what they do not.
f.same([(p.hdr, p.off, p.mf, p.good, p.raw[p.hdr:]) for p in got],
       [(32, 0, True, True, pattern(1460)[:736]), (24, 736, False, True, pattern(1460)[736:])], "pieces")
f.same([(p.raw[20:22], p.raw[28:32]) if p.off == 0 else p.raw[20:24] for p in got],
       [(options[:2], options[8:]), options[8:]], "options")
f.point("options with the copied bit go into every piece, others into the first")

# DF overridden
f = Faults()
before = net.stats()
t = tunnels[CLEAR]
caught = net.exchange("a0", to(CLEAR, 1500, df=1, ident=0), to(CLEAR, 1500, df=1, ident=0), to(CLEAR, 1500, df=1, ident=5))
counted = net.counted(before)
got = caught["b0"]
ids = [p.id for p in got]
if f.same([p.len for p in got], [764, 756] * 3, "pieces"):
    f.same([ids[0] == ids[1], ids[2] == ids[3], ids[0] != ids[2], 0 in ids], [True, True, True, False], "fresh IDs")
    f.same(ids[4:], [5, 5], "an ID that is there is kept")
    f.same([p.df for p in got], [False] * 6, "DF inside")
f.same([p.df for p in caught["r1"] if p.is_esp], [False] * 6, "DF outside")
f.same((counted.get("out_prefrag"), counted.get("out_df_overridden")), (3, 3), "counted")
f.point("DF overridden: atomic packets get a fresh ID, others keep theirs")

# A path that is almost nothing: the first piece is at least 68 bytes
t, f = tunnels[SMALL], Faults()
inner = t.inner(130)
packet = to(SMALL, 200)
got = net.exchange("a0", packet)["b0"]
f.same(inner >= 68 and [p.len for p in got if p.off == 0][0] >= 68, True, "first piece")
f.same(max(p.len for p in got) <= inner, True, "pieces fit")
f.same(b"".join(p.payload for p in got), packet[20:], "payload")
f.point("a path MTU of 130: the first piece has 68 bytes")

# Nobody fragments again what was prefragmented
caught = net.exchange("a0", to(CAP, 1500), to(CAP, 3000))
f = Faults()
f.same([p for p in caught["r1"] + caught["r2"] if p.mf or p.off], [], "fragments of ESP")
f.same(all(p.len <= 1280 and p.df for p in caught["r1"] if p.is_esp), True, "all at most 1280 with DF")
f.same(len([p for p in caught["b0"]]), 5, "pieces")
f.point("what was fragmented before encryption is not fragmented again")

# IPv6 inside
for number, what in (GCM, "IPv4 outside"), (V6, "IPv6 outside"):
    t, f = tunnels[number], Faults()
    inner = t.inner(1500)
    caught = net.exchange("a0", to(number, inner + 1, 6), to(number, inner, 6))
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [inner], "answers")
    f.same([p.raw for p in caught["b0"]], [forwarded(to(number, inner, 6))], "what b got")
    f.point(f"IPv6 inside is never fragmented, {what}")

for number, what in (CAP, "IPv4 outside: fragments with DF=0"), (V6CAP, "IPv6 outside: fragmented at the source"):
    t, f = tunnels[number], Faults()
    packet = to(number, 1280, 6)
    before = net.stats()
    caught = net.exchange("a0", to(number, 1281, 6), packet)
    counted = net.counted(before)
    frags = [p for p in caught["r1"] if p.off or p.mf or p.is_esp]
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [1280], "answers to 1281")
    f.same((len(frags), [p.off == 0 for p in frags], [p.mf for p in frags]), (2, [True, False], [True, False]), "fragments")
    f.same(max([p.len for p in frags] or [9999]) <= 1280, True, "they fit")
    f.same(sum(len(p.payload) for p in frags), t.outer_len(1280) - (20 if t.outer == 4 else 40), "payload together")
    f.same(len({p.id for p in frags}), 1, "one ID")
    if t.outer == 4:
        f.same([p.df for p in frags], [False, False], "outer DF")
    f.same([p.raw for p in caught["b0"]], [forwarded(packet)], "what b got")
    f.same(counted.get("out_postfrag"), 1, "counted")
    f.point(f"IPv6 of 1280 bytes passes where inner(P) is less, {what}")

# Super-packets
t = tunnels[GCM]


def tcp(family, size, segments, df):
    """A TCP super-packet of so many segments."""
    src, dst, n = t.left[family], t.right[family], size * segments
    h = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 5 << 4, 0x18, 1000, 0, 0)
    c = ~checksum(pseudo(src, dst, TCP, 20 + n)) & 0xffff
    h = h[:16] + struct.pack("!H", c) + h[18:]
    return ip4(src, dst, TCP, h + pattern(n), df=df) if family == 4 else ip6(src, dst, TCP, h + pattern(n))


for family in 4, 6:
    f = Faults()
    hdr = 40 if family == 4 else 60
    fit = t.inner(1500) - hdr
    count = 60000 // fit
    before = net.stats()
    net.ports["a0"].send_gso(tcp(family, fit, count, 1), fit, hdr)
    caught = net.settle()
    esp = [p for p in caught["r1"] if p.is_esp]
    f.same([p.len for p in esp], [t.outer_len(fit + hdr)] * count, "lengths on the wire")
    f.same(len(caught["a0"]), 0, "answers")
    got = caught["b0"]
    f.same(b"".join(p.raw[hdr:] for p in got), pattern(fit * count), "payload")
    f.same([checksum(pseudo(p.src, p.dst, TCP, len(p.payload)) + p.payload) for p in got], [0] * count, "TCP checksums")
    f.same(net.counted(before).get("out_gso"), 1, "counted as one super-packet")
    f.point(f"an IPv{family} super-packet of {count} segments that fit passes, each as large as can be")

    f = Faults()
    before = net.stats()
    net.ports["a0"].send_gso(tcp(family, fit + 1, count, 1), fit + 1, hdr)
    caught = net.settle()
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [fit + hdr], "answers")
    f.same(caught["r1"], [], "packets on the wire")
    f.same(net.counted(before).get("drop_out_too_big"), 1, "drops counted")
    f.point(f"an IPv{family} super-packet that is one byte a segment too big gets one answer")

f = Faults()
net.ports["a0"].send_gso(tcp(4, 1448, 8, 0), 1448, 40)
caught = net.settle()
f.same(len([p for p in caught["r1"] if p.is_esp]), 16, "ESP packets")
f.same(max(p.len for p in caught["r1"]) <= 1500, True, "they fit")
f.same(sorted(p.len for p in caught["b0"]), [752] * 8 + [756] * 8, "pieces")
f.point("segments of a super-packet without DF that do not fit are cut one by one")

t = tunnels[AFTER]
f = Faults()
for df in 0, 1:
    before = net.stats()
    net.ports["a0"].send_gso(tcp(4, 9160, 6, df), 9160, 40)
    caught = net.settle()
    got = net.counted(before)
    f.same([got.get(k, 0) for k in ("out_postfrag", "out_df_overridden", "drop_out_too_big")], [6, 6 * df, 0], f"DF={df}: counted")
    f.same(max((p.len for p in caught["r1"]), default=None), 1500, f"DF={df}: the longest")
    f.same([(p.len, p.df) for p in caught["b0"]], [(9200, bool(df))] * 6, f"DF={df}: at b")
f.point("frag after: segments that not even the device carries are fragmented after encryption")

# What anybody can make the stack believe of the way to the peer is not the SA's path MTU


def exception(dst):
    """The MTU that gateway 1's own routes know for an address; None: the device's."""
    with net.inside(net.ns["g1"]):
        text = subprocess.run(["ip", "route", "get", dst], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(text.split(" mtu ")[1].split()[0]) if " mtu " in text else None


def forged(outer, mtu):
    """An error of a stranger about an echo reply that gateway 1 never sent to the peer; its stack believes that."""
    if outer == 4:
        return icmp4("203.0.113.9", G1[4], 3, 4, mtu, icmp4(G1[4], G2[4], 0, 0, 1, bytes(1400), df=1)[:548])
    return icmp6("2001:db8:9::9", G1[6], 2, 0, mtu, icmp6(G1[6], G2[6], 129, 0, 1, bytes(1400))[:1232])


def fragmented(t, n, p):
    """(length, offset, MF) of what an inner packet of n bytes becomes, fragmented after encryption if need be."""
    if t.outer_len(n) <= p:
        yield t.outer_len(n), 0, False
        return
    base, hdr = (20, 20) if t.outer == 4 else (40, 48)
    left, size, off = t.outer_len(n) - base, (p - hdr) // 8 * 8, 0
    while left > 0:
        yield hdr + min(size, left), off, left > size
        off, left = off + size, left - size


for number, what, small in (AFTER, "IPv4", 600), (V6AFTER, "IPv6", 1280):
    t = tunnels[number]
    for mtu, words in ((1500, "the device's cap"), (1400, "set by hand"), (2000, "above the cap")):
        f = Faults()
        net.espgw("pmtu flush", "dev set wan mtu-cap " + ("none" if mtu > 1500 else "1500"),
                  *([f"pmtu set spi {t.spi_out:#x} dst {G2[t.outer]} mtu {mtu}"] if mtu != 1500 else []))
        net.exchange("r1", forged(t.outer, small))
        f.same(exception(G2[t.outer]), small, "the stack's own opinion")
        sent = [to(number, n) for n in (1500, 3000, 8000)] + [to(number, 1280, 6)]
        before = net.stats()
        caught = net.exchange("a0", *sent)
        wanted = [list(fragmented(t, len(p), mtu)) for p in sent]
        f.same([(p.len, p.off, p.mf) for p in caught["r1"] if p.is_esp or p.off], [x for w in wanted for x in w],
               "fragments")
        f.same([p.raw for p in caught["b0"]], [forwarded(p) for p in sent], "at b")
        f.same(net.counted(before).get("out_postfrag"), sum(len(w) > 1 for w in wanted), "counted")
        f.point(f"frag after, {what} outside: fragments are of the SA's path MTU, {mtu}, {words}, "
                f"though the stack believes in {small}")
done()
