# SPDX-License-Identifier: GPL-2.0
"""Gateway 1 has hundreds of SAs in UDP; errors about them quote addresses and ports, no SPI.

A stranger can make up such errors by the thousand.  Those that quote where no SA sends to are refused as such, and
take nothing from the one that quotes where an SA does.
"""

from wire import *

COUNT = 200
NULL = ALGS["null-sha256"]
NEW_PEER, NEW_PORT = {4: "198.51.100.77", 6: "2001:db8:2::77"}, 7777


class Peer:
    """Number i of the SAs: half of them to peers of their own, half to one peer's ports, some of them over IPv6."""

    def __init__(self, i):
        self.i, self.v = i, 6 if i % 10 == 9 else 4
        own = i < COUNT // 2
        if self.v == 4:
            self.dst = f"203.0.113.{i + 1 if own else 250}"
        else:
            self.dst = f"2001:db8:9::{i if own else 9:x}"
        self.port = 4500 if own else 20000 + i
        self.spi, self.reqid, self.inner = 0x4000 + i, 100 + i, f"10.3.{i}.9"
        self.in_spi, self.seq = 0x6000 + i, 0

    def add(self, verb="add", words=""):
        return (f"sa {verb} dir out src {G1[self.v]} dst {self.dst} spi {self.spi:#x} reqid {self.reqid} "
                f"{NULL.words(NULL.espgw, self.spi)} encap espinudp 4500 {self.port} {words}")

    def commands(self):
        return (self.add(), f"policy add src 10.1.0.0/16 dst 10.3.{self.i}.0/24 action protect reqid {self.reqid} "
                f"src {G1[self.v]} dst {self.dst}")

    def inbound(self):
        return (f"sa add dir in src {self.dst} dst {G1[self.v]} spi {self.in_spi:#x} reqid {self.reqid} "
                f"{NULL.words(NULL.espgw, self.in_spi)} encap espinudp {self.port} 4500")

    def authentic(self, src, sport):
        """A packet of this peer that comes from there."""
        self.seq += 1
        esp = Packet(Tunnel(0, "null-sha256", self.v, natt=True).esp(
            self.in_spi, self.seq, datagram(self.inner, "10.1.0.2", 100))).payload[8:]
        data = udp(src, G1[self.v], esp, sport, 4500)
        return (ip4 if self.v == 4 else ip6)(src, G1[self.v], UDP, data)

    def sends(self):
        """Its SA sends a packet as large as the path is; the outer one."""
        for _ in range(3):
            mtu = row(self)[0]
            over = (20 if self.v == 4 else 40) + 8 + 8 + NULL.icv
            n = (mtu - over) // 4 * 4 - 2
            found = [p for p in net.exchange("a0", datagram("10.1.1.9", self.inner, n, seed=self.i, df=1))["r1"]
                     if p.spi == self.spi]
            if found:
                return found[0]
        raise RuntimeError(f"SA {self.spi:#x} sends nothing")


net = Net()
peers = [Peer(i) for i in range(COUNT)]
net.espgw("dev attach wan", *(c for p in peers for c in p.commands()))


def row(peer):
    r = next(r for r in net.show("pmtu show") if int(r["spi"], 16) == peer.spi)
    return r["pmtu"], r["source"]


def table():
    """The path MTUs of all SAs."""
    return {int(r["spi"], 16): r["pmtu"] for r in net.show("pmtu show")}


def error(outer, mtu=1300, cut=8):
    """A router's error about an outer packet: its IP header and so many bytes more."""
    quote = outer.raw[:outer.hdr + cut]
    return icmp4(R1[4], G1[4], 3, 4, mtu, quote) if outer.version == 4 else icmp6(R1[6], G1[6], 2, 0, mtu, quote)


def like(outer, dst=None, dport=None, sport=None):
    """The same packet, to somewhere else."""
    raw, at = bytearray(outer.raw), outer.hdr
    if dst:
        where = (16, 20) if outer.version == 4 else (24, 40)
        raw[where[0]:where[1]] = addr(dst)
    if sport:
        raw[at:at + 2] = struct.pack("!H", sport)
    if dport:
        raw[at + 2:at + 4] = struct.pack("!H", dport)
    return Packet(bytes(raw))


def spoofs(outer, n):
    """Errors about packets to where no SA sends: other peers, other ports of these, other ports of ours."""
    dst = "198.18.{}.{}" if outer.version == 4 else "2001:db8:{:x}::{:x}"
    for i in range(n):
        yield error((like(outer, dst=dst.format(i // 200 + 64, i % 200 + 1)), like(outer, dport=30000 + i),
                     like(outer, sport=30000 + i))[i % 3])


def judged(f, messages, wanted, changed):
    """Sends errors at once; so they are counted, and these SAs' path MTUs change so, no others'."""
    before, old = net.stats(), table()
    net.exchange("r1", *messages)
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("pmtu_")}, wanted, "counted")
    now = table()
    f.same({spi: mtu for spi, mtu in now.items() if mtu != old.get(spi)}, changed, "path MTUs")


# ---- one among many ----

OWN4, OWN6, SHARED4, SHARED6 = peers[17], peers[29], peers[150], peers[159]
for peer, what in ((OWN4, "a peer of its own, IPv4"), (OWN6, "a peer of its own, IPv6"),
                   (SHARED4, "a port of a peer of many, IPv4"), (SHARED6, "a port of a peer of many, IPv6")):
    f = Faults()
    outer = peer.sends()
    f.same((outer.dst, outer.dport), (peer.dst, peer.port), "where it is sent")
    judged(f, [*spoofs(outer, 150), error(outer), *spoofs(outer, 150)], {"pmtu_rej_spi": 300, "pmtu_hint": 1},
           {peer.spi: 1492})
    f.point(f"among 300 of strangers a hint about one of {COUNT} SAs is judged at once: {what}")

f = Faults()
several = [peers[i] for i in (3, 39, 61, 102, 199)]
outer = [p.sends() for p in several]
strange = [list(spoofs(o, 20)) for o in outer]
judged(f, [m for o, s in zip(outer, strange) for m in (*s, error(o))], {"pmtu_rej_spi": 100, "pmtu_hint": 5},
       {p.spi: 1492 for p in several})
f.point("so are those about five SAs, all of them")

f = Faults()
outer = peers[70].sends()
judged(f, [*spoofs(outer, 30), *[error(outer)] * 3], {"pmtu_rej_spi": 30, "pmtu_hint": 1, "pmtu_rej_rate": 2},
       {peers[70].spi: 1492})
f.point("of several about one SA the first is followed, the others came too fast")

# ---- a full quote of a peer that is not where it was configured ----

MOVED = peers[41], peers[49]
net.espgw(*(p.inbound() for p in MOVED))
for peer in MOVED:
    f = Faults()
    old = peer.sends()
    net.exchange("r1", peer.authentic(NEW_PEER[peer.v], NEW_PORT))
    outer = peer.sends()
    f.same((outer.dst, outer.dport), (NEW_PEER[peer.v], NEW_PORT), "where it is sent")
    judged(f, [*spoofs(outer, 30), error(old), *spoofs(outer, 30), error(outer)], {"pmtu_rej_spi": 61, "pmtu_hint": 1},
           {peer.spi: 1492})
    outer = peer.sends()
    judged(f, [*spoofs(outer, 30), error(outer, 1300, 500)], {"pmtu_rej_spi": 30, "pmtu_accepted": 1}, {peer.spi: 1300})
    f.point(f"a peer that has moved is found where it is, not where it was, by ports and by SPI, IPv{peer.v}")

# ---- ports that are set, SAs that come and go ----

f = Faults()
peer = peers[120]
old = peer.sends()
net.espgw(f"sa set dir out dst {peer.dst} spi {peer.spi:#x} encap espinudp 4500 5555")
outer = peer.sends()
f.same((outer.dst, outer.dport), (peer.dst, 5555), "where it is sent")
judged(f, [error(old), *spoofs(outer, 30), error(outer)], {"pmtu_rej_spi": 31, "pmtu_hint": 1}, {peer.spi: 1492})
f.point("a port that was set is found, the one before is not")

f = Faults()
gone, kept = peers[130], peers[131]
old, outer = gone.sends(), kept.sends()
net.espgw(f"sa del dir out dst {gone.dst} spi {gone.spi:#x}", kept.add("replace"))
judged(f, [error(old), *spoofs(outer, 30), error(outer)], {"pmtu_rej_spi": 31, "pmtu_hint": 1}, {kept.spi: 1492})
f.point("an SA that is deleted is not found, one that replaces another is")
done()
