# SPDX-License-Identifier: GPL-2.0
"""Gateway 1 runs espgw; the router plays its peer, with packets made here (NULL encryption, HMAC-SHA-256)."""

from wire import *

ALG = ALGS["null-sha256"]
T = Tunnel(0, "null-sha256")
A, A6 = "10.1.0.2", "fd01::2"
TUNNEL = f"src {G1[4]} dst {G2[4]}"
SPI_IN = 0x2001
next_seq = 0


def sa_out(spi, reqid, words=""):
    return f"sa add dir out src {G1[4]} dst {G2[4]} spi {spi:#x} reqid {reqid} {ALG.words(ALG.espgw, spi)} {words}"


def sa_in(spi, reqid, words=""):
    return f"sa add dir in src {G2[4]} dst {G1[4]} spi {spi:#x} reqid {reqid} {ALG.words(ALG.espgw, spi)} {words}"


def protect(reqid):
    return f"action protect reqid {reqid} {TUNNEL}"


def packet(dst, dport=9, sport=40000, proto=UDP, src=None, n=60, **more):
    """From host A, with contents that nothing else has."""
    packet.count += 1
    v4 = "." in dst
    src = src or (A if v4 else A6)
    body = struct.pack("!HH", sport, dport) + pattern(n, packet.count)
    if proto == UDP:
        body = udp(src, dst, pattern(n, packet.count), sport, dport)
    if proto == TCP:
        body = struct.pack("!HHIIHHHH", sport, dport, packet.count, 0, 0x5018, 100, 0, 0) + pattern(n, packet.count)
    return (ip4 if v4 else ip6)(src, dst, proto, body, **more)


packet.count = 0


def outcome(sent, caught):
    """What became of a packet that host A sent: the SPI it left by, "clear", or "dropped"."""
    wanted = forwarded(sent, 1)
    for p in caught["r1"]:
        if p.is_esp and T.read(p)[0] == wanted:
            return p.spi
        if p.raw[:p.len] == wanted:
            return "clear"
    return "dropped"


def leave(what, *cases):
    """A point: each packet leaves as said. A case is (packet, outcome)."""
    before = net.stats()
    caught = net.exchange("a0", *(c[0] for c in cases))
    f = Faults()
    for p, wanted in cases:
        f.same(outcome(p, caught), wanted, repr(Packet(p)))
    f.point(what)
    return caught, net.counted(before)


def esp(inner, spi=SPI_IN, seq=None, **more):
    global next_seq
    next_seq += 1
    return T.esp(spi, seq or next_seq, inner, **more)


def arrives(what, sent, wanted, counters):
    """A point: the router sends these; host A gets those inner packets, and these counters move."""
    before = net.stats()
    caught = net.exchange("r1", *sent)
    got = [p.raw for p in caught["a0"] if p.proto not in (ICMP, ICMPV6)]
    counted = {k: v for k, v in net.counted(before).items() if k not in ("in_packets", "in_bytes", "out_no_policy")}
    f = Faults()
    f.same([g.hex() for g in got], [forwarded(w, 1).hex() for w in wanted], "what arrived")
    f.same(counted, counters, "counters")
    f.point(what)


net = Net()
sinks = [net.socket("a", family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
for sink, address in zip(sinks, (A, A6)):  # so that host A does not answer
    sink.bind((address, 9))
net.espgw("dev attach wan")

