# SPDX-License-Identifier: GPL-2.0
"""What may arrive and leave in clear.

Both gateways run espgw.  First what is between the gateways themselves is protected (host to host): their own
datagrams, whole and prefragmented, and what the router sends in clear in the name of gateway 2, to gateway 1's own
sockets and, through a DNAT, to host a.  Then what is between the hosts: ICMP errors that the router sends about it, and
gateway 1's own errors about what it has decrypted.
"""

import itertools
import re

from wire import *

FAMILIES = 4, 6
LEVEL = {4: socket.IPPROTO_IP, 6: socket.IPPROTO_IPV6}
HERE, THERE, OPEN = ({4: f"10.{n}.0.0/16", 6: f"fd0{n}::/16"} for n in (1, 2, 3))
IP, ICMP_PACKET = {4: ip4, 6: ip6}, {4: icmp4, 6: icmp6}
AF = {4: socket.AF_INET, 6: socket.AF_INET6}
GRE, AH, UDPLITE, DSTOPTS, OTHER = 47, 51, 136, 60, 253
HOST, FORWARDED, SOCKET = {4: "10.1.0.2", 6: "fd01::2"}, 5000, 5001  # what is sent to port 5000 goes on to host a

net = Net()
T = {4: Tunnel(1, "null-sha256", espgw_in="replay-window 1024"),
     6: Tunnel(2, "null-sha256", outer=6, espgw_in="replay-window 1024")}
NATT = Tunnel(3, "null-sha256", natt=True)
# What is made here comes by inbound SAs of its own: two of the tunnel, one of another.
SPIS = {0x2fff: 0, 0x2ffe: 0, 0x2ffd: 100}
ORDERS = [o for n in (2, 3) for o in itertools.permutations(range(n))]
idents = itertools.count(0x1001)
seqs = itertools.count(1)


def sa_in(spi, t, reqid=None):
    s, d = t.ends(1)[:2]
    return (f"sa add dir in src {d} dst {s} spi {spi:#x} reqid {reqid or t.reqid} {t.alg.words(t.alg.espgw, spi)} "
            "replay-window 1024")


def protect(src, dst, t, words="", prio=10):
    """A policy of gateway 1."""
    s, d = t.ends(1)[:2]
    return f"policy add prio {prio} src {src} dst {dst} {words} action protect reqid {t.reqid} src {s} dst {d}"


def host_to_host(gateway):
    """SAs, and policies for all that is between the gateways themselves."""
    for t in T.values():
        s, d = t.ends(gateway)[:2]
        yield from itertools.islice(t.commands(gateway), 2)
        yield f"policy add prio 10 src {s} dst {d} action protect reqid {t.reqid} src {s} dst {d}"


def drops(before, ns="g1"):
    """What a gateway has dropped since, by reason."""
    return {k: v for k, v in net.counted(before, ns).items() if k.startswith("drop_")}


def drops_in_time(before, n):
    """The same, with so many in all, of which some may have to wait for VFR's timeout."""
    end = time.monotonic() + 8
    while True:
        found = drops(before)
        if sum(found.values()) >= n or time.monotonic() > end:
            return found
        time.sleep(0.1)


class Points(Faults):
    def arrived(self, got, wanted, what):
        """All of these, in any order: what waits for a first fragment is overtaken by what comes behind that."""
        self.same(sorted(map(len, got)), sorted(map(len, wanted)), f"lengths, {what}")
        self.same(sorted(got) == sorted(wanted), True, f"bytes, {what}")


class Ear:
    """A socket: of UDP, of a port; or raw, of a protocol."""

    def __init__(self, ns, family, port=0, proto=UDP):
        self.raw, self.family = proto != UDP, family
        self.s = s = net.socket(ns, AF[family], socket.SOCK_RAW if self.raw else socket.SOCK_DGRAM, proto)
        s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        if family == 6:
            if not self.raw:
                s.setsockopt(LEVEL[6], socket.IPV6_V6ONLY, 1)
            s.setsockopt(LEVEL[6], 24, 1280)  # IPV6_MTU: what it sends is fragmented to that
        else:
            s.setsockopt(LEVEL[4], 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
        s.bind(({4: "0.0.0.0", 6: "::"}[family], port))
        s.setblocking(False)

    def heard(self):
        found = []
        while True:
            try:
                data = self.s.recv(1 << 17)
            except BlockingIOError:
                return found
            found.append(data[(data[0] & 15) * 4:] if self.raw and self.family == 4 else data)


def body_of(family, proto, port, n, seed=0, src=None, dst=None, data=None):
    """A datagram of gateway 2's to gateway 1, without IP header."""
    src, dst = src or G2[family], dst or G1[family]
    data = data or pattern(n, seed)
    if proto == UDP:
        return udp(src, dst, data, port if port in (500, 4500) else 4000, port)
    if proto == TCP:
        h = struct.pack("!HHIIHHHH", 4000, port, seed, 0, 0x5018, 100, 0, 0)
        c = checksum(pseudo(src, dst, TCP, len(h + data)) + h + data)
        return h[:16] + struct.pack("!H", c) + h[18:] + data
    if proto == UDPLITE:
        h = struct.pack("!HHHH", 4000, port, 0, 0)
        c = checksum(pseudo(src, dst, UDPLITE, len(h + data)) + h + data)
        return h[:6] + struct.pack("!H", c) + data
    if proto in (ICMP, ICMPV6):
        p = ICMP_PACKET[family](src, dst, 8 if family == 4 else 128, 0, seed, data)
        return p[20 if family == 4 else 40:]
    if proto == GRE:
        return struct.pack("!HH", 0, 0x88b5) + data
    return data


def cut(family, proto, body, n, ident=None, src=None, dst=None):
    """The packets of a datagram in n fragments."""
    src, dst, ident = src or G2[family], dst or G1[family], ident or next(idents)
    ends = [len(body) * i // n // 8 * 8 for i in range(n)] + [len(body)]
    return [piece(family, src, dst, proto, body[a:b], a, b < len(body), ident) for a, b in zip(ends, ends[1:])]


def piece(family, src, dst, proto, data, off, mf, ident):
    if family == 4:
        return ip4(src, dst, proto, data, mf=mf, off=off, ident=ident)
    return ip6(src, dst, FRAGMENT, struct.pack("!BBHI", proto, 0, off | mf, ident) + data)


def in_orders(family, proto, *bodies, orders=ORDERS):
    """The packets of datagrams in fragments, each in another order."""
    for order, body in zip(orders, bodies):
        one = cut(family, proto, body, len(order))
        yield from (one[k] for k in order)


def esp(t, inner, spi=0x2fff):
    return t.esp(spi, next(seqs), inner)


# ---- between the gateways themselves ----

net.espgw("dev attach wan", *host_to_host(1), *(sa_in(spi, t, more and t.reqid + more) for t in T.values()
                                              for spi, more in SPIS.items()))
net.espgw("dev attach wan", *host_to_host(2), ns="g2")
ears = {(ns, family, port): Ear(ns, family, port) for ns in ("g1", "g2") for family in FAMILIES
        for port in (500, 4500, 1701, SOCKET)}
behind = {family: Ear("a", family, FORWARDED) for family in FAMILIES}
raw = {(ns, family, proto): Ear(ns, family, 0, proto) for ns in ("g1", "g2") for family in FAMILIES
       for proto in (GRE, ESP, AH, TCP, UDPLITE, OTHER)}


def hush():
    """Nothing of what was before is still to be heard, or held for a first fragment."""
    end = time.monotonic() + 8
    while any(row.get("held") for row in net.show("vfr show")) and time.monotonic() < end:
        time.sleep(0.1)
    for ear in (*ears.values(), *behind.values(), *raw.values()):
        ear.heard()


def lost(how):
    """Points: what the gateways say to each other arrives, however long."""
    for family in FAMILIES:
        for port in 1701, SOCKET:
            hush()
            f, before = Points(), (net.stats(), net.stats("g2"))
            # 1472 bytes are a packet of 1500: whole to the stack, and too big for the tunnel.
            sizes = [1472, 3000, 9000] if family == 4 else [1200, 3000, 9000]
            for here, there in ("g1", "g2"), ("g2", "g1"):
                to = (G1 if there == "g1" else G2)[family], port
                for n in sizes:
                    ears[here, family, port].s.sendto(pattern(n, n + port), to)
            caught = net.settle()
            for ns in "g1", "g2":
                f.arrived(ears[ns, family, port].heard(), [pattern(n, n + port) for n in sizes], f"at {ns}")
            for link in "r1", "r2":
                f.same([p for p in caught[link] if not p.is_esp], [], f"in clear on {link}")
            f.same((drops(before[0]), drops(before[1], "g2")), ({}, {}), "drops")
            f.point(f"IPv{family}: UDP of port {port} between the gateways arrives whatever its length{how}")


def vxlan():
    """Points: full-size frames between the gateways."""
    for ns, (here, there), n in ("g1", (G1, G2), 1), ("g2", (G2, G1), 2):
        net.ip(ns, [f"link add vx0 mtu 1450 type vxlan id 7 local {here[4]} remote {there[4]} dev wan dstport 4789",
                    f"addr add 172.31.0.{n}/24 dev vx0", "link set vx0 up"])
    before = net.stats(), net.stats("g2")
    for n in 1422, 4000:
        f = Points()
        command = f"ip netns exec {net.ns['g1']} ping -q -c 3 -i 0.2 -W 3 -s {n} 172.31.0.2"
        text = subprocess.run(command.split(), stdout=subprocess.PIPE, text=True).stdout
        f.same(re.findall(r"(\d+) received", text), ["3"], "pings that arrive")
        caught = net.settle()
        f.same([p for link in ("r1", "r2") for p in caught[link] if not p.is_esp], [], "in clear")
        f.same((drops(before[0]), drops(before[1], "g2")), ({}, {}), "drops")
        f.point(f"pings of {n} bytes through VXLAN of mtu 1450 between the gateways: 3 of 3")
    for ns in "g1", "g2":
        net.ip(ns, ["link del vx0"])


def other_protocols():
    """Points: what other protocols say, in fragments."""
    for family in FAMILIES:
        hush()
        f, before = Points(), (net.stats(), net.stats("g2"))
        for proto, ns in itertools.product((GRE, UDPLITE, OTHER), ("g1", "g2")):
            here, there = (G1[family], G2[family])[::1 if ns == "g1" else -1]
            raw[ns, family, proto].s.sendto(body_of(family, proto, SOCKET, 3000, proto, here, there), (there, 0))
        caught = net.settle()
        for ns, x, proto in raw:
            if x == family and proto in (GRE, UDPLITE, OTHER):
                heard = [data[-3000:] for data in raw[ns, x, proto].heard()]
                f.arrived(heard, [pattern(3000, proto)], f"protocol {proto} at {ns}")
        for link in "r1", "r2":
            f.same([p for p in caught[link] if not p.is_esp], [], f"in clear on {link}")
        f.same((drops(before[0]), drops(before[1], "g2")), ({}, {}), "drops")
        f.point(f"IPv{family}: GRE, UDP-Lite and an unknown protocol of 3000 bytes between the gateways arrive")


apart = set()  # are fragments kept apart that two SAs have decrypted?


def decrypted(how):
    """Points: fragments that the tunnel brought, to a socket and to host a."""
    ports = (SOCKET, FORWARDED) if how else (SOCKET,)
    for family in FAMILIES:
        t = T[family]
        for sas in 1, 2:
            hush()
            f, before = Points(), net.stats()
            for port in ports:
                bodies = [body_of(family, UDP, port, 700, i) for i in range(1 + len(ORDERS))]
                packets = [IP[family](G2[family], G1[family], UDP, bodies[0]), *in_orders(family, UDP, *bodies[1:])]
                net.send("r1", *(esp(t, p, 0x2fff - i % sas) for i, p in enumerate(packets)))
            net.settle()
            wanted, lost = [pattern(700, i) for i in range(len(bodies))], {}
            heard = ears["g1", family, SOCKET].heard()
            if sas == 2:
                # Later kernels put fragments together only if they have the same security path, which names the SA.
                apart.add(len(heard) == 1)
                if apart == {True}:
                    wanted = wanted[:1]
                    lost = {"drop_in_reassembly": len(ORDERS)} if family == 6 and not how else {}
            f.arrived(heard, wanted, "at the socket")
            f.arrived(behind[family].heard(), wanted if how else [], "at a")
            f.same(drops(before), lost, "drops")
            which = "one SA" if sas == 1 else "two SAs"
            f.point(f"IPv{family}: UDP decrypted by {which} of a tunnel arrives, whole" +
                    (f" only: the kernel keeps fragments apart{how}" if sas == 2 and apart == {True} else f" and in fragments in any order{how}"))

        f, before, n = Points(), net.stats(), 0
        for port in ports:
            for order in (0, 1), (1, 0):
                one = cut(family, UDP, body_of(family, UDP, port, 700), 2)
                net.send("r1", *(esp(t, one[k], (0x2fff, 0x2ffd)[k]) for k in order))
                n += 1
        net.settle()
        f.same((ears["g1", family, SOCKET].heard(), behind[family].heard()), ([], []), "datagrams")
        f.same(sum(drops_in_time(before, n).values()), n, "fragments dropped")
        f.point(f"IPv{family}: fragments decrypted by two tunnels are not put together{how}")


def clear(how):
    """Points: what arrives in clear, but should not."""
    for family in FAMILIES:
        where = FORWARDED if how else SOCKET
        hush()
        f, before = Points(), net.stats()
        caught = net.exchange("r1", IP[family](G2[family], G1[family], UDP, body_of(family, UDP, where, 700)))
        f.same((ears["g1", family, SOCKET].heard(), caught["a0"]), ([], []), "what arrived")
        f.same(drops(before), {"drop_in_cleartext": 1}, "drops")
        f.point(f"IPv{family}: UDP in clear between the gateways is dropped{how}")

        f, before = Points(), net.stats()
        caught = net.exchange("r1", *in_orders(family, UDP, *[body_of(family, UDP, where, 700)] * len(ORDERS)))
        f.same((ears["g1", family, SOCKET].heard(), caught["a0"]), ([], []), "what arrived")
        f.same(drops(before), {"drop_in_cleartext": sum(map(len, ORDERS))}, "drops")
        f.point(f"IPv{family}: each fragment of UDP in clear between the gateways is dropped, in any order{how}")

        f, before = Points(), net.stats()
        packets = [p for proto in (ICMP if family == 4 else ICMPV6, TCP, UDPLITE, GRE, OTHER)
                   for p in in_orders(family, proto, *[body_of(family, proto, where, 700)] * 3)]
        caught = net.exchange("r1", *packets)
        heard = [x for (ns, y, _), ear in raw.items() if (ns, y) == ("g1", family) for x in ear.heard()]
        f.same((heard, caught["r1"]), ([], []), "received, answered")
        f.same(drops(before), {"drop_in_cleartext": len(packets)}, "drops")
        f.point(f"IPv{family}: so are those of ICMP, TCP, UDP-Lite, GRE and an unknown protocol{how}")


def exempt(how):
    """Points: what the tunnel lives on passes in clear, whole and in fragments."""
    for family in FAMILIES:
        hush()
        for port in 500, 4500:
            f, before = Points(), net.stats()
            datagrams = [bytes(4) + pattern(696, i) for i in range(1 + len(ORDERS))]
            bodies = [udp(G2[family], G1[family], d, port, port) for d in datagrams]
            net.exchange("r1", IP[family](G2[family], G1[family], UDP, bodies[0]), *in_orders(family, UDP, *bodies[1:]))
            f.arrived(ears["g1", family, port].heard(), datagrams, "datagrams")
            f.same(drops(before), {}, "drops")
            f.point(f"IPv{family}: IKE of port {port} arrives, whole and in fragments in any order{how}")

        f, before = Points(), net.stats()
        for port, ns in itertools.product((500, 4500), ("g1", "g2")):
            ears[ns, family, port].s.sendto(bytes(4) + pattern(2996, port), ((G2 if ns == "g1" else G1)[family], port))
        caught = net.settle()
        for port, ns in itertools.product((500, 4500), ("g1", "g2")):
            f.arrived(ears[ns, family, port].heard(), [bytes(4) + pattern(2996, port)], f"port {port} at {ns}")
        f.same([[p.proto for p in caught[link]] for link in ("r1", "r2")], [[UDP] * 6] * 2, "on the wire")
        f.same(drops(before), {}, "drops")
        f.point(f"IPv{family}: IKE of 3000 bytes leaves in clear{how}")

        f, before = Points(), net.stats()
        # AH's header is one of 24 bytes, before an unknown protocol.
        bodies = {ESP: bytes(3) + b"\7" + pattern(700), AH: struct.pack("!BBHI", OTHER, 4, 0, 7) + pattern(700)}
        net.exchange("r1", *(p for proto, body in bodies.items() for p in in_orders(family, proto, body, body)))
        for proto in ESP, AH:
            f.arrived(raw["g1", family, proto].heard(), [bodies[proto]] * 2, f"protocol {proto}")
        f.same(drops(before), {}, "drops")
        f.point(f"IPv{family}: ESP and AH of others arrive in fragments{how}")

        f, before, tcp = Points(), net.stats(), body_of(family, TCP, 4500, 700)
        net.exchange("r1", *in_orders(family, TCP, tcp, tcp))
        f.arrived(raw["g1", family, TCP].heard(), [tcp] * 2, "TCP")
        f.same(drops(before), {}, "drops")
        f.point(f"IPv{family}: TCP of port 4500 arrives in fragments{how}")

    for t in *T.values(), NATT:
        f, before = Points(), net.stats()
        policy = protect("10.1.0.0/16", f"10.2.{t.i}.0/24", t)
        net.espgw(*itertools.islice(t.commands(), 2 if t.natt else 0), policy)
        inner = [datagram(t.right[4], HOST[4], 700, i) for i in range(len(ORDERS))]
        outer = [esp(t, p, t.spi_in if t.natt else 0x2fff)[20 if t.outer == 4 else 40:] for p in inner]
        caught = net.exchange("r1", *in_orders(t.outer, UDP if t.natt else ESP, *outer))
        f.arrived([p.raw for p in caught["a0"]], [forwarded(p, 1) for p in inner], "at a")
        f.same(drops(before), {}, "drops")
        f.point(f"ESP in fragments is decrypted: {t}{how}")
        net.espgw(policy.replace(" add ", " del ").split(" action")[0],
                  *(f"sa del dir {way} dst {dst} spi {spi:#x}" for way, _, dst, _, spi in t.sas(1) if t.natt))


def mixed(how):
    """Points: one fragment by the tunnel, the other in clear."""
    for family in FAMILIES:
        hush()
        f, before = Points(), net.stats()
        port = FORWARDED if how else SOCKET
        for bad, order in itertools.product((0, 1), ((0, 1), (1, 0))):
            one = cut(family, UDP, body_of(family, UDP, port, 700), 2)
            net.send("r1", *(one[k] if k == bad else esp(T[family], one[k]) for k in order))
        caught = net.settle()
        f.same((ears["g1", family, SOCKET].heard(), behind[family].heard()), ([], []), "datagrams")
        f.same(caught["a0"], [], "at a")
        # First fragments in clear; later ones, in clear and by the tunnel, that wait for a first.
        f.same(drops_in_time(before, 6), {"drop_in_cleartext": 2, "drop_in_vfr": 4}, "drops")
        f.point(f"IPv{family}: a datagram of which a part came in clear does not arrive{how}")


def unknown_ports():
    """Points: without VFR nobody knows a later fragment's ports."""
    net.espgw("vfr set dev wan dir in off", "vfr set dev wan dir out off")
    for family in FAMILIES:
        hush()
        f, before = Points(), net.stats()
        for port in SOCKET, 500:
            net.send("r1", *cut(family, UDP, body_of(family, UDP, port, 700), 2))
        net.settle()
        f.same([ears["g1", family, port].heard() for port in (SOCKET, 500)], [[], []], "datagrams")
        f.same(drops(before), {"drop_in_cleartext": 1, "drop_in_frag_ports": 2}, "drops")
        f.point(f"IPv{family}: without VFR later fragments of UDP in clear between the gateways are dropped")

        f, before = Points(), net.stats()
        net.exchange("r1", *(esp(T[family], x) for x in cut(family, UDP, body_of(family, UDP, SOCKET, 700), 3)))
        f.arrived(ears["g1", family, SOCKET].heard(), [pattern(700)], "the datagram")
        f.same(drops(before), {}, "drops")
        f.point(f"IPv{family}: without VFR fragments that the tunnel brings arrive")

        f, before = Points(), net.stats()
        ears["g1", family, SOCKET].s.sendto(pattern(3000), (G2[family], SOCKET))
        caught = net.settle()
        f.same([p.is_esp for p in caught["r1"]], [True] * (2 if family == 4 else 1), "on the wire")
        f.same(drops(before), {"drop_out_frag_ports": 2}, "drops")
        f.point(f"IPv{family}: without VFR later fragments of UDP between the gateways do not leave, protected or not")
    net.espgw("vfr set dev wan dir in auto", "vfr set dev wan dir out auto")


HEAD = {UDP: 8, TCP: 20}
PUBLIC = 6000  # in clear, where only one port is protected
# The fragments of two datagrams of two, one by the tunnel and one in clear, each in its order, or with one missing.
INTERLEAVED = [o for n in (2, 3, 4) for some in itertools.combinations([("t", 0), ("t", 1), ("c", 0), ("c", 1)], n)
               if len({who for who, _ in some}) == len({k for _, k in some}) == 2 for o in itertools.permutations(some)
               if all(o.index((who, 0)) < o.index((who, 1)) for who in "tc" if {(who, 0), (who, 1)} <= set(o))]


def interleaved(what, family, proto, src, dst, port, open_port, secret, public):
    """A point: what is protected and what is not, of one host, at the same time and with the same identification.

    A stack takes the first of two fragments for one place: so one in clear may fill the gap behind one of the tunnel.
    (One of the tunnel may end in what is not protected: that was nobody's to be sure of.)
    """
    hush()
    f = Points()
    # Those in clear end in the other's words, in another order: checksums do not tell.
    t = pattern(700, 1)
    at = (700 + HEAD[proto]) // 2 // 8 * 8 - HEAD[proto]
    c = pattern(at, 2) + b"".join(t[i:i + 2] for i in range(698, at - 2, -2))
    bodies = {who: body_of(family, proto, x, 0, 0, src, dst, data)
              for who, x, data in (("t", port, t), ("c", open_port, c))}
    for order in INTERLEAVED:
        ident = next(idents)
        of = {who: cut(family, proto, b, 2, ident, src, dst) for who, b in bodies.items()}
        net.send("r1", *(of["c"][k] if who == "c" else esp(T[family], of["t"][k]) for who, k in order))
    net.settle()
    heard, wanted = secret.heard(), bodies["t"] if secret.raw else t
    # A raw socket hears both, with their ports.
    got = [x for x in heard if not secret.raw or x[:4] == wanted[:4]]
    others = public.heard() if public else [x for x in heard if x[:4] != wanted[:4]]
    f.same(len([x for x in got if x != wanted]), 0, f"mixed ones, of {len(got)}")
    f.same((len(got) >= 2, len(others) >= 2), (True, True), f"some of both arrive: {len(got)}, {len(others)}")
    # What still waits for a first fragment goes now, not in another point.
    net.espgw("vfr set dev wan dir in off", "vfr set dev wan dir in auto")
    f.point(f"IPv{family}: beside clear text with its identification, nothing in clear gets into the tunnel's: {what}")


def beside_ike(how):
    net.espgw("vfr set dev wan dir in max-reassemblies 1024 max-bytes 16777216")
    for family in FAMILIES:
        interleaved(f"with IKE{how}", family, UDP, G2[family], G1[family], FORWARDED if how else SOCKET, 500,
                    behind[family] if how else ears["g1", family, SOCKET], ears["g1", family, 500])


def beside_other_ports():
    net.espgw("policy flush", *(protect(G1[f], G2[f], T[f], f"proto {proto} sport {SOCKET}") for f in FAMILIES
                                for proto in ("udp", "tcp")),
              *(protect(HERE[f], OPEN[f], T[f], f"proto udp sport {FORWARDED}") for f in FAMILIES))
    public = {(ns, f): Ear(ns, f, PUBLIC) for ns in ("g1", "a") for f in FAMILIES}
    for family in FAMILIES:
        own = family, UDP, G2[family], G1[family], SOCKET, PUBLIC
        interleaved("UDP of the gateway's own", *own, ears["g1", family, SOCKET], public["g1", family])
        interleaved("TCP of the gateway's own", family, TCP, *own[2:], raw["g1", family, TCP], None)
        interleaved("UDP of a host behind", family, UDP, {4: "10.3.0.9", 6: "fd03::9"}[family], HOST[family], FORWARDED,
                    PUBLIC, behind[family], public["a", family])


# ---- ICMP errors ----

ALIAS, ELSEWHERE = {4: "10.1.0.3", 6: "fd01::3"}, {4: "172.16.5.5", 6: "fd0a::5"}  # host a's, too
ECHO = {4: ICMP, 6: ICMPV6}
TOO_BIG = {4: (3, 4), 6: (2, 0)}
KINDS = {4: [(3, 4, 1300), (3, 1, 0), (4, 0, 0), (5, 1, 0x0a010063), (11, 0, 0), (12, 0, 0)],
         6: [(2, 0, 1300), (1, 0, 0), (3, 0, 0), (4, 1, 6)]}
ERRORS = {4: (3, 4, 5, 11, 12), 6: (1, 2, 3, 4)}
flows = itertools.count(1)


def far_end(family, network=2):
    """An address on the other side that no packet has named so far."""
    n = next(flows)
    return f"10.{network}.{8 + n // 250}.{1 + n % 250}" if family == 4 else f"fd0{network}::8:{n:x}"


def options(n, next_header):
    """An IPv6 header of destination options, n bytes long, of a type that is skipped (RFC 4727)."""
    out, left = struct.pack("!BB", next_header, n // 8 - 1), n - 2
    while left:
        k = min(left, 257)
        k -= left - k == 1
        out += struct.pack("!BB", 0x1e, k - 2) + pattern(k - 2, 7)
        left -= k
    return out


def packet(family, src, dst, proto=None, upper=None, opts=0, **more):
    """A packet with options between its IP header and an echo, or another upper header. (An echo of a kind that Linux
    believes errors about by itself: IPv6's request, IPv4's reply.)"""
    proto = proto or ECHO[family]
    upper = upper or struct.pack("!BBHHH", 0 if family == 4 else 128, 0, 0, 1, 1) + pattern(56, 3)
    if family == 4:
        return ip4(src, dst, proto, upper, options=b"\1" * opts, **more)
    return ip6(src, dst, DSTOPTS if opts else proto, (options(opts, proto) if opts else b"") + upper, **more)


def error(family, src, dst, quote, kind=None):
    kind = kind or (*TOO_BIG[family], 1300)
    return ICMP_PACKET[family](src, dst, *kind, quote)


def believed(family, addresses):
    """Those that host a's routes have learned an MTU for."""
    text = subprocess.run(["ip", "-n", net.ns["a"], "-batch", "-"], stdout=subprocess.PIPE, text=True, check=True,
                          input="".join(f"route get {x}\n" for x in addresses)).stdout
    routes = re.split(r"^(?=\S)", text, flags=re.M)[1:]
    return [x for x, route in zip(addresses, routes) if "mtu 1300" in route]


def errors(family, what, cases, wanted, *counters):
    """A point: the router sends errors, each with a quote that is made for an address of its own. They arrive, or are
    not believed, and dropped for one of those reasons. A case: (quote, host it goes to, type and code, network)."""
    f, before, sent, about = Points(), net.stats(), [], []
    for quote, dst, kind, network in ((*case, *(None, None, 2)[len(case) - 1:]) for case in cases):
        about.append(far_end(family, network))
        sent.append(error(family, R1[family], dst or HOST[family], quote(about[-1]), kind))
    caught = net.exchange("r1", *sent)
    f.same([p.raw[:p.len] for p in caught["a0"]], [forwarded(p, 1) for p in sent] if wanted else [], "what arrived")
    if not wanted:
        f.same(believed(family, about), [], "believed")
    got = drops(before)
    f.same((set(got) <= set(counters), sum(got.values())), (True, 0 if wanted else len(sent)), f"drops, {got}")
    f.point(f"IPv{family}: {what}")


def quotes(family, src=None, **more):
    return lambda dst: packet(family, src or HOST[family], dst, **more)


def with_ports(family, dport, room=2000, opts=0, proto=UDP):
    """A quote of the flow that a policy with ports is about, or of another one, as much as there is room for."""
    def quote(dst):
        src = HOST[family]
        return packet(family, src, dst, proto, body_of(family, proto, dport, 100, 0, src, dst), opts)[:room]
    return quote


def fragment_of(family, off):
    def quote(dst):
        return piece(family, HOST[family], dst, UDP, body_of(family, UDP, 5000, 100, 0, HOST[family], dst), off, 1, 7)
    return quote


def patched(family, at, value, **more):
    """A quote with a byte that says something else."""
    def quote(dst):
        q = packet(family, HOST[family], dst, **more)
        return q[:at] + bytes([value]) + q[at + 1:]
    return quote


def shortened(family, room, **more):
    return lambda dst: packet(family, HOST[family], dst, **more)[:room]


def errors_in_clear(family):
    """Points: nobody may say in clear what is to be believed of a protected flow."""
    v4 = family == 4
    host, head = HOST[family], 20 if family == 4 else 40
    CLEAR, UNREADABLE = "drop_in_cleartext", "drop_in_unreadable"
    errors(family, "errors in clear about what is protected are dropped, of all types",
           [(quotes(family), None, kind) for kind in KINDS[family]], False, CLEAR)
    errors(family, "errors in clear that quote another source are dropped: local addresses, others of the prefix, any",
           [(quotes(family, src), None) for src in
            (("10.1.0.77", ALIAS[4], ELSEWHERE[4], "127.0.0.1", "203.0.113.5", "0.0.0.0") if v4 else
             ("fd01::77", ALIAS[6], ELSEWHERE[6], "::1", "2001:db8:9::9", "::"))] +
           [(quotes(family), x) for x in (ALIAS[family], ELSEWHERE[family])], False, CLEAR)
    errors(family, "errors in clear that quote a packet with few options are dropped",
           [(quotes(family, opts=n),) for n in ((0, 4, 20, 40) if v4 else (0, 8, 64, 80))], False, CLEAR)
    if not v4:
        errors(6, "errors in clear that quote a packet with many options are dropped",
               [(quotes(6, opts=n),) for n in (88, 96, 104, 128, 200, 800)], False, CLEAR)
    # What a sender of such a packet may believe, whatever else is wrong.
    few = [(shortened(family, head + 8),), (shortened(family, head),)]
    if v4:
        few += [(shortened(4, 28, opts=40),), (shortened(4, 20, opts=40),)]
        wrong = [(patched(4, 2, 0),), (patched(4, 2, 0xff),), (patched(4, 3, 19),)]
    else:
        few += [(shortened(6, n, opts=200),) for n in (40, 48, 120, 128, 200)]
        nine = lambda dst: ip6(host, dst, DSTOPTS, options(8, DSTOPTS) * 8 + options(8, ICMPV6) + pattern(64))
        late = lambda dst: ip6(host, dst, DSTOPTS, options(8, 0) + options(8, ICMPV6) + pattern(64))
        twice = lambda dst: ip6(host, dst, FRAGMENT, struct.pack("!BBHI", FRAGMENT, 0, 0, 1) +
                                struct.pack("!BBHI", ICMPV6, 0, 0, 1) + pattern(64))
        empty = lambda dst: packet(6, host, dst)[:4] + bytes(2) + packet(6, host, dst)[6:]
        wrong = [(nine,), (late,), (twice,), (empty,)]
    errors(family, "errors in clear with short quotes that show the addresses are dropped", few, False, CLEAR)
    errors(family, "errors in clear with quotes that are malformed but for addresses are dropped", wrong, False, CLEAR)
    errors(family, "errors in clear with quotes that do not show addresses are dropped",
           [(lambda dst, n=n: packet(family, host, dst)[:n],) for n in (0, 1, 8, head - 1)] +
           [(lambda dst: packet(10 - family, HOST[10 - family], far_end(10 - family)),)], False, UNREADABLE)
    # A host may not look at the version.
    errors(family, "errors in clear that quote a header of no such version, or too short a one, are dropped",
           [(patched(family, 0, n),) for n in ((0x65, 0x05, 0x44) if v4 else (0x40, 0x00, 0x50))],
           False, CLEAR, UNREADABLE)

    # Of network 3 only UDP to port 5000 is protected.
    few, many = (0, 40) if v4 else (0, 200)
    hidden = [(with_ports(family, 5000, room, opts), None, None, 3) for room, opts in
              (((20, 0), (22, 0), (60, 40), (28, 40)) if v4 else ((40, 0), (42, 0), (240, 200), (48, 200), (120, 200)))]
    errors(family, "by a policy with ports: errors in clear about what the quote shows to be protected are dropped",
           [(with_ports(family, 5000, 2000, n), None, None, 3) for n in (few, many)] +
           [(fragment_of(family, 0), None, None, 3)], False, CLEAR)
    errors(family, "by a policy with ports: what does not show them and may be protected is dropped",
           hidden + [(fragment_of(family, 64), None, None, 3)], False, UNREADABLE)
    errors(family, "by a policy with ports: what is not protected arrives, another port, another protocol",
           [(with_ports(family, 5001, 2000, n), None, None, 3) for n in (few, many)] +
           [(with_ports(family, 5000, 2000, n, TCP), None, None, 3) for n in (few, many)] +
           [(with_ports(family, 5000, head, 0, TCP), None, None, 3)], True)
    errors(family, "errors in clear about what no policy names arrive, however little they quote", [
        (quotes(family, opts=few), None, None, 9), (quotes(family, opts=many), None, None, 9),
        (shortened(family, head + 8, opts=many), None, None, 9), (shortened(family, head), None, None, 9)], True)
    errors(family, "errors in clear to hosts that no policy names arrive, even without a quote",
           [(shortened(family, n), ELSEWHERE[family], None, 9) for n in (0, 8, head)], True)

    # An error in fragments: its first one may show nothing of the quote.
    f, before, about = Points(), net.stats(), []
    for n, order in itertools.product((8, 56), ((0, 1), (1, 0))):
        about.append(far_end(family))
        whole = error(family, R1[family], host, packet(family, host, about[-1]))[head:]
        ident = next(idents)
        two = [piece(family, R1[family], host, ECHO[family], whole[:n], 0, 1, ident),
               piece(family, R1[family], host, ECHO[family], whole[n:], n, 0, ident)]
        net.send("r1", *(two[k] for k in order))
    caught = net.settle()
    f.same([p for p in caught["a0"] if not p.off], [], "first fragments at a")
    f.same(believed(family, about), [], "believed")
    f.same(drops(before), {CLEAR: 2, UNREADABLE: 2}, "drops")
    f.point(f"IPv{family}: errors in clear that come in fragments are not believed")


def errors_to_gateway():
    """Points: with all protected that is between the gateways."""
    for family in FAMILIES:
        own, peer, router = G1[family], G2[family], R1[family]
        ear, head = Ear("g1", family, 0, ECHO[family]), 20 if family == 4 else 40

        def send(what, quotes_, counters):
            ear.heard()
            f, before = Points(), net.stats()
            sent = [error(family, router, own, q) for q in quotes_]
            net.send("r1", *sent)
            net.settle()
            got = [x for x in ear.heard() if x[0] == TOO_BIG[family][0]]
            f.same(got, [x[head:] for x in sent] if not counters else [], "what arrived")
            f.same(drops(before), counters, "drops")
            f.point(f"IPv{family}: {what}")

        def of(port, src=own, n=0, proto=UDP):
            return packet(family, src, peer, proto, body_of(family, proto, port, 100, 0, src, peer), n)

        send("errors about IKE and ESP between the gateways arrive",
             [of(500), of(500)[:head + 8], of(4500), of(0, proto=ESP), of(0, proto=ESP)[:head + 8]], {})
        send("errors in clear about other packets between the gateways are dropped",
             [of(SOCKET), of(SOCKET)[:head + 8], of(SOCKET, n=40), of(0, proto=GRE)], {"drop_in_cleartext": 4})
        if family == 6:
            send("errors in clear about packets between the gateways with many options are dropped",
                 [of(SOCKET, n=88), of(SOCKET, n=200)], {"drop_in_cleartext": 2})
            send("errors about IKE with many options arrive", [of(500, n=88), of(500, n=200)], {})
        others = ("10.1.0.1", "127.0.0.1", "203.0.113.5") if family == 4 else ("fd01::1", "::1", "2001:db8:9::9")
        send("errors in clear to the gateway that quote another source are dropped",
             [of(SOCKET, src) for src in others], {"drop_in_cleartext": 3})


def errors_in_tunnel(family):
    """Points: what the tunnel brings goes by what it quotes (RFC 4301 6.2)."""
    v4, host = family == 4, HOST[family]
    inside = {4: "172.16.9.9", 6: "fd0b::9"}[family]  # a router that no policy names

    def arrive(what, quoted, wanted):
        f, before = Points(), net.stats()
        sent = [error(family, inside, host, q(far_end(family))) for q in quoted]
        caught = net.exchange("r1", *(esp(T[family], p) for p in sent))
        f.same([p.raw[:p.len] for p in caught["a0"]], [forwarded(p, 1) for p in sent] if wanted else [], "what arrived")
        f.same(drops(before), {} if wanted else {"drop_in_selector": len(sent)}, "drops")
        f.point(f"IPv{family}: errors that the tunnel brings about its own packets {what}")

    arrive("arrive", [quotes(family, opts=n) for n in ((0, 4, 40) if v4 else (0, 8, 64, 80))], True)
    if not v4:
        arrive("arrive, with many options", [quotes(6, opts=n) for n in (88, 96, 200, 800)], True)
    arrive("arrive, with short quotes that show the addresses",
           [shortened(family, n, opts=o) for n, o in (((28, 0), (20, 0), (28, 40)) if v4 else
                                                      ((48, 0), (40, 0), (48, 200), (128, 200)))], True)
    arrive("do not arrive with another source in the quote",
           [quotes(family, src) for src in (ALIAS[family], ELSEWHERE[family])], False)


def errors_leave(family):
    """Points: errors of gateway 1 about what it has decrypted, and of a host behind whose address no policy names."""
    v4, t, dead = family == 4, T[family], {4: "10.1.222.1", 6: "fd01:dead::1"}[family]
    sizes = (0, 20, 40) if v4 else (0, 64, 80, 88, 96, 200)

    def leave(what, sent, how, counters, link="r1"):
        """how: "esp", "clear" or "dropped"; each is about a packet of its own."""
        f, before = Points(), net.stats()
        caught = net.exchange(link, *sent)
        left = [(p, t.read(p)[0] if p.is_esp else p.raw[:p.len]) for p in caught["r1"]]
        wanted = [] if how == "dropped" else [how] * len(sent)
        f.same(["esp" if p.is_esp else "clear" for p, _ in left], wanted,
               f"on the wire, in clear {[q[:48].hex() for p, q in left if not p.is_esp][:3]}")
        f.same([q[0] >> 4 == family and Packet(q).proto == ECHO[family] and Packet(q).kind in ERRORS[family]
                for _, q in left], [True] * len(left), "errors")
        f.same(drops(before), counters, "drops")
        f.point(f"IPv{family}: {what}")

    def inner(dst, n, network=2, port=40000, **more):
        src = far_end(family, network)
        return packet(family, src, dst, UDP, udp(src, dst, pattern(40, 5), port, 9), n, **more)

    def of_tunnel(*packets):
        return [esp(t, p) for p in packets]

    for what, dst, more in ("no route", dead, {}), ("the end of the hop limit", HOST[family], {"ttl": 1}):
        leave(f"an error about what was decrypted leaves by the tunnel: {what}, few options",
              of_tunnel(*(inner(dst, n, **more) for n in sizes[:3])), "esp", {})
        if not v4:
            leave(f"an error about what was decrypted leaves by the tunnel: {what}, many options",
                  of_tunnel(*(inner(dst, n, **more) for n in sizes[3:])), "esp", {})
        many = 40 if v4 else 200
        leave(f"an error about what was decrypted by a policy with ports leaves by the tunnel: {what}",
              of_tunnel(*(inner(dst, n, 3, FORWARDED, **more) for n in (0, many))), "esp", {})
        leave(f"an error about what came in clear leaves in clear: {what}",
              [inner(dst, n, 3, PUBLIC, **more) for n in (0, many)], "clear", {})
    if not v4:
        # 1232 bytes of a packet are quoted.
        leave("an error that does not show ports that a policy asks for does not leave",
              of_tunnel(inner(dead, 1240, 3, FORWARDED)), "dropped", {"drop_out_unreadable": 1})

    def back(n=0, room=2000):
        """An error to whoever sent what it quotes."""
        src = far_end(family)
        return error(family, ELSEWHERE[family], src, packet(family, src, HOST[family], opts=n)[:room], KINDS[family][1])

    leave("errors of a router behind about what was decrypted leave by the tunnel",
          [back(n) for n in ((0, 40) if v4 else (0, 80))], "esp", {}, "a0")
    if not v4:
        leave("errors of a router behind about packets with many options leave by the tunnel",
              [back(n) for n in (88, 200)], "esp", {}, "a0")
    head = 20 if v4 else 40
    leave("errors of a router behind with short quotes that show the addresses leave by the tunnel",
          [back(0, head), back(0, head + 8), back(40 if v4 else 200, head + 8)], "esp", {}, "a0")
    leave("errors of a router behind that show no addresses do not leave",
          [back(0, n) for n in (0, 8, head - 1)], "dropped", {"drop_out_unreadable": 3}, "a0")


def icmp():
    for ns, name in ("g1", "ipv4/icmp_ratelimit"), ("g1", "ipv6/icmp/ratelimit"):
        net.sysctl(ns, name, 0)
    net.ip("a", [f"addr add {x[f]}/{32 if f == 4 else 128} dev lo" for x in (ALIAS, ELSEWHERE) for f in FAMILIES])
    net.ip("g1", [f"route add 172.16.0.0/16 via {HOST[4]}", f"route add fd0a::/16 via {HOST[6]}",
                  "route add unreachable 10.1.222.0/24", "route add unreachable fd01:dead::/32"])
    net.espgw("policy flush", ns="g2")
    net.espgw("policy flush", *(protect(HERE[f], THERE[f], T[f]) for f in FAMILIES),
              *(protect(HERE[f], OPEN[f], T[f], f"proto udp dport {FORWARDED}") for f in FAMILIES))
    for family in FAMILIES:
        errors_in_clear(family)
        errors_in_tunnel(family)
        errors_leave(family)


# What a stack keeps of a datagram that does not come whole, it keeps to the end of the test.
for ns in "a", "g1":
    net.sysctl(ns, "ipv4/ipfrag_time", 600)
    net.sysctl(ns, "ipv6/ip6frag_time", 600)
lost("")
vxlan()
other_protocols()
net.espgw("vfr set dev wan dir in timeout 2")
decrypted("")
clear("")
exempt("")
mixed("")
beside_ike("")

# With connection tracking the stack reassembles before it routes.
net.nft("g1", f"""table inet t {{
  chain p {{
    type nat hook prerouting priority -100
    ip daddr {G1[4]} udp dport {FORWARDED} dnat ip to {HOST[4]}
    ip6 daddr {G1[6]} udp dport {FORWARDED} dnat ip6 to {HOST[6]}
  }}
}}""")
TRACKED = ", with connection tracking"
lost(TRACKED)
decrypted(TRACKED)
clear(TRACKED)
exempt(TRACKED)
mixed(TRACKED)
beside_ike(TRACKED)
net.nft("g1", "delete table inet t")
unknown_ports()
errors_to_gateway()
beside_other_ports()
icmp()
done()
