# SPDX-License-Identifier: GPL-2.0
"""Offloads of the devices on and off: what the hosts' own stacks send arrives as it was, and nothing is too long."""

import errno

from wire import *

PMTUDISC_DONT, PMTUDISC_DO = 0, 2
UDP_SEGMENT, SO_RCVBUFFORCE = 103, 33
SIZE = 1 << 18
DEVICES = [("a", "a0"), ("g1", "lan"), ("g1", "wan"), ("r", "r1"), ("r", "r2"), ("g2", "wan"), ("g2", "lan"),
           ("b", "b0")]
HOSTS = {"a0", "b0"}

net = Net()
XFRM4, XFRM6 = Tunnel(1, "gcm128"), Tunnel(2, "cbc-sha256", outer=6, natt=True)
ESPGW4, ESPGW6 = Tunnel(3, "cbc-sha256", natt=True), Tunnel(4, "gcm128", outer=6)
TUNNELS = [XFRM4, XFRM6, ESPGW4, ESPGW6]
net.tunnels([XFRM4, XFRM6])
net.espgw(*(c for t in (ESPGW4, ESPGW6) for c in t.commands()))
net.espgw("dev attach wan", *(c for t in (ESPGW4, ESPGW6) for c in t.commands(2)), ns="g2")


def ethtool(only=None, **features):
    """Sets features of all devices, of the hosts' ("hosts") or of all others ("gateways")."""
    words = [w for name, value in features.items() for w in (name, "on" if value else "off")]
    for ns, dev in DEVICES:
        if only is None or (only == "hosts") == (dev in HOSTS):
            p = subprocess.run(["ip", "netns", "exec", net.ns[ns], "ethtool", "-K", dev, *words],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if p.returncode:
                raise RuntimeError(f"ethtool -K {dev} {words}: {p.stdout}")


def wire(f, t, p=1500):
    """What the router has seen: ESP, and no longer than the path; from espgw also no fragments."""
    caught = net.settle()
    for port in "r1", "r2":
        seen = caught[port]
        ours = port == "r1" or t in (ESPGW4, ESPGW6)
        f.same([x for x in seen if max(x.len, len(x.raw)) > p], [], f"{port}: longer than {p}")
        if ours:
            f.same([x for x in seen if x.mf or x.off], [], f"{port}: fragments")
            f.same([x for x in seen if not x.is_esp and x.proto not in (ICMP, ICMPV6)], [], f"{port}: not ESP")
    return caught


def drops(f, before, ns="g1"):
    """Of drops, only what was too big, and that was answered. Returns what was counted."""
    counted = net.counted(before, ns)
    bad = {k: v for k, v in counted.items() if k.startswith("drop_") and k != "drop_out_too_big"}
    f.same(bad, {}, f"{ns}: drops")
    f.same(counted.get("icmp_answered", 0) + counted.get("icmp_suppressed", 0), counted.get("drop_out_too_big", 0),
           f"{ns}: too big, and answered")
    return counted


MTU_DISCOVER = {4: (socket.IPPROTO_IP, 10), 6: (socket.IPPROTO_IPV6, 23)}
MTU = {4: (socket.IPPROTO_IP, 14), 6: (socket.IPPROTO_IPV6, 24)}


def datagrams(f, t, family, sizes, ns="a", gso=True):
    """UDP datagrams of these payloads, not 1300, both ways: DF=0, or fragments once the sender knows the path."""
    left, right = net.ends(t, family, socket.SOCK_DGRAM, ns)
    with left, right:
        for s in left, right:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.setsockopt(*MTU_DISCOVER[family], PMTUDISC_DONT)
        for s, peer in (left, right), (right, left):
            way = f"UDP over IPv{family} {'to' if s is left else 'from'} b"
            for size in sizes:
                peer.settimeout(0.3 if family == 6 else 3)
                data, got, tries = pattern(size, size), None, 1 if family == 4 else 10
                while got != data and tries:
                    tries -= 1
                    s.sendto(data, peer.getsockname()[:2])
                    try:
                        while got != data:  # a copy of the one before may have been late
                            got = peer.recv(70000)
                    except socket.timeout:
                        pass
                f.same(got and (len(got), got == data), (size, True), f"{way}: {size} bytes")
            if gso:
                data = pattern(13000)
                s.sendmsg([data], [(UDP, UDP_SEGMENT, struct.pack("=H", 1300))], 0, peer.getsockname()[:2])
                got = []
                peer.settimeout(3)
                try:
                    while len(got) < 10:
                        got += [x for x in [peer.recv(70000)] if len(x) == 1300]
                except socket.timeout:
                    pass
                f.same([(len(x), x == data[i * 1300:i * 1300 + 1300]) for i, x in enumerate(got)], [(1300, True)] * 10,
                       f"{way}: ten segments")


def learns(f, t, family, ns="a"):
    """A sender that does path MTU discovery is told the exact MTU, and then gets EMSGSIZE for one byte more."""
    left, right = net.ends(t, family, socket.SOCK_DGRAM, ns)
    hdr = 28 if family == 4 else 48
    with left, right:
        right.settimeout(5)
        left.setsockopt(*MTU_DISCOVER[family], PMTUDISC_DO)
        left.connect(right.getsockname()[:2])
        inner, told = t.inner(1500), 0
        end = time.monotonic() + 5
        while not told and time.monotonic() < end:
            try:
                left.send(bytes(1500 - hdr))
                time.sleep(0.05)
            except OSError as e:
                told = e.errno
        f.same(told, errno.EMSGSIZE, f"IPv{family}: error to the sender")
        f.same(left.getsockopt(*MTU[family]), inner, f"IPv{family}: the sender's MTU")
        told = 0
        try:
            left.send(bytes(inner - hdr + 1))
        except OSError as e:
            told = e.errno
        f.same(told, errno.EMSGSIZE, f"IPv{family}: one byte more")
        left.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # of those that were answered
        left.send(pattern(inner - hdr))
        f.same(right.recv(70000) == pattern(inner - hdr), True, f"IPv{family}: what fits exactly")


# Which devices do what. What is not named is as veth has it: all on but GRO.
COMBINATIONS = {
    "all as it is": [],
    "all off": [(None, dict(tso=0, gso=0, tx=0, rx=0))],
    "tso off": [(None, dict(tso=0))],
    "gso off": [(None, dict(gso=0))],
    "tso and gso off": [(None, dict(tso=0, gso=0))],
    "tx off": [(None, dict(tx=0))],
    "rx off": [(None, dict(rx=0))],
    "gro on": [(None, dict(gro=1))],
    "gro on, rx off": [(None, dict(gro=1, rx=0))],
    "gro on, tso, gso and tx off": [(None, dict(gro=1, tso=0, gso=0, tx=0))],
    "hosts all off, gateways gro on": [("hosts", dict(tso=0, gso=0, tx=0, rx=0)), ("gateways", dict(gro=1))],
    "gateways all off": [("gateways", dict(tso=0, gso=0, tx=0, rx=0))],
}
NO_TX = {"all off", "tx off", "gro on, tso, gso and tx off", "hosts all off, gateways gro on"}
# Nothing at b looks at what comes to its device.
net.ports["b0"].rx.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
moved, spent = 0, 0.0
for i, (what, features) in enumerate(COMBINATIONS.items()):
    ethtool(tso=1, gso=1, gro=0, tx=1, rx=1)
    for only, words in features:
        ethtool(only, **words)
    f, before2, supers, merged = Faults(), net.stats("g2"), 0, 0
    for t in TUNNELS[i % 2::2]:  # in turn: over IPv4 and over IPv6, to xfrm and to espgw
        family = (4, 6)[(i // 2 + (t in (ESPGW4, ESPGW6))) % 2]
        g, before = Faults(), net.stats()
        spent += net.transfer(g, t, family, SIZE)
        moved += 2 * SIZE
        datagrams(g, t, 4, (1, 1394, 1395, 1473, 20000), gso=what not in NO_TX)
        datagrams(g, t, 6, (1, 1452, 8000), gso=what not in NO_TX)
        wire(g, t)
        counted = drops(g, before)
        supers, merged = supers + counted.get("out_gso", 0), merged + counted.get("in_gro", 0)
        f.extend(f"{t}, TCP over IPv{family}: {x}" for x in g)
    drops(f, before2, "g2")
    print(f"{what}: {supers} super-packets")
    f.same(merged > 0, "gro on" in what, f"{merged} decrypted TCP packets to GRO: there are some")
    f.point(f"{what}: TCP and UDP, both ways, to xfrm and to espgw")
    if what in ("all as it is", "gro on", "all off"):
        come = what != "all off"
        ok((supers > 0) == come, f"{what}: super-packets {'' if come else 'do not '}come to espgw", supers)
print(f"{moved >> 10} KiB of TCP in {spent:.1f} s: {moved / spent / 1e6:.1f} MB/s")

# Path MTU discovery by the stacks themselves; gateway 1 is a sender of its own prefix, too
ethtool(tso=1, gso=1, gro=0, tx=1, rx=1)
for ns, who in ("a", "host a"), ("g1", "gateway 1"):
    f, before = Faults(), net.stats()
    for t in TUNNELS:
        for family in 4, 6:
            g = Faults()
            learns(g, t, family, ns)
            wire(g, t)
            f.extend(f"{t}: {x}" for x in g)
    drops(f, before)
    f.point(f"{who} learns the exact MTU of each tunnel from the first packet")
f, before = Faults(), net.stats()
for t in TUNNELS:
    for family in 4, 6:
        g = Faults()
        net.transfer(g, t, family, SIZE, "g1")
        datagrams(g, t, family, (1, 1394, 1452, 8000), "g1")
        wire(g, t)
        f.extend(f"{t}: {x}" for x in g)
drops(f, before)
f.point("gateway 1's own TCP and UDP, with its address in the prefix")

# Connection tracking puts fragments together, and the stack cuts again; nothing passes that it has not seen whole
subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "-f", "-"], check=True, text=True, input="""
table inet t {
	chain f {
		type filter hook forward priority 0; policy drop;
		ct state new,established accept
	}
}
""")
net.ports["b0"].rx.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)


def fragments(t, family, size, total, df=0):
    """A datagram as fragments of no more than 'size' bytes, the last first."""
    src, dst = t.left[family], t.right[family]
    data = udp(src, dst, pattern(total - 8, total))
    step = (size - (20 if family == 4 else 48)) // 8 * 8
    for off in reversed(range(0, total, step)):
        part, more = data[off:off + step], off + step < total
        if family == 4:
            yield ip4(src, dst, UDP, part, df=df, mf=more, off=off, ident=size)
        else:
            yield ip6(src, dst, FRAGMENT, struct.pack("!BxHI", UDP, off | more, size) + part)


def tracked(what, t, family, size, total, lengths, df=0):
    """A point: of such a fragmented datagram, inner packets of these lengths leave; b gets all of it, in order."""
    f, before = Faults(), net.stats()
    net.send("a0", *fragments(t, family, size, total, df))
    caught = wire(f, t)
    f.same([p.len for p in caught["r1"]], [t.outer_len(n) for n in lengths], "outer lengths")
    got = [p for p in caught["b0"] if p.dst == t.right[family]]
    f.same([p.len for p in got], lengths, "lengths of the pieces")
    f.same(max([p.len for p in got] or [0]) <= size, True, "none longer than the longest was")
    f.same([p.off for p in got], [sum(len(p.payload) for p in got[:i]) for i in range(len(got))], "offsets")
    f.same([p.mf for p in got], [i < len(got) - 1 for i in range(len(got))], "more fragments")
    if family == 4 and not df:  # else it depends on how they came whether the stack sets it again
        f.same({p.df for p in got}, {False}, "DF")
    whole = udp(t.left[family], t.right[family], pattern(total - 8, total))
    f.same(b"".join(p.payload for p in got) == whole, True, "payload")
    drops(f, before)
    f.point(f"connection tracking, {what}")


t = XFRM4
tracked("fragments of 996 bytes stay so", t, 4, 996, 4008, [996] * 4 + [20 + 104])
tracked("with DF", t, 4, 996, 4008, [996] * 4 + [20 + 104], 1)
tracked("fragments of 116 bytes stay so", t, 4, 116, 1000, [116] * 10 + [20 + 40])
tracked("fragments of 1500 bytes are each cut in two", t, 4, 1500, 4008, [764, 756] * 2 + [20 + 4008 - 2960])
tracked("IPv6 fragments of 1280 bytes stay so", t, 6, 1280, 4008, [1280] * 3 + [48 + 4008 - 3 * 1232])

f, before = Faults(), net.stats()
net.send("a0", *fragments(t, 6, 1500, 4008))
caught = wire(f, t)
counted = net.counted(before)
f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [t.inner(1500)], "answers")
f.same((counted.get("drop_out_too_big"), counted.get("icmp_answered")), (2, 1), "counted")
f.point("connection tracking, IPv6 fragments of 1500 bytes: the first is answered")

ethtool(gro=1)
f, before = Faults(), net.stats()
for t, family in (XFRM4, 4), (ESPGW4, 4), (ESPGW6, 6):
    g = Faults()
    net.transfer(g, t, family, SIZE)
    datagrams(g, t, 4, (1, 1395, 8000, 65000))
    wire(g, t)
    f.extend(f"{t}: {x}" for x in g)
drops(f, before)
f.point("connection tracking, TCP and fragmented datagrams of the hosts, gro on")
done()
