# SPDX-License-Identifier: GPL-2.0
"""Aggregates of UDP datagrams with ESP among them. The peer's ESP is made here, with SAs that do not encrypt."""

from wire import *

UDP_SEGMENT, UDP_GRO, SOL_UDP = 103, 104, 17
T = {4: Tunnel(1, "null-sha256", natt=True), 6: Tunnel(2, "null-sha256", natt=True, outer=6)}
COUNTED = ("in_packets", "in_gso", "in_keepalive", "drop_in_gso")

net = Net()
net.tunnels([*T.values()], xfrm=False)
seq = {4: 0, 6: 0}


def at_port(ns, address, gro=False):
    s = net.socket(ns, socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)  # SO_RCVBUFFORCE
    if gro:
        s.setsockopt(SOL_UDP, UDP_GRO, 1)
    s.bind((address, 4500))
    s.setblocking(False)
    return s


PEER = {f: at_port("g2", G2[f]) for f in (4, 6)}


def inner(t, family, length):
    inner.count += 1
    return datagram(t.right[family], t.left[family], length, seed=inner.count)


inner.count = 0


def esp(outer, packet, **more):
    """What is in UDP."""
    seq[outer] += 1
    t = T[outer]
    return t.esp(t.spi_in, seq[outer], packet, **more)[(20 if outer == 4 else 40) + 8:]


def ike(length, seed):
    return bytes(4) + pattern(length - 4, seed)


def reads(s):
    """What a socket has got: each read, and what size of datagrams it says is in it."""
    got = []
    while True:
        try:
            data, anc, *_ = s.recvmsg(70000, 64)
        except BlockingIOError:
            return got
        size = [struct.unpack("=i", d[:4])[0] for level, kind, d in anc if (level, kind) == (SOL_UDP, UDP_GRO)]
        got.append((data, size[0] if size else None))


def send(outer, parts):
    """All in one call: the first ones of one length, the last one no longer."""
    PEER[outer].setsockopt(SOL_UDP, UDP_SEGMENT, len(parts[0]))
    PEER[outer].sendto(b"".join(parts), (G1[outer], 4500))


def arrive(f, outer, parts, packets, in_gso=1, **wanted):
    """Sends; the packets have to arrive at host a, and these counts be seen. in_gso: None: one at least."""
    before = net.stats()
    send(outer, parts)
    got = [p.raw for p in net.settle()["a0"]]
    f.same(got, [forwarded(p, 1) for p in packets], f"over IPv{outer}: at a")
    counted = {k: v for k, v in net.counted(before).items() if k in COUNTED or k.startswith("drop")}
    if in_gso is None:
        f.same(counted.get("in_gso", 0) > 0, True, f"over IPv{outer}: some were put together")
        counted.pop("in_gso", None)
    elif in_gso:
        wanted["in_gso"] = in_gso
    f.same(counted, {**({"in_packets": len(packets)} if packets else {}), **wanted}, f"over IPv{outer}: counted")


def each(what, body):
    """A point for each outer family."""
    for outer in 4, 6:
        f = Faults()
        body(f, outer)
        f.point(f"{what}, over IPv{outer}")


def bulk(f, outer, in_gso=1, n=10):
    for family in 4, 6:
        # The last one is shorter.
        packets = [inner(T[outer], family, 1000) for _ in range(n)] + [inner(T[outer], family, 600)]
        arrive(f, outer, [esp(outer, p) for p in packets], packets, in_gso)


def mixed(first):
    def body(f, outer):
        packets = [inner(T[outer], 4, 500) for _ in range(3)]
        parts = [esp(outer, p) for p in packets]
        a, b = ike(len(parts[0]), 1), ike(len(parts[0]), 2)
        reads(SOCKETS[outer])
        arrive(f, outer, [a, parts[0], parts[1], b, parts[2]] if first else [parts[0], a, parts[1], parts[2], b],
               packets)
        f.same([d for d, _ in reads(SOCKETS[outer])], [a, b], "IKE")
    return body


def others(make):
    def body(f, outer):
        parts = [make(outer, i) for i in range(5)]
        reads(SOCKETS[outer])
        arrive(f, outer, parts, [], 0)
        f.same(reads(SOCKETS[outer]), [(b"".join(parts), len(parts[0]))], "read at the socket")
    return body


def one_bad(f, outer):
    packets = [inner(T[outer], 4, 700) for _ in range(6)]
    parts = [esp(outer, p, bad=i == 2) for i, p in enumerate(packets)]
    arrive(f, outer, parts, packets[:2] + packets[3:], drop_in_integrity=1)
    arrive(f, outer, parts, [], drop_in_replay=5, drop_in_integrity=1)


def before_another(f, outer):
    """An aggregate and a packet by itself, which a queue lets go at once: in the order in which they were sent."""
    r1 = net.ports["r1"]
    slots = ["tc", "-n", r1.ns, "qdisc", "add", "dev", r1.dev, "root", "netem", "slot", "200ms", "200ms"]
    subprocess.run(slots, check=True)
    packets = [inner(T[outer], 4, 500) for _ in range(6)]
    parts = [esp(outer, p) for p in packets]
    before = net.stats()
    for some in parts[:1], parts[1:5], parts[5:]:  # the first ends with a slot: another begins
        send(outer, some)
    got = [p.raw for p in net.settle()["a0"]]
    subprocess.run(["tc", "-n", r1.ns, "qdisc", "del", *slots[5:8]], check=True)
    f.same(got, [forwarded(p, 1) for p in packets], "at a")
    f.same({k: v for k, v in net.counted(before).items() if k in COUNTED}, {"in_packets": 6, "in_gso": 1}, "counted")


# ---- sent so: the device's segmentation is left to who comes last ----
each("as super-packets", bulk)
each("one that does not verify", one_bad)
each("a packet behind one does not overtake it", before_another)
SOCKETS = {f: at_port("g1", G1[f], gro=True) for f in (4, 6)}
each("with a socket at the port", bulk)
each("ESP first, IKE among it", mixed(False))
each("IKE first", mixed(True))
each("IKE alone is not touched", others(lambda outer, i: ike(300, i)))
each("nor is what is of no SA", others(lambda outer, i: struct.pack("!II", 0x7777, i) + pattern(300, i)))


def late(f, outer):
    bulk(f, outer)
    mixed(False)(f, outer)
    mixed(True)(f, outer)


net.ip("g1", ["link add ifb0 type ifb", "link set ifb0 up"])
for words in ("qdisc add dev wan clsact",
              "filter add dev wan ingress matchall action mirred egress redirect dev ifb0"):
    subprocess.run(["tc", "-n", net.ns["g1"], *words.split()], check=True)
each("shaped on its way in", late)
subprocess.run(["tc", "-n", net.ns["g1"], "qdisc", "del", "dev", "wan", "clsact"], check=True)
net.ip("g1", ["link del ifb0"])


# ---- by receive offload ----
def ethtool(ns, dev, words):
    subprocess.run(["ip", "netns", "exec", net.ns[ns], "ethtool", "-K", dev, *words.split()], check=True)


def some(f, outer):
    bulk(f, outer, None, 40)


ethtool("g2", "wan", "tx-udp-segmentation off")
each("one by one: nothing is put together", lambda f, outer: bulk(f, outer, 0))
# A veth device does receive offload of what is forwarded if the other end leaves segmentation to nobody.
ethtool("r", "r1", "tso off")
ethtool("g1", "wan", "gro on")
each("put together for the socket", some)
for s in SOCKETS.values():
    s.close()
ethtool("g1", "wan", "rx-udp-gro-forwarding on")
each("put together by the device", some)
ethtool("g1", "wan", "rx-udp-gro-forwarding off rx-gro-list on")
each("put together in a list", some)
done()
