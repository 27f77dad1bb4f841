# SPDX-License-Identifier: GPL-2.0
"""Policies with ports and fragments: order, time, number, size, extension headers."""

import itertools
import random

from pieces import *

net = Fragments()
seed = os.environ.get("ESPGW_SEED") or hex(time.time_ns() & 0xffffffff)
print(f"seed: ESPGW_SEED={seed}")
rnd = random.Random(int(seed, 0))


def run(what, way, sent, packets=None, drops=None, limit=MOST, dropped=False):
    """A point: these go through, and the counters are exact."""
    f, watch = Faults(), Watch(net)
    packets = packets or [r for d in sent for r in d.raw]
    for i in range(0, len(packets), 256):  # more at once a device's queue may not take
        net.send(way.link, *packets[i:i + 256])
        net.fence()
    caught = net.settle()
    watch.same(f, judge(f, net, sent, caught, limit, dropped), drops)
    net.empty(f, way.dir)
    f.point(f"{what}: {way}")


f = Faults()
for way in "in", "out":
    shown = net.vfr(way)[0]
    f.same({k: shown[k] for k in ("mode", "enabled", "max_reassemblies", "max_fragments", "timeout_s", "drop_fragments",
                                  "max_bytes", "reassemblies", "held", "bytes")},
           {"mode": "auto", "enabled": True, "max_reassemblies": 64, "max_fragments": MOST, "timeout_s": 3,
            "drop_fragments": False, "max_bytes": 4 << 20, "reassemblies": 0, "held": 0, "bytes": 0}, way)
f.point("policies with ports enable it, both ways, with the limits of the documentation")

# ---- order ----

for way in WAYS:
    # From one host to one other, what is protected and what is not; and where only protected packets may be seen.
    kinds = [(SECRET, 2), (SECRET, 3), (PUBLIC, 3)] if way.name == "out" else [(way.port, None)]
    run("every order of four fragments", way,
        [Datagram.udp(way, 1000, 4, port=port, net=network, seed=i).ordered(order)
         for port, network in kinds for i, order in enumerate(itertools.permutations(range(4)))])

# What has come in the tunnel but should not, and in clear but should not: all of it goes.
for way in WAYS:
    if way.name != "out":
        port, reason = (PUBLIC, "drop_in_selector") if way.name == "inner" else (SECRET, "drop_in_cleartext")
        run("what the policy for its ports does not let arrive so", way,
            [Datagram.udp(way, 500, 3, port=port, net=2 if way.name == "inner" else 3, seed=i).ordered(o)
             for i, o in enumerate(itertools.permutations(range(3)))], drops={reason: 18}, dropped=True)

SPI = 0x2fff
net.espgw(f"sa add dir in src {G2[4]} dst {G1[4]} spi {SPI:#x} reqid {net.t.reqid} {net.t.alg.words(net.t.alg.espgw, SPI)}")
for family in 4, 6:
    clear, inner = (w for w in WAYS if w.family == family and w.dir == "in")
    f, watch = Faults(), Watch(net)
    # From one host, in clear and in ESP made here; the pieces of both in turn, the first ones last.
    one, other = (Datagram.udp(w, 600, 3, net=3).ordered((2, 1, 0)) for w in (clear, inner))
    src, dst = clear.ends(2, 3)
    esp = [net.t.esp(SPI, family * 10 + i, quick(src, dst, p, one.ident))
           for i, p in enumerate(other.pieces)]
    caught = net.exchange("r1", *(x for both in zip(one.raw, esp) for x in both))
    f.same(net.received(), {("a", PUBLIC): [(src, one.data)], ("a", SECRET): [(src, other.data)]}, "datagrams")
    watch.same(f, {"in": add(model(one.pieces)[1], model(other.pieces)[1])})
    net.empty(f, "in")
    f.point(f"IPv{family}: fragments in clear and in the tunnel with one identification are two datagrams")

# ---- number ----

# A slow machine takes longer for them than the fragments may be held.
timeout = lambda x: net.espgw(*(f"vfr set dev wan dir {d} timeout {x}" for d in ("in", "out")))
timeout(3 * PATIENCE)
net.espgw(*(f"vfr set dev wan dir {d} max-reassemblies 1024 max-bytes 8388608" for d in ("in", "out")))
for way in WAYS:
    sent = [Datagram.udp(way, 400, 3, n, port, 3 if way.name == "out" else None)
            for port in ((SECRET, PUBLIC) if way.name == "out" else (way.port,)) for n in range(2, 202)]
    for d in sent:
        d.ordered(rnd.sample(range(3), 3))
    run("three fragments each of 200 senders, interleaved", way, sent,
        [r for level in zip(*(d.raw for d in sent)) for r in rnd.sample(level, len(level))])

# ---- size ----

# As attached, with no limit set. In so many pieces: on links of 1500, 1280, 576 and 68 bytes.
net.espgw(*(f"vfr set dev wan dir {d} max-reassemblies default max-bytes default" for d in ("in", "out")))
for way in WAYS:
    size = 65507 if way.family == 4 else 65527
    for count in 48, 54, 119:
        run(f"the longest datagrams in {count} pieces, in order, reversed and shuffled", way,
            [Datagram.udp(way, size, count, seed=i).ordered(order)
             for i, order in enumerate((range(count), range(count - 1, -1, -1), rnd.sample(range(count), count)))])
    # What is held goes on at once: not more than the queue of a device behind takes, which is 1000 here.
    blocks = [range(i, min(i + 100, 1365)) for i in range(0, 1365, 100)]
    run("the longest datagrams in 1365 pieces, 699 before the first one, and in any order of each hundred", way,
        [Datagram.udp(way, size, 1365, seed=i).ordered(order)
         for i, order in enumerate(([*range(1, 700), 0, *range(700, 1365)],
                                    [k for b in blocks for k in rnd.sample(b, len(b))]))])
    run("32,000 bytes in 23 pieces, in order, reversed and shuffled", way,
        [Datagram.udp(way, 32000, 23, seed=i).ordered(order)
         for i, order in enumerate((range(23), range(22, -1, -1), rnd.sample(range(23), 23)))])

# ---- time ----

timeout("default")


def let(*sent):
    """Sends of each datagram the fragments with these numbers, and settles."""
    for d, numbers in sent:
        net.send(d.way.link, *(d.raw[i] for i in numbers))
    return net.settle()


f, watch = Faults(), Watch(net)
late, later, never = ([Datagram.udp(way, 700, 3, n).ordered((2, 1, 0)) for way in WAYS] for n in (2, 3, 4))
nothing = {name: [] for name in ("a0", "r1", "b0")}
begin = time.monotonic()
caught = let(*((d, (0, 1)) for d in late))
f.same({name: caught[name] for name in nothing}, nothing, "what left before the first fragments")
time.sleep(max(0, begin + 2 - time.monotonic()))
caught = let(*((d, (2,)) for d in late))
judge(f, net, late, caught)
f.point("first fragments that come just in time let go what is held")

f, begin = Faults(), time.monotonic()
caught = let(*((d, (0, 1)) for d in later + never))
f.same({name: caught[name] for name in nothing}, nothing, "what left before the first fragments")
for way, n in ("out", 2), ("in", 4):
    row = net.vfr(way)[0]
    f.same((row["reassemblies"], row["held"], row["bytes"] >= 4 * n * 250), (2 * n, 4 * n, True), f"followed, held, bytes {row}")
time.sleep(max(0, begin + 5 - time.monotonic()))
for way in "in", "out":
    net.empty(f, way)
# Now they begin datagrams that are never whole.
caught = let(*((d, (2,)) for d in later))
f.same(sorted(x for w in WAYS[1:3] for x in w.left(net, caught)),
       sorted((d.way.forwarded(d.raw[2]), d.how) for d in later), "what left")
time.sleep(4.5)
for way in "in", "out":
    net.empty(f, way)
f.same(net.received(), {}, "datagrams")
watch.same(f, {way: {"frags": 8 * n, "reqds": 4 * n, "oks": n, "held": 6 * n, "timeout": 3 * n, "purged": 4 * n}
               for way, n in (("out", 2), ("in", 4))})
f.point("those that come too late, or never, do not")

# What waits for a longer timeout, which was, does not make others wait for it.
f = Faults()
timeout(60)
whole, part = ([Datagram.udp(way, 700, 3, n) for way in WAYS] for n in (5, 6))
let(*((d, (0, 1, 2)) for d in whole))
f.same(len(net.received()), len({(w.host, w.port) for w in WAYS}), "datagrams")
for way in "in", "out":
    net.empty(f, way)
timeout("default")
let(*((d, (1,)) for d in part))
time.sleep(4.5)
for way in "in", "out":
    net.empty(f, way)
f.point("a timeout that is made shorter holds for what comes next, though nothing was held")

# What was killed is no datagram that did not come in time.
f, watch, killed = Faults(), Watch(net), []
for way in WAYS:
    src, dst, u = way.make(pattern(248, 9))
    killed.append(Datagram(way, src, dst, [Piece(128, u[128:], False), Piece(120, u[120:136])], way.port))
caught = let(*((d, (0, 1)) for d in killed))
count = judge(f, net, killed, caught)
f.same({way: c.get("overlap") for way, c in count.items()}, {"out": 2, "in": 4}, "killed")
time.sleep(4.5)
for way in "in", "out":
    net.empty(f, way)
watch.same(f, count)
f.point("a datagram that an overlap killed is forgotten in time, and not counted as late")

# ---- IPv6 ----

ways6 = [w for w in WAYS if w.family == 6]
for way in ways6:
    for what, before, behind in (
            ("hop-by-hop and destination options before the fragment header",
             [IPv6ExtHdrHopByHop(options=PadN(optdata=bytes(4))), IPv6ExtHdrDestOpt(options=PadN(optdata=bytes(4)))], b""),
            ("destination options behind the fragment header", [], struct.pack("!BBBB4x", UDP, 0, 1, 4))):
        f, watch = Faults(), Watch(net)
        count, wanted, packets = {}, [], []
        for i, order in enumerate(itertools.permutations(range(3))):
            data = pattern(500, 900 + i)
            src, dst, whole = way.make(data)
            d = Datagram(way, src, dst, cut(behind + whole, 200, 200), proto=60 if behind else UDP, more=before)
            d.ordered(order)
            packets += d.raw
            count = add(count, model(d.pieces)[1])
            wanted.append((src, data))
        left = way.left(net, net.exchange(way.link, *packets))
        f.same(sorted(raw for raw, _ in left), sorted(map(way.forwarded, packets)), "packets")
        f.same({how for _, how in left}, {d.how}, "how they left")
        f.same({k: (len(v), sorted(v) == sorted(wanted)) for k, v in net.received().items()},
               {(way.host, way.port): (6, True)}, "datagrams")
        watch.same(f, {way.dir: count})
        net.empty(f, way.dir)
        f.point(f"{what}: {way}")

for way in ways6:
    # With the identification of a datagram under way.
    f, watch = Faults(), Watch(net)
    d = Datagram.udp(way, 600, 3).ordered((2, 1, 0))
    src, dst, whole = way.make(pattern(99, 5))
    atomic = fragment(header(src, dst, UDP), Piece(0, whole, False), d.ident)
    left = way.left(net, net.exchange(way.link, d.raw[0], atomic, d.raw[1], d.raw[2], atomic))
    f.same(left, [(way.forwarded(r), d.how) for r in (atomic, d.raw[2], d.raw[1], d.raw[0], atomic)], "packets")
    f.same(sorted(net.received().get((way.host, way.port), [])), sorted([(src, d.data)] + [(src, pattern(99, 5))] * 2),
           "datagrams")
    watch.same(f, {way.dir: model(d.pieces)[1]})
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
    f.same({k: [(a, d == data) for a, d in v] for k, v in net.received().items()},
           {("b", SECRET): [(src, True)], ("b", PUBLIC): [(src, True)]}, "datagrams")
    f.same(watch.counted()[0].get("out", {}).get("oks", 0) >= 2, True, "followed")
    f.point(f"a host's own long datagrams arrive: from {ns}, {src}")
    s.close()

# ---- without ports ----

f = Faults()
net.espgw("policy flush")
f.same((net.vfr("out")[0]["enabled"], net.vfr("out")[0]["features"]), (False, []), "without policies: enabled, by")
net.espgw("policy add src 10.1.0.0/16 dst 10.2.0.0/16 "
          f"action protect reqid {net.t.reqid} src {G1[4]} dst {G2[4]}")
watch, way = Watch(net), WAYS[0]
d = Datagram.udp(way, 700, 3).ordered((2, 1, 0))
f.same(way.left(net, net.exchange(way.link, *d.raw[:2])), [(way.forwarded(r), "esp") for r in d.raw[:2]], "packets")
watch.same(f, {})
f.point("policies without ports do not need it: fragments pass without their first one")
done()
