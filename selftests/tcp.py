# SPDX-License-Identifier: GPL-2.0
"""What SYNs offer, and TCP that is too big cut into segments: to the byte, against packets made anew."""

import threading

from wire import *

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << i for i in range(8))
NOP, SACK_OK, SCALE = b"\1", b"\4\2", b"\3\3\7"
TIMES = b"\x08\x0a" + pattern(8, 3)
SACK = b"\5\x12" + pattern(16, 4)
TWO = 10, 11  # tunnels whose other end is espgw at last

net = Net()


class Mixed(Tunnel):
    """A tunnel whose SA from b to a has another algorithm."""

    def __init__(self, i, alg, alg_in, **more):
        super().__init__(i, alg, **more)
        self.alg_in = ALGS[alg_in]

    def other(self, lines, which, kind):
        lines = list(lines)
        old, new = (a.words(getattr(a, kind), self.spi_in) for a in (self.alg, self.alg_in))
        assert old in lines[which]
        lines[which] = lines[which].replace(old, new)
        return lines

    def commands(self, gateway=1):
        return self.other(super().commands(gateway), 1, "espgw")

    def xfrm(self, gateway=2, flags=""):
        return self.other(super().xfrm(gateway, flags), 0, "xfrm")


REAL = Tunnel(0, "gcm128")  # the one that a and b themselves are at the ends of
PLAIN = [Tunnel(1, "gcm128"), Tunnel(2, "cbc-sha256"), Tunnel(3, "gcm128", natt=True),
         Tunnel(4, "cbc-sha256", natt=True), Tunnel(5, "gcm128", outer=6),
         Tunnel(6, "cbc-sha256", outer=6), Tunnel(7, "gcm128", outer=6, natt=True),
         Tunnel(8, "cbc-sha256", outer=6, natt=True)]
GCM = PLAIN[0]
THOUSAND, OFF = Tunnel(9, "gcm128", espgw_out="mss 1000"), Tunnel(12, "gcm128", espgw_out="mss off")
SMALL = Tunnel(13, "gcm128", espgw_out="mss 500")
# Of both ways the smaller: an SA on the way in that adds more or less.
MORE_IN, LESS_IN = Mixed(15, "gcm128", "cbc-sha256"), Mixed(16, "cbc-sha256", "gcm128")
# On both sides of what a SYN without the option offers.
EDGES = [Tunnel(30, "gcm128", espgw_out="mss 535"), Tunnel(31, "gcm128", espgw_out="mss 536"),
         Tunnel(32, "gcm128", espgw_out="mss 1219"), Tunnel(33, "gcm128", espgw_out="mss 1220"),
         Tunnel(34, "gcm128", espgw_out="mtu-cap 628"), Tunnel(35, "gcm128", espgw_out="mtu-cap 632"),
         Tunnel(36, "gcm128", espgw_out="mtu-cap 1332"), Tunnel(37, "gcm128", espgw_out="mtu-cap 1336")]
ENDS = [Tunnel(i, "gcm128") for i in TWO]
# What TCP is cut to: each with the path MTU that its cap makes.
CUT = [(Tunnel(21, "gcm128", espgw_out="split tcp df clear mtu-cap 1500"), 1500, 0),
       (Tunnel(22, "cbc-sha256", espgw_out="split tcp inner-df clear mtu-cap 1400"), 1400, 1),
       (Tunnel(23, "gcm128", natt=True, espgw_out="split tcp df clear mtu-cap 1280"), 1280, 0),
       (Tunnel(24, "gcm128", outer=6, espgw_out="split tcp df clear mtu-cap 1500"), 1500, 0),
       (Tunnel(25, "cbc-sha256", outer=6, natt=True, espgw_out="split tcp inner-df clear mtu-cap 9000"), 9000, 1),
       (Tunnel(26, "gcm128", espgw_out="split tcp df clear mtu-cap 576"), 576, 0)]
TCP1500 = CUT[0][0]
net.tunnels([REAL, *PLAIN, THOUSAND, OFF, SMALL, MORE_IN, LESS_IN, *EDGES, *ENDS,
             *(t for t, _, _ in CUT)])


def mss(value):
    return b"\2\4" + struct.pack("!H", value)


def fill(options):
    return options + bytes(-len(options) % 4)


def segment(src, dst, flags=SYN, options=b"", data=b"", doff=None, seq=0x12345678, ack=0x9abcdef0, window=0xfaf0,
            urgent=0, bad=0, part=None):
    """A TCP segment. bad: what its checksum is wrong by; part: of a fragmented one, so many bytes."""
    doff = 5 + len(options) // 4 if doff is None else doff
    h = struct.pack("!HHIIBBHHH", 40000, 80, seq, ack, doff << 4, flags, window, 0, urgent) + options
    c = checksum(pseudo(src, dst, TCP, len(h) + len(data)) + h + data) ^ bad
    return (h[:16] + struct.pack("!H", c) + h[18:] + data)[:part]


def packet(t, family, back=False, ip=None, **tcp):
    """A TCP packet from a's side to b's, or back."""
    src, dst = t.left[family], t.right[family]
    if back:
        src, dst = dst, src
    body = segment(src, dst, **tcp)
    return ip4(src, dst, TCP, body, **(ip or {})) if family == 4 else ip6(src, dst, TCP, body, **(ip or {}))


def wrong(p):
    """By how much the checksum of a packet's segment is wrong."""
    p = Packet(p)
    return checksum(pseudo(p.src, p.dst, TCP, len(p.payload)) + p.payload)


def unsummed(p):
    """A TCP packet with the pseudo-header's sum alone in its checksum."""
    q = Packet(p)
    c = ~checksum(pseudo(q.src, q.dst, TCP, len(q.payload))) & 0xffff
    return p[:q.hdr + 16] + struct.pack("!H", c) + p[q.hdr + 18:]


def send_partial(p):
    """Sends from a, with the checksum left to the device as by its own sockets: only the pseudo-header's is there."""
    port = net.ports["a0"]
    port.gso.send(struct.pack("=BBHHHH", 1, 0, 0, 0, 14 + Packet(p).hdr, 16) + port.frame(unsummed(p)))


def deliver(f, way, pairs, adjusted=None):
    """Sends the first of each pair; the second of each has to arrive, and so many be counted as adjusted."""
    before = net.stats()
    if way == "partial":
        for sent, _ in pairs:
            send_partial(sent)
        caught = net.settle()
    else:
        caught = net.exchange("b0" if way == "back" else "a0", *(sent for sent, _ in pairs))
    got = caught["a0" if way == "back" else "b0"]
    f.same(len(got), len(pairs), f"{way}: packets")
    for i, (p, (_, wanted)) in enumerate(zip(got, pairs)):
        if not f.same(p.raw.hex(), forwarded(wanted).hex(), f"{way}: packet {i}"):
            break
    if adjusted is None:
        adjusted = sum(sent != wanted for sent, wanted in pairs)
    counted = net.counted(before)
    f.same(counted.get("mss_adjusted", 0), adjusted, f"{way}: counted")
    f.same({k: v for k, v in counted.items() if k.startswith("drop_")}, {}, f"{way}: drops")
    return caught


def offer_of(t, path, family):
    return t.inner(path) - (40 if family == 4 else 60)


def offers(f, expected, ways=("there", "back", "partial")):
    """SYNs and SYN-ACKs that offer more than, as much as and less than what is expected, {(tunnel, family): MSS}."""
    for way in ways:
        pairs = []
        for (t, family), limit in expected.items():
            for flags in SYN, SYN | ACK:
                for offer in (limit - 1, limit, limit + 1, 65535) if limit else (65535, 1460):
                    a, b = (packet(t, family, way == "back", flags=flags, options=mss(o))
                            for o in (offer, min(offer, limit) if limit else offer))
                    pairs.append((a, b))
        deliver(f, way, pairs)


# ---- the MSS: how much ----

for t in PLAIN:
    f = Faults()
    offers(f, {(t, family): offer_of(t, 1500, family) for family in (4, 6)})
    f.point(f"{t}: SYNs offer {offer_of(t, 1500, 4)}, over IPv6 {offer_of(t, 1500, 6)}, both ways")

f = Faults()
net.espgw(*(f"pmtu set spi {t.spi_out:#x} dst {G2[t.outer]} mtu 1400" for t in PLAIN))
offers(f, {(t, family): offer_of(t, 1400, family) for t in PLAIN for family in (4, 6)}, ("there", "back"))
f.point("a path MTU of 1400 set by hand counts at once")

f = Faults()
net.espgw("pmtu flush")
offers(f, {(t, family): offer_of(t, 1500, family) for t in PLAIN for family in (4, 6)}, ("there",))
net.mtu(r2=1400)
net.exchange("a0", *(datagram(t.left[4], t.right[4], t.inner(1500), df=1) for t in PLAIN))
rows = {int(r["spi"], 16): r["pmtu"] for r in net.show("pmtu show")}
f.same([rows[t.spi_out] for t in PLAIN], [1400] * 8, "learned")
offers(f, {(t, family): offer_of(t, 1400, family) for t in PLAIN for family in (4, 6)}, ("there", "back"))
net.mtu(r2=1500)
net.espgw("pmtu flush")
f.point("a path MTU of 1400 that a router told counts at once")

f = Faults()
net.espgw("dev set wan mtu-cap 1350")
offers(f, {(t, family): offer_of(t, 1350, family) for t in PLAIN for family in (4, 6)}, ("there", "back"))
net.espgw("dev set wan mtu-cap none")
f.point("the device's cap counts")

f = Faults()
offers(f, {(THOUSAND, 4): 1000, (THOUSAND, 6): 1000})
f.point("mss 1000: so much, over IPv4 and IPv6")
f = Faults()
offers(f, {(OFF, 4): 0, (OFF, 6): 0})
f.point("mss off: nothing is touched")

f = Faults()
cbc = {family: offer_of(PLAIN[1], 1500, family) for family in (4, 6)}
offers(f, {(t, family): cbc[family] for t in (MORE_IN, LESS_IN) for family in (4, 6)})
f.point("of two SAs that add differently the one that adds more counts, both ways")

f = Faults()
net.espgw("default set mss 1300")
offers(f, {(GCM, 4): 1300, (OFF, 4): 0}, ("there", "back"))
net.espgw("dev set wan mss off")
offers(f, {(GCM, 4): 0, (THOUSAND, 4): 1000}, ("there", "back"))
net.espgw("default set mss auto", "dev set wan mss auto")
f.point("precedence: SA, device, default")

# ---- the MSS: where it is, and where it is not ----

IP_NOPS = dict(options=b"\1\1\1\0")


def adjusts(what, t, cases, ways=("there", "back", "partial")):
    """Cases: what a segment is, and what of it is another afterwards; IPv4 and IPv6."""
    f = Faults()
    for way in ways:
        pairs = []
        for family in 4, 6:
            for case in cases:
                if "family" in case[0] and case[0]["family"] != family:
                    continue
                sent, changed = ({k: v for k, v in x.items() if k != "family"} for x in case)
                if "bad" in sent and way == "partial":
                    continue
                pairs.append(tuple(packet(t, family, way == "back", **x) for x in (sent, {**sent, **changed})))
        deliver(f, way, pairs)
    f.point(what)


def lowered(before, after, **more):
    """Options in which 1460 and 65535 become what fits."""
    return dict(options=before, **more), dict(options=after)


LIMIT = 1000
big, fits = mss(1460), mss(LIMIT)
adjusts("lowered wherever the option is, at odd places too", THOUSAND, [
    lowered(big, fits),
    lowered(big + SACK_OK + TIMES + NOP + SCALE, fits + SACK_OK + TIMES + NOP + SCALE),
    lowered(fill(NOP + big), fill(NOP + fits)), lowered(fill(NOP * 3 + big), fill(NOP * 3 + fits)),
    lowered(fill(SACK_OK + NOP + big), fill(SACK_OK + NOP + fits)),
    lowered(fill(NOP + mss(65535)), fill(NOP + fits)), lowered(fill(NOP + mss(0x0400)), fill(NOP + fits)),
    lowered(NOP * 36 + big, NOP * 36 + fits), lowered(NOP * 35 + big + NOP, NOP * 35 + fits + NOP),
    lowered(fill(b"\xfd\5abc" + big), fill(b"\xfd\5abc" + fits)),
    lowered(big + fill(b"\0"), fits + fill(b"\0")), lowered(big + b"\0\xff\0\1", fits + b"\0\xff\0\1"),
])
adjusts("each of several options is lowered, those that are too great", THOUSAND, [
    lowered(big + mss(1400), fits * 2), lowered(big + mss(600), fits + mss(600)),
    lowered(mss(600) + big, mss(600) + fits), lowered(fill(big + NOP + mss(9000)), fill(fits + NOP + fits)),
])
adjusts("lowered whatever else the SYN carries: data, flags, IP options", THOUSAND, [
    *(lowered(big, fits, data=pattern(n)) for n in (1, 2, 35, 36, 37, 100, 1001)),
    lowered(fill(NOP + big), fill(NOP + fits), data=pattern(99)),
    lowered(big, fits, flags=SYN | FIN), lowered(big, fits, flags=SYN | ECE | CWR),
    lowered(big, fits, flags=SYN | ACK | PSH | URG), lowered(big, fits, ip=IP_NOPS, family=4),
    lowered(big, fits, ip=dict(tos=0xb8)),
])
adjusts("never raised; nothing but a SYN is looked at; a SYN that resets is not", THOUSAND, [
    *((dict(options=mss(n)), {}) for n in (0, 1, 87, 536, 999, 1000)),
    (dict(options=mss(1) + mss(1000)), {}),
    *((dict(options=big, flags=x), {}) for x in (ACK, PSH | ACK, FIN | ACK, RST, SYN | RST, SYN | RST | ACK, 0)),
    # Over IPv6 one would be put in.
    *((dict(options=x, family=4), {}) for x in (b"", fill(SACK_OK + TIMES), b"\0\0\0\0" + big)),
])
adjusts("options that are malformed pass as they are", THOUSAND, [(dict(options=fill(o), **more), {}) for o, more in [
    (b"\2\0" + big, {}), (b"\2\1" + big, {}), (b"\2\2" + big, {}), (b"\2\3\5" + big, {}), (b"\2\5\5\xb4\1" + big, {}),
    (NOP * 2 + b"\2\4", {}), (NOP * 3 + b"\2", {}), (NOP + b"\2\4\5", {}), (b"\x08\0" + NOP * 2 + big, {}),
    (b"\x08\1" + NOP * 2 + big, {}), (b"\x08\xff" + NOP * 2 + big, {}), (big + b"\x08\0", {}),
    (big + b"\x08\x0a\1\1", {}), (big + NOP * 3 + b"\x08", {}), (big + b"\2\0\5\xb4", {}),
    (big + b"\2\6" + NOP * 2, {}), (NOP * 36 + b"\2\0\0\0", {}), (b"\2\4", dict(data=b"\5\xb4")),
    (NOP * 3 + b"\3", dict(data=big))]])
adjusts("a header length that cannot be passes as it is", THOUSAND, [
    (dict(options=big, doff=4), {}), (dict(options=big, doff=0), {}), (dict(options=big, doff=7), {}),
    (dict(options=big, doff=15), {}), (dict(doff=6), {}), (dict(doff=6, data=b"\2\4\5"), {})])
f = Faults()
for way in "there", "back":
    pairs = []
    for bad in 1, 0x100, 0x1234, 0xffff:
        for before, after in (big, fits), (fill(NOP + big), fill(NOP + fits)):
            sent = packet(THOUSAND, 4, way == "back", options=before, bad=bad)
            at = 36  # the checksum: as far from the right one as it was, in ones' complement
            right, good = (struct.unpack("!H", packet(THOUSAND, 4, way == "back", options=o)[at:at + 2])[0]
                           for o in (before, after))
            now = struct.unpack("!H", sent[at:at + 2])[0] + (~right & 0xffff) + good
            while now >> 16:
                now = (now >> 16) + (now & 0xffff)
            made = packet(THOUSAND, 4, way == "back", options=after)
            pairs.append((sent, made[:at] + struct.pack("!H", now) + made[at + 2:]))
            f.same(wrong(pairs[-1][1]) != 0 or bad == 0xffff, True, "a test of something wrong")
    deliver(f, way, pairs)
f.point("a checksum that is wrong stays as wrong as it was")

add = mss(500)
adjusts("put in where there is none, in front of the others, as far as there is room", SMALL, [
    lowered(b"", add), lowered(SACK_OK + NOP * 2, add + SACK_OK + NOP * 2), lowered(NOP * 36, add + NOP * 36),
    lowered(fill(SACK_OK + TIMES + NOP + SCALE), add + fill(SACK_OK + TIMES + NOP + SCALE)),
    lowered(b"", add, flags=SYN | ACK), lowered(b"", add, flags=SYN | ECE | CWR),
    lowered(b"\0\0\0\0" + big, add + b"\0\0\0\0" + big), lowered(b"", add, ip=IP_NOPS, family=4),
    lowered(b"", add, ip=dict(ident=0, df=1), family=4),
    lowered(big, add), (dict(options=mss(400)), {}), (dict(options=mss(0)), {}),
])
adjusts("not put in: no room, data, malformed options, no SYN, RST", SMALL, [
    (dict(options=NOP * 40), {}), (dict(data=b"x"), {}), (dict(data=pattern(36)), {}), (dict(data=pattern(41)), {}),
    (dict(options=NOP * 8, data=b"x"), {}), (dict(options=b"\x08\0\0\0"), {}), (dict(options=NOP * 3 + b"\x08"), {}),
    (dict(flags=ACK), {}), (dict(flags=SYN | RST), {}), (dict(flags=FIN | ACK), {}), (dict(doff=4), {}),
    (dict(doff=6), {}),
])

f = Faults()
inserted = {(30, 4): 535, (30, 6): 535, (31, 6): 536, (32, 6): 1219,
            (34, 4): 534, (34, 6): 514, (35, 6): 518, (36, 6): 1218}
for way in "there", "back", "partial":
    pairs = []
    for t in EDGES:
        for family in 4, 6:
            options = mss(inserted[t.i, family]) if (t.i, family) in inserted else b""
            pairs.append(tuple(packet(t, family, way == "back", options=o) for o in (b"", options)))
    deliver(f, way, pairs, len(inserted))
f.point("put in where what fits is below 536 bytes, over IPv6 below 1220, by hand and auto")

# ---- what is no SYN ----

f = Faults()
for way in "there", "back":
    back, pairs = way == "back", []
    for t in THOUSAND, SMALL:
        for part, options in (24, big), (32, big), (40, NOP * 12 + big):
            p = packet(t, 4, back, ip=dict(mf=1), options=options, data=pattern(100), part=part)
            pairs.append((p, p))
        p = packet(t, 4, back, ip=dict(off=64), options=big)  # looks like one, and is the middle of a datagram
        pairs.append((p, p))
        src, dst = (t.right[6], t.left[6]) if back else (t.left[6], t.right[6])
        for frag in 1, 64, 65:
            p = ip6(src, dst, FRAGMENT, struct.pack("!BBHI", TCP, 0, frag, 7) + segment(src, dst, options=big)[:24])
            pairs.append((p, p))
    deliver(f, way, pairs)
f.point("fragments are left alone")

f = Faults()
for way in "there", "back":
    pairs = []
    for t in THOUSAND, SMALL:
        for family in 4, 6:
            src, dst = t.left[family], t.right[family]
            if way == "back":
                src, dst = dst, src
            make = ip4 if family == 4 else ip6
            p = make(src, dst, UDP, udp(src, dst, segment(src, dst, options=big)[8:]))
            f.same(Packet(p).payload[13] & SYN, SYN, "looks like a SYN")
            q = make(src, dst, 253, segment(src, dst, options=big))
            pairs += [(p, p), (q, q)]
    deliver(f, way, pairs)
f.point("UDP and other protocols are left alone")

f = Faults()
for way in "there", "back":
    pairs = []
    for t, before, after in (THOUSAND, big, fits), (SMALL, b"", add):
        src, dst = (t.right[6], t.left[6]) if way == "back" else (t.left[6], t.right[6])
        for kind, ext in (60, struct.pack("!BBBBI", TCP, 0, 1, 4, 0)), (FRAGMENT, struct.pack("!BBHI", TCP, 0, 0, 7)):
            pairs.append(tuple(ip6(src, dst, kind, ext + segment(src, dst, options=o)) for o in (before, after)))
    deliver(f, way, pairs)
f.point("IPv6: behind extension headers, in atomic fragments too")

# ---- real connections ----


class Connection:
    """A TCP connection from a, or gateway 1 itself, to b."""

    def __init__(self, family, ns="a"):
        af = socket.AF_INET if family == 4 else socket.AF_INET6
        local = {("a", 4): "10.1.0.2", ("g1", 4): "10.1.0.1", ("a", 6): "fd01::2", ("g1", 6): "fd01::1"}[ns, family]
        with net.socket("b", af, socket.SOCK_STREAM) as listener:
            listener.bind(("10.2.0.2" if family == 4 else "fd02::2", 0))
            listener.listen(1)
            listener.settimeout(20)
            self.near = net.socket(ns, af, socket.SOCK_STREAM)
            self.near.settimeout(60)
            self.near.bind((local, 0))
            self.near.connect(listener.getsockname()[:2])
            self.far, _ = listener.accept()
            self.far.settimeout(60)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.near.close()
        self.far.close()

    def sizes(self):
        """TCP_MAXSEG and the segment size that TCP_INFO says, at both ends."""
        found = []
        for s in self.near, self.far:
            found.append(s.getsockopt(TCP, socket.TCP_MAXSEG))
            found += struct.unpack("=I", s.getsockopt(TCP, socket.TCP_INFO, 104)[16:20])
        return found


for times in 0, 1:
    f = Faults()
    for ns in "a", "g1", "b":
        net.sysctl(ns, "ipv4/tcp_timestamps", times)
    for ns in "a", "g1":
        for family in 4, 6:
            before = net.stats()
            with Connection(family, ns) as c:
                f.same(c.sizes(), [offer_of(REAL, 1500, family) - 12 * times] * 4, f"{ns}: sizes over IPv{family}")
                for s, peer in (c.near, c.far), (c.far, c.near):
                    data = pattern(20000)
                    s.sendall(data)
                    got = b""
                    while len(got) < len(data):
                        piece = peer.recv(20000)
                        if not piece:
                            break
                        got += piece
                    f.same(got == data, True, f"{ns}: data over IPv{family}")
            caught = net.settle()
            f.same(sum(bool(p.answer()) for p in caught["a0"] + caught["b0"]), 0, f"{ns}: answers over IPv{family}")
            counted = net.counted(before)
            f.same([counted.get(k, 0) for k in ("mss_adjusted", "drop_out_too_big", "out_prefrag")], [2, 0, 0],
                   f"{ns}: counted")
    f.point("connections from a and from gateway 1 itself fit, as both ends' sockets say" + ", with timestamps" * times)

# ---- split tcp ----

# What is too big has to come as far as the hook whole.
net.mtu(a0=65000, r1=9216, r2=9216, b0=9500)
net.espgw("dev set wan mss off mtu-cap 1500")


class Added(bytes):
    """A segment that the sender did not make: its IPv4 ID is not the sender's either, but a fresh one."""


def without_id(p):
    """An IPv4 packet, but for its ID and header checksum."""
    return p[:4] + p[6:10] + p[12:]


def cuts(t, limit, ip=None, options=b"", data=b"", flags=ACK, seq=0x12345678, fits=False, **tcp):
    """What a TCP packet becomes: segments, each but the last as large as fits.

    fits: they are the sender's own, of a super-packet, and its IDs count on.
    """
    ip = dict(ip or {})
    ident = ip.pop("ident", 0x4242)
    step = limit - 40 - len(ip.get("options", b"")) - len(options)
    made = []
    for i, at in enumerate(range(0, len(data), step)):
        now = flags & ~(0 if at + step >= len(data) else PSH | FIN) & ~(CWR if at else 0)
        p = packet(t, 4, ip=dict(ip, ident=(ident + i) & 0xffff), options=options, data=data[at:at + step],
                   flags=now, seq=(seq + at) & 0xffffffff, **tcp)
        made.append(Added(p) if i and not fits else p)
    return made


def equal_pieces(p, limit):
    """What "split equal" makes of an IPv4 packet, DF cleared."""
    p = Packet(p)
    whole = len(p.payload)
    room = (limit - p.hdr) & ~7
    n = -(-whole // room)
    step = (-(-whole // n) + 7) & ~7
    return [ip4(p.src, p.dst, p.proto, p.payload[at:at + step], mf=p.mf or at + step < whole, off=p.off + at,
                ident=p.id, ttl=p.ttl, tos=p.tos, options=p.raw[20:p.hdr]) for at in range(0, whole, step)]


def becomes(f, t, sent, wanted, df=0, what="", partial=False, gso=None, **counters):
    """Sends packets; these arrive, to the byte, in ESP packets with this DF; so many are counted."""
    before = net.stats()
    if gso:
        net.ports["a0"].send_gso(sent, *gso)
        caught = net.settle()
    elif partial:
        send_partial(sent)
        caught = net.settle()
    else:
        caught = net.exchange("a0", *sent)
    counted = net.counted(before)
    esp = [p for p in caught["r1"] if p.is_esp]
    f.same([p.len for p in esp], [t.outer_len(len(w)) for w in wanted], f"{what}lengths on the wire")
    f.same([p for p in caught["r1"] if not p.is_esp or p.mf or p.off], [], f"{what}fragments of ESP, or besides it")
    if t.outer == 4:
        f.same({p.df for p in esp}, {bool(df)}, f"{what}outer DF")
    got = caught["b0"]
    f.same([p.len for p in got], [len(w) for w in wanted], f"{what}lengths at b")
    for i, (p, w) in enumerate(zip(got, wanted)):
        form = without_id if isinstance(w, Added) else bytes
        if not f.same((p.good, form(p.raw).hex()), (True, form(forwarded(w)).hex()), f"{what}packet {i}"):
            break
    f.same([p for p in caught["a0"] if p.answer()], [], f"{what}answers")
    watched = ("out_tcp_split", "out_prefrag", "out_prefrag_pieces", "out_df_overridden", "out_gso", "out_postfrag")
    f.same({k: counted[k] for k in watched if counted.get(k)}, {k: v for k, v in counters.items() if v},
           f"{what}counted")
    f.same({k: v for k, v in counted.items() if k.startswith("drop_")}, {}, f"{what}drops")
    return caught


def data_of(length, options=b"", ip_options=b""):
    """The data of a packet of so many bytes."""
    return pattern(length - 40 - len(options) - len(ip_options), length)


STAMPED = NOP * 2 + TIMES
FULL = STAMPED + NOP * 2 + SACK
shapes = [dict(), dict(flags=PSH | ACK, options=STAMPED), dict(flags=FIN | PSH | ACK, options=FULL, seq=0xffffff00),
          dict(flags=FIN | ACK, ip=dict(tos=0x28, ident=0xffff)), dict(flags=ECE | CWR | PSH | ACK, window=0),
          dict(flags=PSH | ACK, ip=IP_NOPS, options=NOP * 40), dict(flags=0)]
for t, path, outer_df in CUT:
    f, limit = Faults(), t.inner(path)
    lengths = {1447, 1500, 1501, 2048, 2881, 4000, 8999, 9000, limit + 1, limit + 2, limit + 3, limit - 1, limit}
    for hdr in 40, 52, 72:
        lengths |= {hdr + k * (limit - hdr) + d for k in (2, 3, 6) for d in (-1, 0, 1)}
    lengths = sorted(n for n in lengths if limit - 1 <= n <= 9000)
    sent, wanted, split = [], [], 0
    for i, length in enumerate(lengths):
        for df in 0, 1:
            shape = dict(shapes[(2 * i + df) % len(shapes)])
            shape["ip"] = dict(shape.get("ip", {}), df=df)
            shape["data"] = data_of(length, shape.get("options", b""), shape["ip"].get("options", b""))
            sent.append(packet(t, 4, **{"flags": ACK, **shape}))
            assert len(sent[-1]) == length
            wanted += cuts(t, limit, **shape) if length > limit else [sent[-1]]
            split += length > limit
    if t.outer == 6:
        outer_df = None
    becomes(f, t, sent, wanted, outer_df, out_tcp_split=split)
    f.point(f"{t}, path MTU {path}: {split} packets of {lengths[0]} to {lengths[-1]} bytes in {len(wanted)} segments")

f = Faults()
limit = TCP1500.inner(1500)
for shape in dict(flags=PSH | ACK), dict(flags=PSH | FIN | ACK, options=STAMPED), dict(ip=dict(df=1, ident=0)):
    shape["data"] = data_of(9000, shape.get("options", b""))
    becomes(f, TCP1500, packet(TCP1500, 4, **{"flags": ACK, **shape}), cuts(TCP1500, limit, **shape), partial=True,
            what=f"{shape['data'][:2].hex()}: ", out_tcp_split=1)
f.point("checksums that were left to the device are right in every segment")

f = Faults()
for options in b"", STAMPED, FULL:
    for df in 0, 1:
        hdr = 40 + len(options)
        shape = dict(flags=PSH | FIN | ACK, options=options, ip=dict(df=df), data=pattern(60000, hdr))
        p = packet(TCP1500, 4, **shape)
        fit = limit - hdr
        for size, split in (fit, 0), (fit + 1, 1), (1460 - len(options), 1), (8000, 1), (fit - 1, 0):
            wanted = cuts(TCP1500, min(limit, size + hdr), fits=not split, **shape)
            becomes(f, TCP1500, unsummed(p), wanted, gso=(size, hdr), what=f"{size}: ", out_tcp_split=split,
                    out_gso=1 - split)
f.point("super-packets: segments that fit pass, others are cut anew, to the last byte")

# A sender's IDs count up, from packet to packet or by the segments of its super-packets: what is added must not take
# those of what it sends next, or be taken for a part of it.


def ids(what, *kinds):
    """A point: of the segments that consecutive packets become all IDs differ; the first of each keeps the packet's.

    kinds: length, how many packets, segment size if they are super-packets. An ID that is fresh can be one of the
    sender's all the same, once in hundreds of times, but not twice with others.
    """
    for base in 0xfffe, 0x3000:
        f = Faults()
        for length, count, size in kinds:
            step = -(-(length - 40) // size) if size else 1
            firsts = [(base + i * step) & 0xffff for i in range(count)]
            sent = [packet(TCP1500, 4, flags=ACK, ip=dict(ident=n), seq=i << 20, data=data_of(length))
                    for i, n in enumerate(firsts)]
            before = net.stats()
            for p in sent:
                if size:
                    net.ports["a0"].send_gso(unsummed(p), size, 40)
                else:
                    net.send("a0", p)
            got = net.settle()["b0"]
            kind = f"{length} bytes{f' in segments of {size}' if size else ''}"
            f.same(sum(len(p.payload) - 20 for p in got), count * (length - 40), f"{kind}: data at b")
            f.same(len(got) > count * step, True, f"{kind}: more segments than the sender's")
            f.same(len({p.id for p in got}), len(got), f"{kind}: different IDs: {[p.id for p in got]}")
            f.same([p.id for p in got if struct.unpack("!I", p.payload[4:8])[0] & 0xfffff == 0], firsts,
                   f"{kind}: of the first ones")
            f.same(net.counted(before).get("out_tcp_split"), count, f"{kind}: counted")
        if not f:
            break
    f.point(what)


ids("IPv4 IDs without DF: consecutive packets' segments have all their own, the first the packet's",
    (1500, 5, 0), (4000, 3, 0), (9000, 3, 0))
ids("so have those of consecutive super-packets that are cut anew", (7 * 1460 + 40, 3, 1460), (12040, 3, 3000))

f = Faults()
shape = dict(flags=URG | ACK, urgent=5, data=pattern(1460 * 4))
wanted = [piece for s in cuts(TCP1500, 1500, fits=True, **shape) for piece in equal_pieces(s, limit)]
becomes(f, TCP1500, unsummed(packet(TCP1500, 4, **shape)), wanted, gso=(1460, 40), out_gso=1, out_prefrag=4,
        out_prefrag_pieces=8)
f.point("a super-packet with urgent data: segments in equal fragments")

# What is not cut into segments
SIGNED, AO = b"\x13\x12" + pattern(16, 5), b"\x1d\x10" + pattern(14, 6)


def falls_back(what, *packets, t=TCP1500, df=0):
    f, wanted = Faults(), []
    for p in packets:
        wanted += equal_pieces(p, limit)
    becomes(f, t, packets, wanted, df, out_prefrag=len(packets), out_prefrag_pieces=len(wanted),
            out_df_overridden=sum(Packet(p).df for p in packets))
    f.point(f"in equal fragments: {what}")


def large(length=1500, **more):
    data = data_of(length, more.get("options", b""))
    return packet(TCP1500, 4, **{"flags": ACK, "data": data, **more})


falls_back("urgent data", large(flags=ACK | URG, urgent=1), large(9000, flags=URG | PSH | ACK, ip=dict(df=1)))
falls_back("TCP-MD5", large(options=NOP * 2 + SIGNED), large(9000, options=STAMPED + NOP * 2 + SIGNED, ip=dict(df=1)),
           large(options=fill(NOP + SIGNED)))
falls_back("TCP-AO", large(options=AO), large(9000, options=STAMPED + AO, ip=dict(df=1)), large(options=fill(NOP + AO)))
falls_back("SYN with data", large(flags=SYN, options=mss(1460)), large(9000, flags=SYN | ACK, ip=dict(df=1)))
falls_back("RST with data", large(flags=RST | ACK))
falls_back("malformed options, impossible header lengths", large(options=b"\x08\0\1\1"),
           large(options=b"\x08\x0b" + bytes(6)), large(options=NOP * 3 + b"\x08"), large(doff=4), large(doff=0))
falls_back("a wrong checksum, byte for byte", large(bad=1), large(9000, bad=0x8000, ip=dict(df=1)), large(bad=0xfff0))
whole = Packet(large(4000)).payload
src, dst = TCP1500.left[4], TCP1500.right[4]
falls_back("fragments", ip4(src, dst, TCP, whole[:1480], mf=1), ip4(src, dst, TCP, whole[1480:2960], mf=1, off=1480),
           ip4(src, dst, TCP, whole[:1480], off=2960))
falls_back("UDP, and other protocols", datagram(src, dst, 1500), datagram(src, dst, 9000, df=1),
           ip4(src, dst, 253, whole[:1480]))
f = Faults()
sent = [large(options=o) for o in (b"\0\x13\0\0", b"\xfd\4\x13\x1d", b"\x08\x0a" + b"\x1d\x10\x13\x12" * 2 + NOP * 2)]
wanted = [x for p, o in zip(sent, (b"\0\x13\0\0", b"\xfd\4\x13\x1d", b"\x08\x0a" + b"\x1d\x10\x13\x12" * 2 + NOP * 2))
          for x in cuts(TCP1500, limit, options=o, data=data_of(1500, o))]
becomes(f, TCP1500, sent, wanted, out_tcp_split=3)
f.point("what only looks like a signature is cut: behind the end of options, inside another")

# The table of DF stands
f = Faults()
p6 = packet(TCP1500, 6, flags=ACK, data=pattern(2000))
before = net.stats()
caught = net.exchange("a0", p6)
f.same(([p.answer()[0] for p in caught["a0"] if p.answer()], caught["r1"], caught["b0"]), ([limit], [], []), "answer")
f.same([net.counted(before).get(k, 0) for k in ("drop_out_too_big", "icmp_answered", "out_tcp_split")], [1, 1, 0],
       "counted")
f.point("IPv6 inside: packet too big, as ever")

name = f"dir out dst {G2[4]} spi {TCP1500.spi_out:#x}"
source = 0
for df, frag, inner_df, rows in (
        ("set", "before", "honor", ("cut 1", "answer")), ("copy", "before", "honor", ("cut 0", "answer")),
        ("clear", "before", "honor", ("cut 0", "cut 0")), ("set", "before", "clear", ("cut 1", "cut 1")),
        ("copy", "before", "clear", ("cut 0", "cut 0")), ("set", "off", "honor", ("drop", "answer")),
        ("clear", "after", "honor", ("after", "after"))):
    f = Faults()
    net.espgw(f"sa set {name} df {df} frag {frag} inner-df {inner_df}")
    for inside, row in enumerate(rows):
        shape = dict(flags=PSH | ACK, ip=dict(df=inside), data=data_of(1500))
        p = packet(TCP1500, 4, **shape)
        if row.startswith("cut"):
            becomes(f, TCP1500, [p], cuts(TCP1500, limit, **shape), int(row[4]), f"DF={inside}: ", out_tcp_split=1)
            continue
        before = net.stats()
        caught = net.exchange("a0", p)
        counted = net.counted(before)
        f.same(counted.get("out_tcp_split", 0), 0, f"DF={inside}: cut")
        f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [limit] * (row == "answer"),
               f"DF={inside}: answers")
        f.same([p.raw for p in caught["b0"]], [forwarded(p)] * (row == "after"), f"DF={inside}: at b")
        f.same([counted.get(k, 0) for k in ("drop_out_too_big", "out_postfrag")], 
               [int(row != "after"), int(row == "after")], f"DF={inside}: counted")
    f.point(f"split tcp, df {df}, frag {frag}, inner-df {inner_df}: {rows[0]}; with DF {rows[1]}")

# ---- a transfer whose segments do not fit ----


def transfer(f, what, size):
    """From a to b over a path of 1300, with an MSS of 1460."""
    data, got = pattern(size, size), bytearray()
    inner = REAL.inner(1300)
    before = net.stats()
    with Connection(4) as c:
        f.same(c.sizes(), [1460] * 4, f"{what}: sizes")
        sender = threading.Thread(target=lambda: (c.near.sendall(data), c.near.shutdown(socket.SHUT_WR)))

        def receive():
            while len(got) < size:
                piece = c.far.recv(1 << 20)
                if not piece:
                    return
                got.extend(piece)
        receiver = threading.Thread(target=receive)
        seen, bad, longest, esp = 0, [], 0, []
        receiver.start()
        sender.start()

        def look():
            nonlocal seen, longest
            for port in net.ports.values():
                port.poll()
            for p in net.ports["b0"].got:
                if isinstance(p, Packet) and p.proto == TCP:
                    seen += 1
                    longest = max(longest, p.len)
                    if p.len > inner or p.mf or p.off or not p.df or wrong(p.raw):
                        bad.append(p)
            esp.extend(p for p in net.ports["r1"].got if isinstance(p, Packet) and (p.len > 1300 or p.mf or p.off))
            for port in net.ports.values():
                port.got = []
        while receiver.is_alive():
            look()
            receiver.join(0.01)
        sender.join()
        look()
    f.same((len(got), bytes(got) == data), (size, True), f"{what}: data")
    f.same(bad, [], f"{what}: too long, fragments, without DF or wrong at b")
    f.same(esp, [], f"{what}: too long or fragments on the wire")
    f.same(longest, inner, f"{what}: the longest at b")
    f.same(seen > size // (inner - 40), True, f"{what}: packets seen at b")
    counted = net.counted(before)
    f.same(counted.get("out_tcp_split", 0) > size // 65536, True, f"{what}: cut")
    never = "mss_adjusted", "out_prefrag", "drop_out_too_big", "icmp_answered"
    f.same([counted.get(k, 0) for k in never], [0] * len(never), f"{what}: counted")
    print(f"{what}: {seen} packets at b, {counted}", flush=True)
    net.settle()


net.mtu(a0=1500, r1=1500, r2=1500, b0=1500)
net.espgw(f"sa set dir out dst {G2[4]} spi {REAL.spi_out:#x} split tcp df clear mss off mtu-cap 1300")
for ns in "a", "b":
    net.sysctl(ns, "ipv4/tcp_timestamps", 0)
f = Faults()
transfer(f, "super-packets", 8 << 20)
f.point("8 MiB from a to b in super-packets, MSS 1460, path MTU 1300: segments that fit, no fragment, no answer")
f = Faults()
for ns, dev in ("a", "a0"), ("g1", "lan"):
    subprocess.run(f"ip netns exec {net.ns[ns]} ethtool -K {dev} tso off gso off gro off".split(), check=True)
before = net.stats()
transfer(f, "single packets", 1 << 20)
f.same(net.counted(before).get("out_gso", 0), 0, "super-packets")
f.point("1 MiB so in single packets")

# ---- espgw at both ends ----

net.ip("g2", ["xfrm policy flush", "xfrm state flush"])
net.espgw("default set mss auto", "dev set wan mss auto mtu-cap none")
first, second = ENDS
mirrored = []
for t in ENDS:
    s, d = G2[4], G1[4]
    keys = {spi: t.alg.words(t.alg.espgw, spi) for spi in (t.spi_out, t.spi_in)}
    mirrored += [f"sa add dir out src {s} dst {d} spi {t.spi_in:#x} reqid {t.reqid} {keys[t.spi_in]}",
                 f"sa add dir in src {d} dst {s} spi {t.spi_out:#x} reqid {t.reqid} {keys[t.spi_out]}"]
    for left, right in ("10.1.0.0/16", f"10.2.{t.i}.0/24"), ("fd01::/16", f"fd02:0:{t.i:x}::/48"):
        mirrored.append(f"policy add src {right} dst {left} action protect reqid {t.reqid} src {s} dst {d}")
mirrored.append(f"sa set dir out dst {G1[4]} spi {second.spi_in:#x} mtu-cap 1300")
net.espgw("dev attach wan", *mirrored, ns="g2")

f = Faults()
before = net.stats("g2")
offers(f, {(first, family): offer_of(first, 1500, family) for family in (4, 6)}, ("there", "partial"))
f.same(net.counted(before, "g2").get("mss_adjusted", 0), 0, "counted at gateway 2")
f.point("two gateways of one mind: the first lowers, the second finds nothing to do")

f = Faults()
# The other gateway's path is shorter: it lowers what comes out of the tunnel, and what goes in.
for way, here, there in ("there", 8, 16), ("back", 0, 8):
    before, before2 = net.stats(), net.stats("g2")
    pairs = []
    for family in 4, 6:
        low, high = offer_of(second, 1300, family), offer_of(second, 1500, family)
        for flags in SYN, SYN | ACK:
            for offer in (low, low + 1, high, high + 1, 65535) if way == "there" else (low - 1, low, low + 1, high):
                pairs.append([packet(second, family, way == "back", flags=flags, options=mss(n))
                              for n in (offer, min(offer, low))])
    deliver(f, way, pairs, here)
    f.same(net.counted(before2, "g2").get("mss_adjusted", 0), there, f"{way}: counted at gateway 2")
f.point("two gateways, the other's path is shorter: both lower, the smaller stays")
net.espgw("policy flush", ns="g2")
done()
