# SPDX-License-Identifier: GPL-2.0
"""The same inner datagrams through many tunnels, some of which are gone when others come.

A fragment that is not the first is held until the first one has come; then it passes at once.  So one that passes
although its tunnel has seen no first one has been put to a datagram of another.
"""

from peer import *

OLD, NEW = range(1, 49), range(0, 64)  # tunnels; the new ones each have a DSCP of their own
seqs = {}


class Inbound:
    """Number i of them: its peer, and an inbound SA; what policy its packets meet goes by their DSCP."""

    def __init__(self, i, which, dscp):
        self.peer, self.spi, self.reqid = f"203.0.113.{i}", which + i, which + i
        self.dscp = dscp

    def commands(self):
        return (f"sa add dir in src {self.peer} dst {G1[4]} spi {self.spi:#x} reqid {self.reqid} "
                f"{ALG.words(ALG.espgw, self.spi)} replay-window 1024",
                f"policy add src 10.1.0.0/16 dst 10.3.0.0/16 dscp {self.dscp} action protect reqid {self.reqid} "
                f"src {G1[4]} dst {self.peer}")

    def fragment(self, n, off, more):
        """ESP of a fragment of datagram n."""
        seqs[self.spi] = seqs.get(self.spi, 0) + 1
        whole = udp(f"10.3.1.{n}", A, pattern(92, n), 999)
        inner = ip4(f"10.3.1.{n}", A, UDP, whole[off:off + 40] if more else whole[off:], mf=more, off=off, ident=n,
                    tos=self.dscp << 2)
        return T.esp(self.spi, seqs[self.spi], inner, src=self.peer)


def arrived(caught):
    """The offsets, and the last byte of the source, of what came to host a."""
    return sorted((p.off, int(p.src.rsplit(".", 1)[1])) for p in caught["a0"] if p.proto == UDP)


net.espgw("vfr set dev wan dir in on timeout 64 max-reassemblies 1024")

# ---- two that are there at the same time ----

one, two = Inbound(1, 0x3000, 62), Inbound(2, 0x3000, 63)
net.espgw(*one.commands(), *two.commands())
f = Faults()
f.same(arrived(net.exchange("r1", one.fragment(200, 0, 1), two.fragment(200, 40, 0))), [(0, 200)],
       "the first of one tunnel, the second of the other")
f.same(arrived(net.exchange("r1", one.fragment(200, 40, 0))), [(40, 200)], "the second of the first tunnel")
f.same(arrived(net.exchange("r1", two.fragment(200, 0, 1))), [(0, 200), (40, 200)], "the first of the second tunnel")
f.point("a datagram of the same addresses and ID by two tunnels is two datagrams")
net.espgw("policy flush", "sa flush")

# ---- one after the other ----

# A policy of one DSCP is one tunnel's: the old ones pass one by one.
f, begin = Faults(), time.monotonic()
for i in OLD:
    t = Inbound(i, 0x4000, 1)
    net.espgw(*t.commands())
    net.send("r1", t.fragment(i, 0, 1))
    f.same(arrived(net.settle()), [(0, i)], f"the first fragment of datagram {i}")
    net.espgw("policy flush")
f.point("first fragments pass, each by a tunnel of its own")
net.espgw("sa flush")
# What is freed after a grace period is free then.
with open("/proc/sys/vm/drop_caches", "w") as x:
    x.write("2")
time.sleep(7)
new = [Inbound(100 + i, 0x5000, i) for i in NEW]
net.espgw(*(c for t in new for c in t.commands()))
came = []
for i in OLD:
    came += arrived(net.exchange("r1", *(t.fragment(i, 40, 0) for t in new)))
f = Faults()
f.same(came, [], "fragments that passed without a first one")
f.same(time.monotonic() - begin < 60, True, "before the first ones were forgotten")
f.point(f"a fragment by any of {len(new)} new tunnels is put to none of {len(OLD)} first ones of tunnels that are gone")
done()
