# SPDX-License-Identifier: GPL-2.0
"""usage: torture_packets.py SEED SECONDS

Packets that something is wrong with, or that are odd, at ingress, at egress and through the LAN of gateway 1, in blocks: each
has settings of its own, of devices and of the MTU policy, and some of each family below.  Then what is right passes as ever.

What comes by ESP, from gateway 2 that nobody has there, is made here, with the ICV that is right: NULL encryption.
"""

import errno

from genericxdp import attach, loaded
from torture_draw import *
from torture_wire import *

SEED, SECONDS = int(sys.argv[1]), float(sys.argv[2])
BATCH = 40 if SECONDS >= 20 else 16  # items between two looks at the counters; one block there is always
TOLD = 4  # of what was not accounted for
WAN_MTU = 1500
NEST_LEFT, NEST_PEER = "10.1.0.1", "10.2.1.9"  # ends of an SA inside of another


def esp(t, inner, cut=0, again=False, lost=False, **words):
    """The next packet of the SA by which a tunnel's come, or again one that has come. lost: it may not come."""
    seqs[t] = seqs.get(t, 0) + (not again)
    words.setdefault("next_header", 41 if inner[:1] and inner[0] >> 4 == 6 else 4)
    packet = t.esp(t.spi_in, verified[t] if again else seqs[t], inner, **words)
    if not cut and not lost and not words.get("bad"):
        verified[t] = verified[t] if again else seqs[t]
    return relength(packet[:-cut]) if cut else packet


# ---- what is counted ----

def add(counts, prefix):
    return sum(n for k, n in counts.items() if k.startswith(prefix))


class Look:
    """Counters, and who was there to be counted: by nftables behind the ingress hook, and before that of egress."""

    def __init__(self):
        stats_, vfr, policies = net.show("stats show", "vfr show", "policy show")
        self.n = dict(stats_[0])
        self.n["held_in"], self.n["held_out"] = (sum(r["held"] for r in vfr if r["dir"] == way) for way in ("in", "out"))
        self.n["policies"] = sum(p["packets"] for p in policies)
        self.n.update({"met_" + k: v for k, v in net.nft_packets("g1").items() if k})

    def since(self, before):
        return {k: v - before.n.get(k, 0) for k, v in self.n.items() if v != before.n.get(k, 0)}


def steady():
    """A look, between whose readings the gateway has sent nothing by itself."""
    while True:
        before = net.nft_packets("g1")
        now = Look()
        if all(now.n["met_" + k] == v for k, v in before.items() if k):
            return now


class Totals(dict):
    def add(self, **counts):
        for k, n in counts.items():
            self[k] = self.get(k, 0) + n


def came(c):
    """Of packets that are ESP of ours, whole: what became of them."""
    return c.get("in_packets", 0) + add(c, "drop_in_") + c.get("in_dummy", 0) + c.get("in_probe", 0) + c.get("held_in", 0)


def reassembled(c):
    """Of ESP in fragments: what became of it. Fragments that never become a packet are in the stack, or were VFR's."""
    return came(c) - c.get("drop_in_vfr", 0) - c.get("drop_in_reassembly", 0) - c.get("held_in", 0)


def passed(c):
    """Of whatever comes by the WAN: what went on, and what did not."""
    return c.get("met_in", 0) + add(c, "drop_in_") + c.get("in_dummy", 0) + c.get("in_keepalive", 0) + c.get("held_in", 0)


def left(c):
    """Of what has met the hook of the WAN: (at least, at most).

    What a policy has met it has counted; the rest passed without one, was dropped before there was one, or waits. From the
    counters nobody can tell whether a super-packet could not be read, or not be segmented; nor whether it was the WAN or the
    LAN, which is watched as well, by which a packet was to leave that has another one inside.
    """
    before = sum(c.get("drop_out_" + k, 0) for k in ("frag_ports", "vfr", "nat", "unreadable")) + c.get("held_out", 0)
    least = c.get("out_no_policy", 0) + c.get("policies", 0) + before
    either = c.get("drop_out_malformed", 0), c.get("drop_out_encap", 0)
    return least + (0 if c.get("out_gso") else either[0]), least + sum(either)


def encrypted(c):
    """Of what a policy has met that is no super-packet, and was not cut into segments: what became of it."""
    dropped = add(c, "drop_out_") - sum(c.get("drop_out_" + k, 0) for k in ("frag_ports", "vfr", "nat", "encap", "unreadable", "malformed"))
    return c.get("out_packets", 0) - c.get("out_prefrag_pieces", 0) + c.get("out_prefrag", 0) + c.get("out_bypass", 0) + dropped


def wire_is_right(f, caught, c):
    """Each ESP packet that was counted is on the wire, with the ICV that is right and the next number of its SA."""
    out = [p for p in caught["r1"] if p.is_esp and not p.off and p.src in (G1[4], G1[6])]
    f.same(len(out), c.get("out_packets", 0), "ESP on the wire")
    for p in out:
        t = by_spi.get(p.spi)
        if not t:
            continue
        f.same(p.seq, numbers.get(p.spi, 0) + 1, f"SPI {p.spi:#x}: the next number")
        numbers[p.spi] = p.seq
        text = p.payload[8 if t.natt else 0:]
        if not p.mf:
            icv = hmac.new(key_bytes(32, p.spi), text[:-16], "sha256").digest()[:16]
            f.same(text[-16:], icv, f"SPI {p.spi:#x}, number {p.seq}: ICV")


# ---- families: items, each of them a function that makes what is sent, and the counters that it ends in, if that is known ----

def esp_item(how, tunnels=None):
    t, family = draw.choice(tunnels or TUNNELS), draw.choice([4, 6])
    where = draw.choice(["r1", "r1", "tap0"])
    words, wanted = how(t, t.right[family], t.left[family])

    def make():
        packet = esp(t, **words() if callable(words) else words)
        return [("tap0" if len(packet) > WAN_MTU else where, packet)]

    return make, wanted


def inside(t, src, dst):
    return dict(inner=draw.short(src, dst, 1380)), None


def trailer(t, src, dst):
    words, wanted = draw.trailer(src, dst)
    return words, [wanted]


def chain(t, src, dst):
    inner, wanted = draw.chained(t.right[6], t.left[6], draw.choice([100, 600, 2000]))
    return dict(inner=inner), [wanted]


def error(t, src, dst):
    """An ICMP error of the far host, with a quote that is cut anywhere: it may come, whatever it says."""
    about = draw.short(dst, src, 1300, odd=0)
    quote = about[:draw.randrange(min(len(about), 140) + 1)]
    if "." in src:
        return dict(inner=icmp4(src, dst, 3, draw.choice([0, 1, 3, 4]), draw.choice([0, 68, 1400]), quote)), ["in_packets"]
    return dict(inner=icmp6(src, dst, draw.choice([1, 2, 3, 4]), 0, draw.choice([0, 1280, 1400]), quote)), ["in_packets"]


def nested(t, src, dst):
    """ESP inside of ESP, for an SA of the gateway's inner address."""
    words, wanted = draw.trailer("10.3.0.9", "10.1.1.2")
    return lambda: dict(inner=esp(nest, src=NEST_PEER, dst=NEST_LEFT, **words)), ["in_packets", wanted]


def aggregated_item():
    """Datagrams of ESP that come as one, as receive offload makes it; with the ICV that is right, or not."""
    t, count, length = TUNNELS[2], draw.randrange(2, 12), draw.randrange(60, 1300)
    bad = [draw.chance(20) for _ in range(count)]

    def make():
        packets = [esp(t, datagram(t.right[4], t.left[4], length, i), bad=b) for i, b in enumerate(bad)]
        size, body = len(packets[0]) - 28, b"".join(p[28:] for p in packets)
        sum_ = ~checksum(pseudo(G2[4], G1[4], UDP, 8 + len(body))) & 0xffff
        return [("r1", ip4(G2[4], G1[4], UDP, struct.pack("!HHHH", 4500, 4500, 8 + len(body), sum_) + body, df=1),
                 struct.pack("=BBHHHH", 1, 5, 14 + 28, size, 34, 6))]

    return make, ["drop_in_integrity" if b else "in_packets" for b in bad]


def fragments_inside(n):
    """Fragments of inner datagrams, each in ESP of its own."""
    items = []
    for _ in range(n // 4):
        t, family = draw.choice(TUNNELS), draw.choice([4, 6])
        p = draw.short(t.right[family], t.left[family], 1300, odd=0) if draw.chance(30) else datagram(t.right[family], t.left[family], 1000)
        pieces = draw.fragments(p, draw.getrandbits(16))[0] if len(p) > 100 else [p]
        items += [(lambda t=t, piece=piece: [("r1", esp(t, piece))], None) for piece in pieces]
    return items


def outer_item():
    """ESP whose outer headers are others: flags, options, lengths, protocols; cut anywhere."""
    t, family = draw.choice(TUNNELS), draw.choice([4, 6])
    packet = esp(t, datagram(t.right[family], t.left[family], draw.randrange(60, 1000)), lost=True)
    if packet[0] >> 4 == 4:
        options = b"".join(draw.choice(OPTIONS4) for _ in range(draw.choice([0, 0, 1, 3])))[:40]
        options += bytes(-len(options) % 4)
        h = bytes([0x45 + len(options) // 4]) + packet[1:2] + struct.pack("!HHH", len(packet) + len(options), draw.getrandbits(16),
                                                                       draw.choice([0, DF, DF | MF, 0x8000, 1, 8191])) + packet[8:20] + options
        h = draw.spoiled(h, 40, 20)
        h = h[:10] + b"\0\0" + h[12:]
        packet = h[:10] + struct.pack("!H", checksum(h) if draw.chance(90) else 0) + h[12:] + packet[20:]
    else:
        proto, data = draw.chain(packet[6], packet[40:]) if draw.chance(50) else (packet[6], packet[40:])
        packet = draw.spoiled(packet[:4] + struct.pack("!HB", len(data), proto) + packet[7:40] + data, 40, 48)
    packet = draw.spoiled(packet, 20, 100)
    packet = packet if draw.chance(60) else packet[:draw.randrange(len(packet) + 1)]
    return lambda: [("r1", packet[:WAN_MTU])], None


def outer_fragments_item():
    """ESP in fragments, which the stack puts together, or not."""
    seed, t = draw.getrandbits(32), draw.choice(TUNNELS)
    inner = datagram(t.right[4], t.left[4], draw.randrange(200, 1000))
    whole = Draw(seed).fragments(t.esp(t.spi_in, 0, inner), 0)[1]

    def make():
        return [("r1", p) for p in Draw(seed).fragments(esp(t, inner, lost=True), next(idents))[0]]

    return make, ["in_packets"] * whole


def errors_to_gateway(n):
    """A router's errors about ESP that was sent, and about all else; the first are cut at each byte in turn."""
    items = []
    for i in range(n):
        t = draw.choice(TUNNELS)
        text = struct.pack("!II", t.spi_out, max(numbers.get(t.spi_out, 1) - draw.randrange(3), 0)) + bytes(draw.choice([0, 8, 60]))
        if t.natt:
            text = struct.pack("!HHHH", 4500, 4500, 8 + len(text), 0) + text
        quote = (ip4 if t.outer == 4 else ip6)(G1[t.outer], G2[t.outer], UDP if t.natt else ESP, text, **{"df": 1} if t.outer == 4 else {})
        if draw.chance(70):
            size = draw.choice([1500, 1400, 576, 0, 65535])
            quote = quote[:2] + struct.pack("!H", size) + quote[4:] if t.outer == 4 else quote[:4] + struct.pack("!H", size) + quote[6:]
        quote = draw.spoiled(quote, 20)[:cuts[0] % 80]
        cuts[0] += 1
        claim, bad = draw.choice([0, 20, 68, 576, 1280, 1400, 1499, 65535, 0xffffffff]), draw.chance(10)
        if t.outer == 4:
            packet = icmp4(R1[4], draw.choice([G1[4], G1[4], "10.1.1.2"]), 3, draw.choice([4, 4, 4, 1]), claim, quote, bad=bad)
        else:
            packet = icmp6(R1[6], draw.choice([G1[6], G1[6], "fd01:0:1::2"]), draw.choice([2, 2, 2, 1]), 0, claim, quote, bad=bad)
        items.append((lambda packet=packet: [("r1", packet)], None))
    return items


def clear_item():
    """What should have come protected."""
    t, family = draw.choice(TUNNELS), draw.choice([4, 6])
    packet = datagram(t.right[family], t.left[family], draw.randrange(60, WAN_MTU))
    if draw.chance(50) and len(packet) > 100:
        pieces = draw.fragments(packet, next(idents))[0]
        return lambda: [("r1", p) for p in pieces], None
    return lambda: [("r1", packet)], ["drop_in_cleartext"]


def to_far():
    """(source, destination) of what goes out: mostly it is to be protected."""
    family = draw.choice([4, 6])
    if draw.chance(10):
        return ("10.1.1.2", draw.choice(["10.3.0.9", "10.4.0.9"])) if family == 4 else ("fd01:0:1::2", draw.choice(["fd03::9", "fd04::9"]))
    t = draw.choice(TUNNELS + [sealed])
    return t.left[family], t.right[family]


def routed(packet):
    """As a router sends it on: with hop limit 255 neighbour discovery is for the link, and leaves in clear whatever covers it."""
    return packet[:7] + b"\x40" + packet[8:] if packet[:1] and packet[0] >> 4 == 6 and packet[7:8] == b"\xff" else packet


def out_items(where, n, odd):
    items = []
    while len(items) < n:
        src, dst = to_far()
        packet = routed(draw.short(src, dst, WAN_MTU, odd=odd)) if draw.chance(70) else datagram(src, dst, draw.randrange(60, WAN_MTU + 1))
        pieces = draw.fragments(packet, next(idents))[0] if draw.chance(20) and len(packet) > 100 else [packet]
        items += [(lambda piece=piece: [(where, piece)], None) for piece in pieces]
    return items


def super_item(where):
    """(make, None): by PACKET_VNET_HDR, with sizes and offsets that are right, or not; what the kernel refuses was not sent."""
    src, dst = to_far()
    v4 = "." in src
    proto, n = draw.choice([TCP, TCP, TCP, UDP, UDP, ICMP, 132]), draw.choice([0, 1, 100, 1400, 5000, 20000, 40000])
    if proto == TCP:
        body = draw.tcp(src, dst)
        body = body[:4 * max(body[12] >> 4, 5)] + draw.bytes(n)
    elif proto == UDP:
        body = struct.pack("!HHHH", 40000, draw.choice([9, 53]), min(8 + n, 65535), 0) + draw.bytes(n)
    else:
        body = draw.bytes(n + 8)
    packet = (ip4 if v4 else ip6)(src, dst, proto, body, **dict(df=draw.chance(70)) if v4 else {})
    if draw.chance(10) and not v4:
        kind, chained_ = draw.chain(proto, body)
        packet = ip6(src, dst, kind, chained_)
    packet = routed(draw.spoiled(packet, 10))
    ihl = 20 if v4 else 40
    kind = draw.choice([5 if proto == UDP else 1 if v4 else 4] * 14 + [0, 1, 3, 4, 5, 0x81, 0x84, 9])
    size = draw.choice([1, 8, 100, 536, 1000, 1394, 1448, 1500, 9000, 65535, 0])
    size = max(size, n // 60) if size else 0  # not more than a queue takes
    start, offset = draw.choice([(14 + ihl, 16 if proto == TCP else 6)] * 12 + [(0, 0), (14, 10), (14 + ihl, 1000), (2000, 16), (65535, 65535),
                                                                             (draw.randrange(100), draw.randrange(100))])
    hdr = draw.choice([14 + ihl + (20 if proto == TCP else 8)] * 12 + [14, 0, 34, 54, len(packet) + 14 & 0xffff, 65535, draw.randrange(200)])
    vnet = struct.pack("=BBHHHH", draw.choice([1] * 8 + [0, 2, 3]), kind, hdr, size, start, offset)
    return lambda: [(where, packet, vnet)], None


# By name: how many items are made, how it is known what became of all of them.
FAMILIES = {
    "ESP, anything inside": (lambda n: [esp_item(inside) for _ in range(n)], came),
    "ESP, trailers": (lambda n: [esp_item(trailer) for _ in range(n)], came),
    "ESP, extension headers": (lambda n: [esp_item(chain) for _ in range(n)], came),
    "ESP, ICMP errors inside": (lambda n: [esp_item(error) for _ in range(n)], came),
    "ESP in ESP": (lambda n: [esp_item(nested, TUNNELS[:1]) for _ in range(n // 2)], None),
    "ESP in UDP, put together": (lambda n: [aggregated_item() for _ in range(n // 4)], None),
    "ESP, fragments inside": (fragments_inside, came),
    "outer headers": (lambda n: [outer_item() for _ in range(n)], passed),
    "fragments of ESP": (lambda n: [outer_fragments_item() for _ in range(n // 4)], reassembled),
    "ICMP errors to the gateway": (errors_to_gateway, passed),
    "in clear": (lambda n: [clear_item() for _ in range(n // 2)], passed),
    "out by the WAN": (lambda n: out_items("wan", n, 15), left),
    "super-packets by the WAN": (lambda n: [super_item("wan") for _ in range(2 * n)], left),
    "out from the LAN": (lambda n: out_items("a0", n, 10), left),
    "super-packets from the LAN": (lambda n: [super_item("a0") for _ in range(2 * n)], left),
}


# ---- sending and judging ----

def send(where, packet, vnet=None):
    """Was it taken?"""
    try:
        if where == "tap0":
            tap.send(packet, [draw.randrange(14, len(packet) + 15) for _ in range(draw.choice([0, 1, 2, 3, 15]))])
            return True
        port = wan if where == "wan" else net.ports[where]
        frame = port.peer_mac + port.mac + ethertype(packet) + packet
        if vnet:
            port.gso.send(vnet + frame)
        else:
            port.tx.send(frame)
        return True
    except OSError as e:
        if vnet and e.errno in (errno.EINVAL, errno.EMSGSIZE, errno.ENOMEM, errno.ENOBUFS):
            return False
        raise


def transmit(items):
    """Sends them; what was sent, what was caught, what was counted."""
    global look
    sent = [what for make, _ in items for what in make() if send(*what)]
    caught = net.settle()
    tap.received()
    before = look
    for _ in range(3):  # what the gateway sends by itself comes between what is read first and last
        look = Look()
        c = look.since(before)
        least, most = left(c)
        if least <= c.get("met_out", 0) <= most:
            break
    return sent, caught, c


def judge(name, f, items, sent, caught, c, gro):
    """What is known of these packets as a whole."""
    _, measure = FAMILIES[name]
    if measure == came or (measure == passed and not gro):
        f.same(measure(c), len(sent), f"{name}: of those that were sent, passed, dropped with a reason, or held: {shown(c)}")
    if measure == reassembled:
        f.same((c.get("in_packets", 0), measure(c)), (sum(bool(wanted) for _, wanted in items), c.get("in_reassembled", 0)),
               f"{name}: delivered, and put together: {shown(c)}")
    elif all(wanted is not None for _, wanted in items):
        known = {}
        for _, wanted in items:
            for counter in wanted:
                known[counter] = known.get(counter, 0) + 1
        # VFR may give up meanwhile what it has held: that was counted as held.
        f.same({k: n for k, n in c.items() if (k.startswith("drop_in") and k != "drop_in_vfr") or k in ("in_packets", "in_dummy")}, known,
               f"{name}: counted")
    # Whatever it was, answers of the gateway's own among it: what met the egress hook is accounted for.
    least, most = left(c)
    f.same(least <= c.get("met_out", 0) <= most, True, f"{name}: {c.get('met_out')} met egress, from {least} to {most} are counted: {shown(c)}")
    if not c.get("out_gso") and not c.get("out_tcp_split"):
        f.same(encrypted(c), c.get("policies", 0), f"{name}: what a policy has met is encrypted, or dropped with a reason: {shown(c)}")
    wire_is_right(f, caught, c)
    if name == "in clear":
        f.same([p for p in caught["a0"] if p.proto == UDP and p.dport == 9], [], f"{name}: at a")


def shown(c):
    return ", ".join(f"{k} {n}" for k, n in sorted(c.items()) if not k.endswith("bytes"))


def family(name, f, gro):
    items = FAMILIES[name][0](BATCH)
    g = Faults()
    sent, caught, c = transmit(items)
    judge(name, g, items, sent, caught, c, gro)
    totals[name] = totals.get(name, 0) + len(sent)
    dropped.add(**{k: n for k, n in c.items() if k.startswith("drop_")})
    if g:  # which of them?
        for item in items:
            one = Faults()
            sent, caught, c = transmit([item])
            judge(name, one, [item], sent, caught, c, gro)
            if one:
                g.extend(one)
                g.append("alone, sent was " + " ".join(f"{where}:{p[:200].hex()} ({len(p)})" for where, p, *_ in sent))
            if len(g) > 3 * TOLD:
                break
    f.extend(g)
    return not g


def carries(f, what):
    """What is right passes, both ways: exactly."""
    net.settle()
    for src, dst, length, by, at in ((carry.left[4], carry.right[4], 700, "a0", "b0"), (carry.left[6], carry.right[6], 700, "a0", "b0"),
                                     (carry.right[4], carry.left[4], 700, "b0", "a0"), (carry.right[6], carry.left[6], 700, "b0", "a0")):
        packet = datagram(src, dst, length, draw.getrandbits(8))
        caught = net.exchange(by, packet)
        f.same([p.raw for p in caught[at] if p.proto == UDP], [forwarded(packet)], f"{what}: {src} to {dst}")


# ---- settings of a block ----

def offload(gro):
    """With receive offload on, host a's super-packets are cut on their way, and put together again by that."""
    on, off = ("on", "off") if gro else ("off", "on")
    for ns, *words in ("g1", "wan", "gro", on), ("g1", "lan", "gro", on), ("a", "a0", "tso", off, "gso", off):
        subprocess.run(["ip", "netns", "exec", net.ns[ns], "ethtool", "-K", *words], check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def settings(n):
    """Of devices, in turn; what MTU policies and VFR are is drawn."""
    how = ["as it is", "clones", "GRO", "XDP"][n % 4]
    words = (f"default set frag {draw.choice(['before', 'before', 'after', 'off'])} df {draw.choice(['copy', 'set', 'clear'])} "
             f"split {draw.choice(['equal', 'max', 'tcp'])} inner-df {draw.choice(['honor', 'clear'])} mss {draw.choice(['auto', 'off', '500'])}")
    vfr = [f"vfr set dev {dev} dir {way} {draw.choice(['on', 'auto'])} timeout 1" for dev in ("wan", "tap0") for way in ("in", "out")]
    net.espgw(words, *vfr, "pmtu flush")
    held = []
    if how == "clones":  # as a capture that nobody reads has them
        for dev in "wan", "lan", "tap0":
            s = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, 0)
            s.bind((dev, 3))
            held.append(s)
    for dev in "wan", "lan":
        if how == "XDP":
            attach(net, dev, program)
    if how == "GRO":
        offload(True)
    try:
        yield how, words
    finally:
        if how == "GRO":
            offload(False)
        for dev in "wan", "lan":
            if how == "XDP":
                attach(net, dev, -1)
        for s in held:
            s.close()


NFT = """
table netdev t {
    chain e {
        type filter hook egress device wan priority 0;
        meta protocol { ip, ip6 } counter comment "out"
    }
    chain i {
        type filter hook ingress device wan priority 0;
        ip saddr 192.0.2.254 icmp type echo-reply accept
        ip6 saddr { ::, fe80::/10 } accept
        meta protocol { ip, ip6 } counter comment "in"
    }
}
"""
QUIET = """
table inet q {
    chain o {
        type filter hook postrouting priority 0;
        oifname "r1" icmp type echo-reply accept
        oifname "r1" ip saddr 198.51.100.1 ip protocol esp accept
        oifname "r1" drop
    }
}
"""

draw = Draw(SEED)
Port.read = staticmethod(read)
net = Net()
carry, sealed = Tunnel(0, "gcm128"), Tunnel(4, "gcm256", outer=6)
TUNNELS = [Tunnel(1, "null-sha256"), Tunnel(2, "null-sha256", outer=6), Tunnel(3, "null-sha256", natt=True)]
nest = Tunnel(5, "null-sha256")
by_spi = {t.spi_out: t for t in TUNNELS}
seqs, verified, numbers, totals, dropped, cuts, idents = {}, {}, {}, {}, Totals(), [0], iter(range(1, 1 << 32))
net.tunnels([carry])
net.encap("g2", TUNNELS)
for ns_ in "a", "g1", "g2":
    net.sysctl(ns_, "ipv4/ipfrag_time", 2)
    net.sysctl(ns_, "ipv6/ip6frag_time", 2)
tap, wan = Tap(net, "tap0", True), Sender(net, net.ports["r1"])
protect = "action protect reqid 6 src " + NEST_LEFT + " dst " + NEST_PEER
net.espgw("dev attach tap0", "default set probe off", *(c for t in TUNNELS + [sealed] for c in t.commands()),
          f"sa add dir in src {NEST_PEER} dst {NEST_LEFT} spi {nest.spi_in:#x} reqid 6 {nest.alg.words(nest.alg.espgw, nest.spi_in)}",
          f"policy add src 10.1.0.0/16 dst 10.3.0.0/24 {protect}", f"policy add src fd01::/16 dst fd03::/48 {protect}",
          f"policy add prio 5 src 10.1.0.0/16 dst 10.2.1.0/24 proto udp dport 53 action protect reqid 2 src {G1[4]} dst {G2[4]}",
          f"policy add prio 5 src fd01::/16 dst fd02:0:2::/48 proto udp dport 53 action protect reqid 3 src {G1[6]} dst {G2[6]}",
          "policy add prio 4 src 10.1.0.0/16 dst 10.2.3.0/24 proto tcp dport 22 action discard",
          "policy add prio 4 src fd01::/16 dst fd02:0:3::/48 proto tcp dport 22 action discard",
          # What is spoiled into others of these networks is not to be taken for a leak.
          "policy add prio 99 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", "policy add prio 99 src fd01::/16 dst fd02::/16 action discard",
          "policy add prio 4 src 10.1.0.0/16 dst 10.4.0.0/16 proto udp dport 53 action bypass",
          "policy add prio 4 src fd01::/16 dst fd04::/16 proto udp dport 53 action bypass")
net.nft("g1", NFT)
net.nft("r", QUIET)
program = loaded()
print(f"  seed {SEED}, {SECONDS:.0f} seconds")
for t_ in TUNNELS:  # so that there is one that has come before
    net.send("r1", esp(t_, datagram(t_.right[4], t_.left[4], 100)))
net.send("r1", esp(TUNNELS[0], esp(nest, datagram("10.3.0.9", "10.1.1.2", 100), src=NEST_PEER, dst=NEST_LEFT)))

f, blocks, end = Faults(), 0, time.monotonic() + SECONDS
carries(f, "before")
while (blocks < 1 or time.monotonic() < end) and not f:
    with settings(blocks + SEED) as (how_, words_):
        net.settle()
        look = steady()
        for name_ in draw.sample(list(FAMILIES), len(FAMILIES)):
            if not family(name_, f, how_ == "GRO"):
                f.append(f"block {blocks}, {how_}, {words_}")
                break
            if blocks and time.monotonic() >= end:
                break
    net.espgw("pmtu flush")
    carries(f, f"after block {blocks}, {how_}, {words_}")
    blocks += 1
    if blocks % 10 == 0:
        print(f"  block {blocks}", flush=True)
for name_, n_ in totals.items():
    print(f"  {name_}: {n_} packets")
print(f"  dropped: {shown(dropped)}")
print(f"  {sum(totals.values())} packets, {blocks} blocks", flush=True)
f.point("packets of every family: each is passed, or dropped with a reason, and what is right passes as ever")
done()
