# SPDX-License-Identifier: GPL-2.0
"""Fragments of datagrams, made by scapy, on three ways through gateway 1; and what is to become of them.

Gateway 1 runs espgw, gateway 2 the kernel's xfrm, with an SA whose packets can be read on the way (NULL encryption).
UDP to port 5000 of 10.2.0.0/15 and fd02::/15 is protected, and so are TCP and ICMP to 10.2.0.0/16 and fd02::/16; the
rest passes in clear.  So 10.3.0.0/16 gets packets of both kinds from the same host, and 10.2.0.0/16, where the test's
capture takes clear text for a leak, only such as are protected.  Hosts a and b own a quarter of each network.
"""

import bisect
import logging
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.config import conf  # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.inet import ICMP as ScapyICMP, IP, TCP as ScapyTCP, UDP as ScapyUDP  # noqa: E402
from scapy.layers.inet6 import (ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,  # noqa: E402
                                IPv6ExtHdrHopByHop, PadN)
from scapy.packet import Raw  # noqa: E402

from wire import *  # noqa: E402

SECRET, PUBLIC = 5000, 6000  # ports: protected, and not
MOST = 8192  # fragments of a datagram, by default: as many as one can have
DROPS = ("drop bytes_drop too_many_frags tiny no_header length oversize overlap two_ends duplicate dead purged refused "
         "nomem").split()
KINDS = {"tiny": "TINY_FRAGMENTS", "no_header": "NO_UPPER_HEADER", "length": "INVALID_FRAG_LENGTH",
         "oversize": "OVERSIZE_DATAGRAM", "overlap": "OVERLAP_FRAGMENTS", "two_ends": "TWO_LAST_FRAGMENTS",
         "too_many_frags": "TOO_MANY_FRAGMENTS", "drop": "FRAG_TABLE_OVERFLOW"}


# ---- what is made ----

class Piece:
    """A place in a datagram and what is there. bad: what is wrong with it by itself, as its counter says."""

    def __init__(self, off, data, mf=True, bad=None):
        self.off, self.data, self.mf, self.bad = off, data, mf, bad
        self.end = off + len(data)

    def __repr__(self):
        return f"{self.off}-{self.end}{'+' if self.mf else ''}{' ' + self.bad if self.bad else ''}"


def cut(body, *sizes):
    """A datagram's body in pieces of these sizes, and one with the rest."""
    at, out = 0, []
    for n in sizes:
        out.append(Piece(at, body[at:at + n]))
        at += n
    return out + [Piece(at, body[at:], False)]


def header(src, dst, proto, more=()):
    """What stands before a fragment's data, by scapy. more: IPv6 extension headers before the fragment header."""
    if "." in src:
        return IP(src=src, dst=dst, proto=proto, ttl=64)
    h = IPv6(src=src, dst=dst, hlim=64)
    for x in more:
        h = h / x
    return h / IPv6ExtHdrFragment(nh=proto)


def fragment(h, piece, ident):
    """The packet of a piece, by scapy."""
    h = h.copy()
    if h.version == 4:
        h.id, h.flags, h.frag = ident, "MF" if piece.mf else 0, piece.off // 8
    else:
        f = h[IPv6ExtHdrFragment]
        f.id, f.m, f.offset = ident, int(piece.mf), piece.off // 8
    return bytes(h / Raw(piece.data)) if piece.data else bytes(h)


def ident_of(raw):
    """The identification of a fragment, whose fragment header comes first."""
    return struct.unpack("!H", raw[4:6])[0] if raw[0] >> 4 == 4 else struct.unpack("!I", raw[44:48])[0]


def quick(src, dst, piece, ident, proto=UDP):
    """As fragment(), without scapy, where there are thousands."""
    if "." in src:
        return ip4(src, dst, proto, piece.data, mf=piece.mf, off=piece.off, ident=ident)
    return ip6(src, dst, FRAGMENT, struct.pack("!BBHI", proto, 0, piece.off | piece.mf, ident) + piece.data)


def body(src, dst, sport, dport, data):
    """A UDP datagram without IP header."""
    h = IP(src=src, dst=dst) if "." in src else IPv6(src=src, dst=dst)
    return bytes(h / ScapyUDP(sport=sport, dport=dport) / Raw(data))[20 if "." in src else 40:]


idents = iter(range(0x1000, 1 << 16))


# ---- what is to become of it ----

def model(pieces, limit=MOST):
    """What RFC 5722 and the rest make of fragments in this order: ([those that go on together], counters).

    The first one lets go what was held for it, in order; one that is wrong takes with it what is held, and all that
    comes.  What comes when all is there is of a new datagram.
    """
    count = dict.fromkeys(DROPS + ["frags", "reqds", "oks", "held"], 0)
    gone, fresh = [], True
    for p in pieces:
        if fresh:
            taken, places, held, first, dead, total, fresh = [], [], [], False, False, None, False
            count["reqds"] += 1
        count["frags"] += 1
        why = "dead" if dead else p.bad
        if not why:
            here = (p.off, p.end, p.mf)
            at = bisect.bisect_left(places, here)  # they overlap nowhere
            for off, end, mf in places[max(at - 1, 0):at + 1]:
                if p.off < end and off < p.end:
                    why = "duplicate" if here == (off, end, mf) else "overlap"
        if not why and (total is not None and p.end > total or not p.mf and any(q.end > p.end for q in taken)):
            why = "two_ends"
        if not why and len(taken) == limit:
            why = "too_many_frags"
        if why:
            count[why] += 1
            if why not in ("duplicate", "dead"):
                dead = True
                count["purged"] += len(held)
                held = []
            continue
        taken.append(p)
        bisect.insort(places, here)
        if not p.mf:
            total = p.end
        if p.off and not first:
            held.append(p)
            count["held"] += 1
            continue
        first = True
        gone.append([p] + sorted(held, key=lambda q: q.off))
        held = []
        if total is not None and sum(len(p.data) for p in taken) == total:
            count["oks"] += 1
            fresh = True
    return gone, {k: n for k, n in count.items() if n}


class Datagram:
    """Pieces in the order in which they are sent, and what they are on the wire. data: what is to arrive, if whole."""

    def __init__(self, way, src, dst, pieces, port=None, data=None, proto=UDP, more=(), scapy=True):
        self.way, self.src, self.dst, self.port, self.data, self.ident = way, src, dst, port, data, next(idents)
        # How it leaves: in clear, but to what is protected.
        self.how = "esp" if way.name == "out" and port != PUBLIC else "clear"
        self.pieces = pieces
        if scapy:
            h = header(src, dst, proto, more)
            self.raw = [fragment(h, p, self.ident) for p in pieces]
        else:
            self.raw = [quick(src, dst, p, self.ident, proto) for p in pieces]

    @classmethod
    def udp(cls, way, size, count, n=2, port=None, net=None, seed=0):
        """UDP that may pass, or not, in so many pieces about as long as each other."""
        port = port or way.port
        data = pattern(size, seed * 251 + n)
        src, dst, whole = way.make(data, n, port, net)
        ends = [len(whole) * i // count // 8 * 8 for i in range(1, count)]
        return cls(way, src, dst, cut(whole, *(b - a for a, b in zip([0] + ends, ends))), port, data, scapy=False)

    def ordered(self, order):
        order = list(order)
        self.pieces, self.raw = [self.pieces[i] for i in order], [self.raw[i] for i in order]
        return self


def judge(f, net, sent, caught, limit=MOST, dropped=False):
    """Of these datagrams those fragments have passed that should, as they should, in order; and those datagrams have
    arrived that were whole.  dropped: none may have, though not for VFR.  Returns VFR's counters by direction."""
    left, total, wanted = {}, {}, {}
    for way in {d.way.far: d.way for d in sent}.values():
        for raw, how in way.left(net, caught):
            left.setdefault(ident_of(raw), []).append((raw, how))
    for d in sent:
        gone, count = model(d.pieces, limit)
        total[d.way.dir] = add(total.get(d.way.dir, {}), count)
        groups = [] if dropped else [[(d.way.forwarded(d.raw[d.pieces.index(p)]), d.how) for p in g] for g in gone]
        got = left.pop(d.ident, [])
        f.same(sorted(got), sorted(x for g in groups for x in g), f"{d.way}: what passed of {d.pieces}")
        # What comes meanwhile may overtake those that were held, but they keep their order.
        for g in groups:
            these = set(g)
            f.same([x for x in got if x in these][:len(g)], g, f"{d.way}: order of what {d.pieces} had held")
        for _ in range(0 if dropped else count.get("oks", 0)):
            wanted.setdefault((d.way.host, d.port), []).append((d.src, d.data))
    f.same(left, {}, "other fragments passed")
    got = net.received()
    for who in wanted.keys() | got.keys():
        a, b = sorted(got.get(who, [])), sorted(wanted.get(who, []))
        f.same((len(a), a == b), (len(b), True), f"datagrams at {who}")
    return total


def add(*counts):
    """Counters of several datagrams together."""
    total = {}
    for c in counts:
        for k, n in c.items():
            total[k] = total.get(k, 0) + n
    return total


# ---- the network ----

class Fragments(Net):
    """The network, with sockets that any address of the hosts' quarters is received by; and the tunnel, if wanted."""

    def __init__(self, tunnel=True):
        super().__init__()
        self.ip("a", ["route add local 10.1.64.0/18 dev lo", "route add local fd01:0:40::/48 dev lo"])
        self.ip("b", [f"route add local {p} dev lo" for p in ("10.2.64.0/18", "10.3.64.0/18", "fd02:0:40::/48",
                                                              "fd03:0:40::/48")])
        self.ip("r", [f"route add 10.3.0.0/16 via {G2[4]}", f"route add fd03::/16 via {G2[6]}"])
        self.ip("g2", ["route add 10.3.0.0/16 via 10.2.0.2", "route add fd03::/16 via fd02::2"])
        for ns in "a", "b":  # nobody is told that a datagram did not come whole
            self.sysctl(ns, "ipv4/ipfrag_time", 600)
            self.sysctl(ns, "ipv6/ip6frag_time", 600)
        self.sockets = {}
        for ns in "a", "b":
            for port in SECRET, PUBLIC:
                x = self.sockets[ns, port] = self.socket(ns, socket.AF_INET6, socket.SOCK_DGRAM)
                x.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
                x.bind(("::", port))
                x.setblocking(False)
        self.espgw("dev attach wan")
        if tunnel:
            self.tunnel()

    def tunnel(self):
        t = self.t = Tunnel(1, "null-sha256", espgw_in="replay-window 1024", xfrm_in="replay-window 32")
        s, d = G1[4], G2[4]
        # xfrm's policies know no ports: later fragments have none.
        commands = list(t.xfrm())[:2]
        for left, right in (("10.1.0.0/16", "10.2.0.0/16"), ("fd01::/16", "fd02::/16")):
            commands.append(f"xfrm policy add src {right} dst {left} dir out "
                            f"tmpl src {d} dst {s} proto esp reqid {t.reqid} mode tunnel")
        for left, right in (("10.1.0.0/16", "10.2.0.0/15"), ("fd01::/16", "fd02::/15")):
            commands.append(f"xfrm policy add src {left} dst {right} dir fwd "
                            f"tmpl src {s} dst {d} proto esp reqid {t.reqid} mode tunnel level use")
        self.ip("g2", commands)
        protect = f"action protect reqid {t.reqid} src {s} dst {d}"
        self.espgw(
            *list(t.commands())[:2],
            f"policy add src 10.1.0.0/16 dst 10.2.0.0/15 proto udp dport {SECRET} {protect}",
            f"policy add src fd01::/16 dst fd02::/15 proto udp dport {SECRET} {protect}",
            *(f"policy add src 10.1.0.0/16 dst 10.2.0.0/16 proto {p} {protect}" for p in (TCP, ICMP)),
            *(f"policy add src fd01::/16 dst fd02::/16 proto {p} {protect}" for p in (TCP, ICMPV6)))

    # what it says of itself

    def vfr(self, way):
        """The rows of 'vfr show' and 'vfr stats', of the device, one way."""
        return [next(r for r in rows if (r["dev"], r["dir"]) == ("wan", way))
                for rows in self.show("vfr show", "vfr stats")]

    def empty(self, f, way):
        row = self.vfr(way)[0]
        return f.same((row["reassemblies"], row["held"], row["bytes"]), (0, 0, 0), f"followed, held, bytes of {way}")

    def forget(self, way):
        """Forgets all that is known of fragments."""
        self.espgw(f"vfr set dev wan dir {way} off", f"vfr set dev wan dir {way} on")

    def received(self):
        """What came to the sockets: {(host, port): [(source, data), ...]}."""
        got = {}
        for who, s in self.sockets.items():
            while True:
                try:
                    data, source = s.recvfrom(1 << 17)
                except BlockingIOError:
                    break
                got.setdefault(who, []).append((source[0].removeprefix("::ffff:"), data))
        return got


class Watch:
    """Counters of VFR, and drops, from here on."""

    def __init__(self, net):
        self.net = net
        self.stats, rows = net.show("stats show", "vfr stats")
        self.stats = self.stats[0]
        self.rows = {(r["dev"], r["dir"]): r for r in rows}

    def counted(self):
        """({way: {VFR's counter: by how much it changed}}, {drop counters of the namespace})."""
        stats, rows = self.net.show("stats show", "vfr stats")
        drops = {k: v - self.stats[k] for k, v in stats[0].items() if k.startswith("drop_") and v != self.stats[k]}
        ways = {}
        for r in rows:
            old = self.rows[r["dev"], r["dir"]]
            new = {k.removeprefix("reass_"): v - old[k] for k, v in r.items() if k.startswith("reass_") and v != old[k]}
            if new:
                ways[r["dir"]] = new
        return ways, drops

    def same(self, f, wanted, drops=None):
        """Exactly these counters have changed; each dropped fragment is in the namespace's counter, too."""
        ways, got = self.counted()
        f.same(ways, wanted, "counters of vfr")
        dropped = {f"drop_{way}_vfr": sum(c.get(k, 0) for k in DROPS) for way, c in wanted.items()}
        f.same(got, {**{k: n for k, n in dropped.items() if n}, **(drops or {})}, "drops")


class Way:
    """Where fragments are sent, where they pass the gateway, where they arrive.

    out: from a to b, dir out; in: in clear to a, from the router; inner: from b to a in the tunnel, both dir in.
    """

    def __init__(self, name, family):
        self.name, self.family = name, family
        self.dir = "out" if name == "out" else "in"
        self.link, self.far, self.host = {"out": ("a0", "r1", "b"), "in": ("r1", "a0", "a"),
                                          "inner": ("b0", "a0", "a")}[name]
        self.port = PUBLIC if name == "in" else SECRET  # of UDP that may pass so
        self.hops = 2 if name == "inner" else 1

    def __str__(self):
        return f"{self.name}, IPv{self.family}"

    def ends(self, n=2, net=2):
        """(source, destination) of the n-th sender; net: the other side's network, 2 or 3."""
        def side(who, k):
            if self.family == 4:
                return f"10.{who}.{64 + k // 250}.{1 + k % 250}"
            return f"fd0{who}:0:40::{k:x}"

        return (side(1, n), side(net, 1)) if self.name == "out" else (side(net, n), side(1, 1))

    def make(self, data, n=2, port=None, net=None):
        """(source, destination, body) of a UDP datagram that may pass; or to another port, by another network."""
        port = port or self.port
        src, dst = self.ends(n, net or (3 if port == PUBLIC else 2))
        # What arrives is checked against the mirrored policy.
        return src, dst, body(src, dst, 40000 if self.name == "out" else port, port, data)

    def left(self, net, caught):
        """What came through the gateway: [(packet as it was forwarded, "esp" or "clear")]."""
        out = []
        for p in caught[self.far]:
            if p.is_esp and self.name == "out":
                out.append((net.t.read(p)[0], "esp"))
            elif p.proto not in (ICMP, ICMPV6) or p.off or p.mf:
                out.append((p.raw[:p.len], "clear"))
        return out

    def forwarded(self, raw):
        return forwarded(raw, self.hops)


WAYS = [Way(name, family) for name in ("out", "in", "inner") for family in (4, 6)]
