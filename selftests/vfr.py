# SPDX-License-Identifier: GPL-2.0
"""Policies with ports and fragments: order, time, number, size, extension headers."""

import itertools
import random

from pieces import *

net = Fragments()
seed = os.environ.get("ESPGW_SEED") or hex(time.time_ns() & 0xffffffff)
print(f"seed: ESPGW_SEED={seed}")
rnd = random.Random(int(seed, 0))


class Sent:
    """A datagram in pieces: how it goes on (None: not at all), and to which port."""

    def __init__(self, way, port, size, pieces, how, n=2, network=None, data_seed=None):
        self.way, self.port, self.how = way, port, how
        self.data = pattern(size, data_seed if data_seed is not None else n * 77 + size)
        self.src, dst, whole = way.make(self.data, n, port, network)
        ident = next(idents)
        cuts = [len(whole) * i // pieces // 8 * 8 for i in range(1, pieces)]
        self.pieces = cut(whole, *(b - a for a, b in zip([0] + cuts, cuts)))
        self.raw = [quick(self.src, dst, p, ident) for p in self.pieces]

    def ordered(self, order):
        self.pieces = [self.pieces[i] for i in order]
        self.raw = [self.raw[i] for i in order]
        return self


def judge(f, way, sent, caught, limit=16):
    """What left the gateway is what should, each datagram's in the order it should; it arrives, or does not."""
    left = way.left(net, caught)
    at = {}
    for i, (raw, how) in enumerate(left):
        at.setdefault(raw, []).append((how, i))
    total, known = {}, 0
    wanted = {}
    for d in sent:
        gone, count = model(d.pieces, limit)
        total = add(total, count)
        places = []
        for p in gone:
            raw = way.forwarded(d.raw[d.pieces.index(p)])
            found = at.get(raw, [])
            f.same([how for how, _ in found], [d.how] if d.how else [], f"{way} port {d.port} piece {p}")
            places += [i for _, i in found]
            known += len(found)
        f.same(places, sorted(places), f"{way}: order of {gone}")
        if d.how:
            wanted.setdefault((way.host, d.port), []).append((d.src, d.data))
    f.same(known, len(left), f"{way}: packets that left")
    got = net.received()
    for who in wanted.keys() | got.keys():
        a, b = sorted(got.get(who, [])), sorted(wanted.get(who, []))
        f.same((len(a), a == b), (len(b), True), f"{way}: datagrams at {who}")
    return total


def run(what, way, sent, packets=None, drops=None, wanted=None, limit=16):
    """A point: these go through, and the counters are exact."""
    f, watch = Faults(), Watch(net)
    caught = net.exchange(way.port, *(packets or [r for d in sent for r in d.raw]))
    total = judge(f, way, sent, caught, limit)
    watch.same(f, way.dir, total if wanted is None else wanted, drops)
    net.empty(f, way.dir)
    f.point(f"{what}: {way}")


f = Faults()
for way in "in", "out":
    shown = net.vfr(way)[0]
    f.same({k: shown[k] for k in ("mode", "enabled", "max_reassemblies", "max_fragments", "timeout_s", "drop_fragments",
                                  "max_bytes", "reassemblies", "held", "bytes")},
           {"mode": "auto", "enabled": True, "max_reassemblies": 64, "max_fragments": 16, "timeout_s": 3,
            "drop_fragments": False, "max_bytes": 1 << 20, "reassemblies": 0, "held": 0, "bytes": 0}, way)
f.point("policies with ports enable it, both ways, with the limits of the documentation")

# ---- order ----

for way in WAYS:
    f, watch = Faults(), Watch(net)
    sent = []
    kinds = {"out": [(SECRET, "esp", 2), (SECRET, "esp", 3), (PUBLIC, "clear", 3)], "in": [(PUBLIC, "clear", 3)],
             "inner": [(SECRET, "clear", 2)]}[way.name]
    for port, how, network in kinds:
        sent += [Sent(way, port, 1000, 4, how, network=network, data_seed=i).ordered(order)
                 for i, order in enumerate(itertools.permutations(range(4)))]
    run("every order of four fragments", way, sent)

for way in WAYS:
    sent = [Sent(way, PUBLIC if way.name == "in" else SECRET, 300, 2, "esp" if way.name == "out" else "clear").ordered(o)
            for o in ((0, 1), (1, 0))]
    run("two fragments", way, sent)

# What has come in the tunnel but should not, and in clear but should not: all of it goes.
for way in WAYS:
    if way.name == "out":
        continue
    sent = [Sent(way, PUBLIC if way.name == "inner" else SECRET, 500, 3, None, network=2 if way.name == "inner" else 3,
                 data_seed=i).ordered(o) for i, o in enumerate(itertools.permutations(range(3)))]
    run("fragments that the policy for their ports does not let arrive so", way, sent,
        drops={"drop_in_selector" if way.name == "inner" else "drop_in_cleartext": 18})

# The same identification in clear and in the tunnel is two datagrams.
for family in 4, 6:
    clear, inner = (w for w in WAYS if w.family == family and w.dir == "in")
    f, watch = Faults(), Watch(net)
    one = Sent(clear, PUBLIC, 600, 3, "clear", network=3)
    other = Sent(inner, SECRET, 600, 3, "clear", network=2)
    # From one host, in clear and in ESP made here; the pieces of both in turn, the first ones last.
    src, dst, whole = inner.make(other.data, 2, SECRET, 3)
    assert src == one.src
    ident = next(idents)
    a = [quick(src, dst, p, ident) for p in one.pieces]
    b = [net.t.esp(net.t.spi_in, 100 + family * 10 + i, quick(src, dst, p, ident))
         for i, p in enumerate(cut(whole, len(one.pieces[0].data), len(one.pieces[1].data)))]
    caught = net.exchange("r1", a[2], b[2], a[1], b[1], b[0], a[0])
    got = net.received()
    f.same(got, {("a", PUBLIC): [(src, one.data)], ("a", SECRET): [(src, other.data)]}, "datagrams")
    watch.same(f, "in", add(*(model([p[2], p[1], p[0]])[1] for p in (one.pieces, other.pieces))))
    net.empty(f, "in")
    f.point(f"IPv{family}: fragments in clear and in the tunnel with one identification are two datagrams")

# ---- number ----

net.espgw(*(f"vfr set dev wan dir {d} max-reassemblies 1024 max-bytes 8388608" for d in ("in", "out")))
for way in WAYS:
    f, watch = Faults(), Watch(net)
    sent = [Sent(way, PUBLIC if way.name == "in" else SECRET, 400, 3, "esp" if way.name == "out" else "clear", n)
            for n in range(2, 202)]
    ways = {"out": (PUBLIC, "clear")}.get(way.name)
    if ways:
        sent += [Sent(way, PUBLIC, 400, 3, "clear", n) for n in range(2, 202)]
    for d in sent:
        d.ordered(rnd.sample(range(3), 3))
    mixed = [r for level in zip(*(d.raw for d in sent)) for r in rnd.sample(level, len(level))]
    run("three fragments each of 200 senders, interleaved", way, sent, mixed)

# ---- size ----

net.espgw(*(f"vfr set dev wan dir {d} max-fragments 64" for d in ("in", "out")))
for way in WAYS:
    f, watch, sent = Faults(), Watch(net), []
    size = 65507 if way.family == 4 else 65527
    for order in (lambda n: range(n), lambda n: reversed(range(n)), lambda n: rnd.sample(range(n), n)):
        d = Sent(way, PUBLIC if way.name == "in" else SECRET, size, 48, "esp" if way.name == "out" else "clear",
                 data_seed=len(sent))
        sent.append(d.ordered(list(order(48))))
    run("the longest datagrams, in order, reversed and shuffled", way, sent, limit=64)
net.espgw(*(f"vfr set dev wan dir {d} max-fragments 16 max-reassemblies 64 max-bytes 1048576" for d in ("in", "out")))

# ---- time ----

for way in WAYS:
    if way.family == 6 and way.name == "in":
        continue
    f, watch = Faults(), Watch(net)
    port, how = PUBLIC if way.name == "in" else SECRET, "esp" if way.name == "out" else "clear"
    late, later, never = (Sent(way, port, 700, 3, how, n).ordered((2, 1, 0)) for n in (2, 3, 4))
    begin = time.monotonic()
    caught = net.exchange(way.port, *late.raw[:2])
    f.same(way.left(net, caught), [], "what left before the first fragment")
    time.sleep(max(0, begin + 2.3 - time.monotonic()))
    net.send(way.port, late.raw[2])
    judge(f, way, [late], net.settle())
    begin = time.monotonic()
    net.send(way.port, *later.raw[:2], *never.raw[:2])
    f.same(way.left(net, net.settle()), [], "what left before the first fragment")
    row = net.vfr(way.dir)[0]
    f.same((row["reassemblies"], row["held"], row["bytes"] >= 4 * 250), (2, 4, True), f"followed, held, bytes {row['bytes']}")
    time.sleep(max(0, begin + 4.5 - time.monotonic()))
    net.empty(f, way.dir)
    # Now it begins a datagram that never is whole.
    net.send(way.port, later.raw[2])
    f.same(way.left(net, net.settle()), [(way.forwarded(later.raw[2]), how)], "what left of the late one")
    time.sleep(4)
    net.empty(f, way.dir)
    f.same(net.received(), {}, "datagrams")
    wanted = {"frags": 8, "reqds": 4, "oks": 1, "held": 6, "timeout": 3, "purged": 4}
    watch.same(f, way.dir, wanted)
    f.point(f"a first fragment just in time lets go what is held, one too late or never does not: {way}")

# ---- IPv6 ----

for way in WAYS:
    if way.family != 6:
        continue
    for what, before, behind in (
            ("hop-by-hop and destination options before the fragment header",
             [IPv6ExtHdrHopByHop(options=PadN(optdata=b"\0" * 4)), IPv6ExtHdrDestOpt(options=PadN(optdata=b"\0" * 12))], b""),
            ("destination options behind the fragment header", [], struct.pack("!BBBB4x", UDP, 0, 1, 4))):
        f, watch = Faults(), Watch(net)
        count, wanted, packets = {}, [], []
        for i, order in enumerate(itertools.permutations(range(3))):
            data = pattern(500, 900 + i)
            src, dst, whole = way.make(data)
            h = header(src, dst, 60 if behind else UDP, before)
            made = cut(behind + whole, 200, 200)
            ident = next(idents)
            packets += [fragment(h, made[k], ident) for k in order]
            count = add(count, model([made[k] for k in order])[1])
            wanted.append((src, data))
        caught = net.exchange(way.port, *packets)
        got = net.received()
        f.same({k: (len(v), sorted(v) == sorted(wanted)) for k, v in got.items()},
               {(way.host, PUBLIC if way.name == "in" else SECRET): (6, True)}, "datagrams")
        f.same(len(way.left(net, caught)), 18, "packets")
        watch.same(f, way.dir, count)
        net.empty(f, way.dir)
        f.point(f"{what}: {way}")

for way in WAYS:
    if way.family != 6:
        continue
    # An atomic fragment (RFC 6946) with the identification of a datagram under way.
    f, watch = Faults(), Watch(net)
    how, port = "esp" if way.name == "out" else "clear", PUBLIC if way.name == "in" else SECRET
    d = Sent(way, port, 600, 3, how)
    src, dst, whole = way.make(pattern(99, 5))
    ident = struct.unpack("!I", d.raw[0][44:48])[0]
    atomic = fragment(header(src, dst, UDP), Piece(0, whole, False), ident)
    caught = net.exchange(way.port, d.raw[2], atomic, d.raw[1], d.raw[0], atomic)
    left = way.left(net, caught)
    order = [atomic, d.raw[0], d.raw[2], d.raw[1], atomic]
    f.same([raw for raw, _ in left], [way.forwarded(r) for r in order], "packets")
    f.same({h for _, h in left}, {how}, "how they left")
    f.same(sorted(data for _, data in net.received().get((way.host, port), [])), sorted([d.data] + [pattern(99, 5)] * 2),
           "datagrams")
    watch.same(f, way.dir, model([d.pieces[i] for i in (2, 1, 0)])[1])
    net.empty(f, way.dir)
    f.point(f"atomic fragments stand alone: {way}")

# ---- what hosts send by themselves ----

for ns, src in ("a", "10.1.64.7"), ("a", "fd01:0:40::7"), ("g1", "10.1.0.1"), ("g1", "fd01::1"):
    f, watch = Faults(), Watch(net)
    v4 = "." in src
    s = net.socket(ns, socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(*((socket.IPPROTO_IP, 15, 1) if v4 else (socket.IPPROTO_IPV6, 78, 1)))  # freebind
    s.bind((src, 40001))
    data = pattern(9000, 1)
    for _ in range(1 if v4 else 2):  # an IPv6 host hears first how long a packet may be
        s.sendto(data, ("10.2.64.1" if v4 else "fd02:0:40::1", SECRET))
        net.settle()
    s.sendto(data, ("10.3.64.1" if v4 else "fd03:0:40::1", PUBLIC))
    net.settle()
    got = net.received()
    f.same({k: [(a, d == data) for a, d in v] for k, v in got.items()},
           {("b", SECRET): [(src, True)], ("b", PUBLIC): [(src, True)]}, "datagrams")
    ways, _ = watch.counted()
    f.same(ways.get("out", {}).get("held"), None, "held")
    f.point(f"a host's own long datagrams arrive: from {ns}, {src}")
    s.close()

# ---- without ports ----

net.espgw("policy flush", "policy add src 10.1.0.0/16 dst 10.2.0.0/16 "
          f"action protect reqid {net.t.reqid} src {G1[4]} dst {G2[4]}")
f, watch = Faults(), Watch(net)
way = WAYS[0]
f.same(net.vfr("out")[0]["enabled"], False, "enabled")
d = Sent(way, SECRET, 700, 3, "esp").ordered((2, 1, 0))
left = way.left(net, net.exchange(way.port, *d.raw[:2]))
f.same(left, [(way.forwarded(r), "esp") for r in d.raw[:2]], "packets")
watch.same(f, "out", {})
f.point("policies without ports do not need it: fragments without their first one pass, by two gateways or one")
done()
