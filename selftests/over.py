# SPDX-License-Identifier: GPL-2.0
"""Tunnel devices of both gateways, over SAs: gateway 1 runs espgw, gateway 2 the kernel's own xfrm."""

from wire import *

GRE, IPIP, OSPF = 47, 4, 89


class Over(Tunnel):
    """SAs for the packets of a tunnel device between two addresses of the gateways, or for what is behind them."""

    def __init__(self, i, alg, local=None, remote=None, proto=GRE, ends=None, **more):
        super().__init__(i, alg, **more)
        self.local, self.remote, self.proto = local, remote, proto
        self.outer_ends = ends or (G1[self.outer], G2[self.outer])  # outer addresses of the ESP

    def between(self, commands):
        """The same for this tunnel's ends."""
        for words in commands:
            for old, new in zip((G1[self.outer], G2[self.outer]), self.outer_ends):
                words = f"{words} ".replace(f" {old} ", f" {new} ")
            yield words

    def commands(self, verb="add"):
        words, (s, d) = list(self.between(super().commands())), self.outer_ends
        if not self.local:
            return words
        bits = 32 if "." in self.local else 128
        return words[:2] + [f"policy {verb} src {self.local}/{bits} dst {self.remote}/{bits} proto {self.proto} "
                            f"action protect reqid {self.reqid} src {s} dst {d}"]

    def xfrm(self):
        words, (d, s) = list(self.between(super().xfrm())), self.outer_ends
        if not self.local:
            return words
        return words[:2] + [f"xfrm policy update src {x} dst {y} proto {self.proto} dir {way} "
                            f"tmpl src {ts} dst {td} proto esp reqid {self.reqid} mode tunnel"
                            for way, x, y, ts, td in (("out", self.remote, self.local, s, d),
                                                      ("in", self.local, self.remote, d, s))]


def protect(t, verb="add"):
    """On both gateways. With "replace" what is there already goes by the new SAs, with no gap."""
    net.ip("g2", t.xfrm())
    net.espgw(*t.commands(verb))


def device(name, kind, local, remote, words="ttl 64", number=0):
    """A tunnel device on both gateways, with addresses 172.20.number.1 and .2."""
    for ns, l, r, last in ("g1", local, remote, 1), ("g2", remote, local, 2):
        net.ip(ns, [f"link add {name} type {kind} local {l} remote {r} {words}",
                    f"link set {name} addrgenmode none", f"link set {name} up",
                    f"addr add 172.20.{number}.{last}/24 dev {name}"])
    # With esp4_offload, GRO of the peer's device takes ESP inside it for a continuation of the ESP around it, and kernel
    # xfrm then refuses the third level (XfrmInTmplMismatch).  Debian loads it only for those who ask.
    subprocess.run(["ip", "netns", "exec", net.ns["g2"], "ethtool", "-K", name, "gro", "off"], check=True)


def through(name, number):
    """The inner addresses that go by a device: 10.1.number.0/24 and 10.2.number.0/24, and those of IPv6."""
    net.ip("g1", [f"route replace 10.2.{number}.0/24 dev {name}", f"route replace fd02:0:{number:x}::/48 dev {name}"])
    net.ip("g2", [f"route replace 10.1.{number}.0/24 dev {name}", f"route replace fd01:0:{number:x}::/48 dev {name}"])


def inside(number, length, family=4, back=False, **more):
    """A packet from behind a to behind b, or back."""
    if family == 4:
        ends = [f"10.1.{number}.9", f"10.2.{number}.9"]
    else:
        ends = [f"fd01:0:{number:x}::9", f"fd02:0:{number:x}::9"]
    inside.count += 1
    return datagram(*(ends[::-1] if back else ends), length, seed=inside.count, **more)


inside.count = 0


def sent(packet, port="a0"):
    """Sends one packet; returns what became of it, to be compared with result()."""
    before = net.stats()
    other = "b0" if port == "a0" else "a0"
    caught = net.exchange(port, packet)
    counted = {k: v for k, v in net.counted(before).items()
               if k in ("out_packets", "drop_out_too_big", "icmp_answered", "pmtu_accepted", "out_prefrag",
                        "icmp_relayed", "drop_out_loop", "drop_out_held", "drop_out_no_route")}
    wire = caught["r1"] if port == "a0" else caught["r2"]
    to = caught[other]
    return {"answers": [p.answer()[0] for p in caught[port] if p.answer()],
            "esp": [(p.len, p.df) for p in wire if p.is_esp and not p.mf and not p.off],
            "other": [p for p in wire if not p.is_esp and not p.answer()],
            "arrived": [p.raw for p in to] == [forwarded(packet)] if to else None, "counted": counted}


def result(answers=(), esp=(), arrived=None, other=(), **counted):
    """What must have become of a packet. arrived: True: alone and byte for byte; None: nothing."""
    return {"answers": list(answers), "esp": list(esp), "other": list(other), "arrived": arrived, "counted": counted}


def row(t):
    return next((r["pmtu"], r["inner_mtu"], r["source"]) for r in net.show("pmtu show")
                if int(r["spi"], 16) == t.spi_out)


def ends(n, family=4):
    """Addresses of the gateways that no link has, for the ends of further tunnels."""
    left, right = (f"192.168.{n}.1", f"192.168.{n}.2") if family == 4 else (f"fd00:0:{n:x}::1", f"fd00:0:{n:x}::2")
    bits = 32 if family == 4 else 128
    net.ip("g1", [f"addr add {left}/{bits} dev lo"])
    net.ip("g2", [f"addr add {right}/{bits} dev lo"])
    return left, right


def routed(n, dev):
    """Those of IPv4 lead to each other by a device."""
    net.ip("g1", [f"route add 192.168.{n}.2 dev {dev} src 192.168.{n}.1"])
    net.ip("g2", [f"route add 192.168.{n}.1 dev {dev} src 192.168.{n}.2"])


net = Net()
net.espgw("dev attach wan")
