# SPDX-License-Identifier: GPL-2.0
"""Gateway 1's WAN is in a VRF, its LAN in none or in another one. Gateway 2 runs the kernel's own xfrm.

All that host a and host b send each other has a mark in it.  A packet socket of gateway 1 sees what leaves by any of its
devices: the mark must not be in there, but on the LAN, and on its VRF's device, which has what this host says itself.
"""

from over import *

MARK = b"in clear text: this must not be seen"
OUTGOING, BINDTODEVICE = 4, 25
WAN, LAN = 100, 200  # tables of the VRFs
OWN = {4: "10.1.0.1", 6: "fd01::1"}

# Plain and in UDP, over IPv4 and IPv6; with fragmentation after encryption; to be read and made here.
PLAIN = [Tunnel(i, "gcm128", outer=outer, natt=natt) for i, (outer, natt) in
         enumerate(((4, False), (6, False), (4, True), (6, True)))]
AFTER = [Tunnel(4 + i, "gcm128", outer=outer, espgw_out="df clear frag after") for i, outer in enumerate((4, 6))]
NULL = [Tunnel(6 + i, "null-sha256", outer=outer) for i, outer in enumerate((4, 6))]
OTHER = Tunnel(8, "gcm128", natt=4600)
ALL = PLAIN + AFTER + NULL + [OTHER]


def g1(*commands):
    net.ip("g1", commands)


def rule(words):
    for v in "-4", "-6":
        subprocess.run(["ip", "-n", net.ns["g1"], v, "rule", *words.split()], check=True)


def rules():
    """As the kernel's documentation of VRFs wants it: a VRF's table before the addresses that are in none."""
    rule("add pref 32765 table local")
    rule("del pref 0")


def vrf(name, table):
    g1(f"link add {name} type vrf table {table}", f"link set {name} up", 
       *(f"route add unreachable {every} metric 4278198272 table {table}" for every in ("0.0.0.0/0", "::/0")))


def enslave(dev, name):
    """Its neighbours and IPv6 addresses are gone with that."""
    mac = net.ports["r1" if dev == "wan" else "a0"].mac.hex(":")
    own, far = (G1[6], R1) if dev == "wan" else (OWN[6], {4: "10.1.0.2", 6: "fd01::2"})
    g1(f"link set {dev} {f'master {name}' if name else 'nomaster'}", f"addr replace {own}/64 dev {dev} nodad",
       *(f"neigh replace {a} lladdr {mac} dev {dev} nud permanent" for a in far.values()))


def leak(table, dev="wan", via=True):
    """What is behind the router is reached from there. (And the router, which fences come from.)"""
    for family, prefix in (4, "10.2.0.0/16"), (6, "fd02::/16"):
        g1(f"route replace {prefix} {f'via {R1[family]} ' if via else ''}dev {dev} table {table}")
    g1(f"route replace {R1[4]}/32 dev wan table {table}")


def home(table, *words):
    """What is behind host a."""
    for w in words or ("replace",):
        g1(f"route {w} 10.1.0.0/16 via 10.1.0.2 dev lan table {table}", f"route {w} fd01::/16 via fd01::2 dev lan table {table}")


def uplink(table=WAN):
    g1(f"route replace default via {R1[4]} dev wan table {table}", f"route replace default via {R1[6]} dev wan table {table}")


watch = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
watch.setblocking(False)


def leaks():
    """By which devices packets have left with the mark, how many each."""
    found = {}
    while True:
        try:
            raw, (dev, _, kind, *_) = watch.recvfrom(70000)
        except BlockingIOError:
            return found
        if kind == OUTGOING and dev not in ("lan", "lo", "vrf-lan") and MARK in raw:
            found[dev] = found.get(dev, 0) + 1


def marked(src, dst, n, family, **more):
    marked.count += 1
    data = MARK + pattern(n - (28 if family == 4 else 48) - len(MARK), marked.count)
    return (ip4 if family == 4 else ip6)(src, dst, UDP, udp(src, dst, data), **more)


marked.count = 0


def inner(t, family, n, back=False, **more):
    ends = t.left[family], t.right[family]
    return marked(*(ends[::-1] if back else ends), n, family, **more)


def drops(before):
    return {k: v for k, v in net.counted(before).items() if k.startswith("drop_") or k == "out_guarded"}


def raws(packets):
    return sorted(p.raw for p in packets)


def name(t):
    return f"dst {t.ends(1)[1]} spi {t.spi_out:#x}"


def row(t):
    return next((r["pmtu"], r["inner_mtu"], r["source"]) for r in net.show("pmtu show")
                if int(r["spi"], 16) == t.spi_out)


def passes(f, t, guarded={}):
    """Both ways, small ones and those that just fit."""
    most = t.inner(1500)
    for family in 4, 6:
        there, back = ([inner(t, family, n, b) for n in (200, most)] for b in (False, True))
        before = net.stats()
        leaks()
        net.send("a0", *there)
        net.send("b0", *back)
        caught = net.settle()
        what = f"{t}, IPv{family} inside"
        f.same(drops(before), guarded, f"{what}: counted")
        f.same([p.len for p in caught["r1"] if p.spi == t.spi_out], [t.outer_len(200), t.outer_len(most)], f"{what}: ESP")
        f.same(raws(caught["b0"]), sorted(map(forwarded, there)), f"{what}: arrived at b")
        f.same(raws(caught["a0"]), sorted(map(forwarded, back)), f"{what}: arrived at a")
        f.same(leaks(), {}, f"{what}: left in clear")


def told(caught):
    """Who was answered what, from where, about whose packet."""
    return [(p.src, p.dst, p.answer()[0], Packet(p.answer()[1]).src) for p in caught["a0"] if p.answer()]


def answered(f, t, guarded={}):
    """What is too big for the SA; what becomes too big for the path."""
    one, two = t.inner(1500), t.inner(1400)
    if t is PLAIN[0]:
        f.same((one, two), (1446, 1346), "sizes")
    for family in 4, 6:
        what = f"{t}, IPv{family} inside"
        df = {"df": 1} if family == 4 else {}
        left = t.left[family]
        before = net.stats()
        caught = net.exchange("a0", inner(t, family, one + 1, **df))
        f.same(told(caught), [(OWN[family], left, one, left)], f"{what}: answers to {one + 1}")
        f.same(drops(before), {"drop_out_too_big": 1, **guarded}, f"{what}: counted")
        net.mtu(r2=1400)
        before = net.stats()
        caught = net.exchange("a0", inner(t, family, one, **df))
        f.same(told(caught), [(OWN[family], left, two, left)], f"{what}: answers of the path")
        c = net.counted(before)
        f.same([c.get(k) for k in ("pmtu_accepted", "icmp_relayed", "icmp_answered")], [1, 1, 1], f"{what}: counted of that")
        f.same(row(t), (1400, two, "icmp"), f"{what}: path MTU")
        packet = inner(t, family, two, **df)
        caught = net.exchange("a0", packet)
        f.same(raws(caught["b0"]), [forwarded(packet)], f"{what}: {two} arrives")
        net.mtu(r2=1500)
        net.espgw("pmtu flush")


def point(what, run, *args, **more):
    f = Faults()
    try:
        run(f, *args, **more)
    except Exception as e:
        f.append(repr(e)[:300])
    leaks()
    f.point(what)


# ---- the WAN in a VRF ----

commands = [c for t in ALL if t not in NULL for c in t.commands()]
# Policies of a device hold for what the stack has put together as well.
commands += [c.replace("policy add", "policy add dev wan") for t in NULL for c in t.commands()]
# Nothing but what is sent here is to be counted.
net.espgw("default set probe off", *commands)
net.xfrm_tunnels(ALL)
f = Faults()
for t in PLAIN:
    passes(f, t)
f.point("without VRFs")

rules()
vrf("vrf-wan", WAN)
enslave("wan", "vrf-wan")
uplink()
home(WAN)
leak("main")
for t in PLAIN:
    point(f"the WAN in a VRF: {t}: passes, both ways, in place", passes, t)
for t in PLAIN:
    point(f"the WAN in a VRF: {t}: answered", answered, t)


def before(f):
    """Inner packets that may be cut, before encryption."""
    for t in PLAIN:
        stats = net.stats()
        caught = net.exchange("a0", inner(t, 4, 1500, df=0))
        c = net.counted(stats)
        f.same((drops(stats), c.get("out_prefrag"), c.get("out_prefrag_pieces")), ({}, 1, 2), f"{t}: counted")
        f.same(sum(p.len - p.hdr for p in caught["b0"]), 1480, f"{t}: bytes arrived")


def after(f):
    for t in AFTER:
        stats = net.stats()
        packet = inner(t, 4, 1500)
        caught = net.exchange("a0", packet)
        f.same((drops(stats), net.counted(stats).get("out_postfrag")), ({}, 1), f"{t}: counted")
        # Of IPv6 the first one has 1448 bytes of data, a multiple of 8.
        f.same([p.len for p in caught["r1"]], [1500, t.outer_len(1500) - 1480] if t.outer == 4 else
               [1496, t.outer_len(1500) - 1440], f"{t}: pieces")
        f.same(raws(caught["b0"]), [forwarded(packet)], f"{t}: arrived")


point("the WAN in a VRF: fragments before encryption", before)
point("the WAN in a VRF: fragments after encryption", after)


def cut(packet, at, ident=77):
    """An IP packet in two fragments."""
    if packet[0] >> 4 == 4:
        p, more = Packet(packet), {"ident": ident}
        return (ip4(p.src, p.dst, p.proto, p.payload[:at], mf=1, **more),
                ip4(p.src, p.dst, p.proto, p.payload[at:], off=at, **more))
    p = Packet(packet)
    return tuple(ip6(p.src, p.dst, FRAGMENT, struct.pack("!BBHI", p.proto, 0, word, ident) + data)
                 for word, data in ((1, p.payload[:at]), (at, p.payload[at:])))


def reassembled(f):
    """ESP in fragments is taken where the VRF's device stands for the WAN."""
    for t in NULL:
        for family in 4, 6:
            whole = inner(t, family, 700, back=True)
            stats = net.stats()
            caught = net.exchange("r1", *cut(t.esp(t.spi_in, reassembled.seq, whole), 400, reassembled.seq))
            reassembled.seq += 1
            c = net.counted(stats)
            f.same((drops(stats), c.get("in_reassembled"), c.get("in_packets")), ({}, 1, 1), f"{t}: counted")
            f.same(raws(caught["a0"]), [forwarded(whole, 1)], f"{t}: arrived")
            # Two fragments of a datagram, each in ESP that is.
            pieces = cut(inner(t, family, 700, back=True), 400, reassembled.seq)
            stats = net.stats()
            got = []
            for p in pieces:
                got += net.exchange("r1", *cut(t.esp(t.spi_in, reassembled.seq, p), 240, reassembled.seq))["a0"]
                reassembled.seq += 1
            c = net.counted(stats)
            f.same((drops(stats), c.get("in_reassembled"), c.get("in_packets")), ({}, 2, 2), f"{t}: fragments: counted")
            f.same(raws(got), sorted(forwarded(p, 1) for p in pieces), f"{t}: fragments: arrived")


reassembled.seq = 1
point("the WAN in a VRF: ESP that arrives in fragments, for policies of the WAN", reassembled)


def between(f):
    """In clear, in fragments, to a port that ESP may come to, between addresses that a policy covers."""
    s, d = G1[4], G2[4]
    words = f"src {s}/32 dst {d}/32"
    net.espgw(f"policy add {words} action protect reqid {PLAIN[0].reqid} src {s} dst {d}")
    sock = net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, BINDTODEVICE, b"vrf-wan\0")
    sock.bind(("0.0.0.0", 4600))
    sock.setblocking(False)
    stats = net.stats()
    packet = ip4(d, s, UDP, udp(d, s, MARK + pattern(500), sport=4600, dport=4600))
    net.exchange("r1", *cut(packet, 240, 99))
    try:
        f.append(f"{len(sock.recv(2000))} bytes have arrived in clear")
    except BlockingIOError:
        pass
    f.same(drops(stats), {"drop_in_cleartext": 1}, "counted")
    sock.close()
    net.espgw(f"policy del {words}")


point("the WAN in a VRF: clear text in fragments, which might have been ESP in UDP, is dropped once it is whole", between)


def keepalive(f):
    for t in PLAIN[2:]:
        s, d = t.ends(1)[:2]
        stats = net.stats()
        data = udp(d, s, b"\xff", 4500, 4500)
        caught = net.exchange("r1", ip4(d, s, UDP, data) if t.outer == 4 else ip6(d, s, UDP, data))
        f.same((net.counted(stats).get("in_keepalive"), drops(stats), caught["r1"]), (1, {}, []), f"{t}: received")
        stats = net.stats()
        net.espgw(f"sa set {name(t)} keepalive 1")
        time.sleep(3.5)
        net.espgw(f"sa set {name(t)} keepalive 0")
        sent = [(p.src, p.dst, p.sport, p.dport, p.payload[8:]) for p in net.settle()["r1"]]
        f.same(net.counted(stats).get("out_keepalive", 0) in (2, 3, 4), True, f"{t}: sent {net.counted(stats)}")
        f.same(sent, [(s, d, 4500, 4500, b"\xff")] * net.counted(stats).get("out_keepalive", 0), f"{t}: on the wire")


point("the WAN in a VRF: NAT-T keepalives are sent, and those of the peer end here", keepalive)


def probes(f):
    for t in PLAIN:
        for family in 4, 6:
            host = {4: f"10.2.{t.i}.200", 6: f"fd02:0:{t.i:x}:2::200"}[family]
            net.ip("b", [f"addr replace {host}/{32 if family == 4 else 128} dev lo"])
            net.mtu(r2=1380)
            stats = net.stats()
            net.espgw(f"pmtu probe {name(t)} echo {host}")
            end = time.monotonic() + 20
            while time.monotonic() < end and row(t)[0] != 1380:
                time.sleep(0.2)
            f.same(row(t)[:2], (1380, t.inner(1380)), f"{t}, IPv{family} inside: found")
            c = net.counted(stats)
            f.same((c.get("out_probe", 0) > 0, c.get("in_probe", 0) > 0), (True, True), f"{t}, IPv{family} inside: {c}")
            net.mtu(r2=1500)
            net.espgw("pmtu flush")


point("the WAN in a VRF: the path MTU is found by probes", probes)


def own(f, device=""):
    """The gateway's own sockets, in no VRF or in one."""
    for t in PLAIN[1:3]:
        for family, af, level, discover, get in ((4, socket.AF_INET, socket.IPPROTO_IP, 10, 14),
                                                 (6, socket.AF_INET6, socket.IPPROTO_IPV6, 23, 24)):
            s = net.socket("g1", af, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, BINDTODEVICE, f"{device}\0".encode())
            s.setsockopt(level, discover, 2)
            s.bind((OWN[family], 0))
            far = t.right[family][:-1] + "7"
            s.connect((far, 9))
            net.settle()
            before = net.stats()
            leaks()
            head = 28 if family == 4 else 48
            s.send(MARK + pattern(t.inner(1500) - head - len(MARK)))
            caught = net.settle()
            f.same([p.len for p in caught["b0"]], [t.inner(1500)], f"{t}, IPv{family}: what fits arrives")
            s.send(MARK + pattern(t.inner(1500) + 1 - head - len(MARK)))
            caught = net.settle()
            f.same([p.len for p in caught["b0"]], [], f"{t}, IPv{family}: one byte more")
            f.same(s.getsockopt(level, get), t.inner(1500), f"{t}, IPv{family}: what the socket has learned")
            f.same((drops(before), leaks()), ({"drop_out_too_big": 1}, {}), f"{t}, IPv{family}: counted; left in clear")
            s.close()


point("the WAN in a VRF: the gateway's own sockets, in none, pass and learn", own)


def by_vrf(f):
    """The leaked route names the VRF's device."""
    leak("main", "vrf-wan", False)
    for t in PLAIN:
        passes(f, t, {"out_guarded": 2})
        answered(f, t, {"out_guarded": 1})
    net.espgw("dev attach vrf-wan")
    for t in PLAIN:
        passes(f, t)
        answered(f, t)
    g1("link set vrf-wan txqueuelen 100")
    subprocess.run(["tc", "-n", net.ns["g1"], "qdisc", "add", "dev", "vrf-wan", "root", "pfifo"], check=True)
    passes(f, PLAIN[0])
    subprocess.run(["tc", "-n", net.ns["g1"], "qdisc", "del", "dev", "vrf-wan", "root"], check=True)
    leak("main")


point("the leaked route names the VRF's device: encrypted there, once, and answered; no alert where that is attached", by_vrf)


def ends_of(t, dev):
    """Its outer addresses, gateway 1's on a device."""
    left, right = t.outer_ends
    bits, via = (32, 4) if t.outer == 4 else (128, 6)
    g1(f"addr add {left}/{bits} dev {dev}{'' if via == 4 else ' nodad'}")
    net.ip("g2", [f"addr add {right}/{bits} dev lo{'' if via == 4 else ' nodad'}"])
    net.ip("r", [f"route add {left} via {G1[via]}", f"route add {right} via {G2[via]}"])
    net.espgw(*t.commands())
    net.ip("g2", t.xfrm())


def elsewhere(f):
    """The outer address is the VRF's; or it is in none, and the peer is reached by the VRF."""
    for i, (where, outer) in enumerate((("vrf-wan", 4), ("vrf-wan", 6), ("lo", 4), ("lo", 6))):
        t = Over(20 + i, "gcm128", outer=outer, ends=(f"192.168.{20 + i}.1", f"192.168.{20 + i}.2") if outer == 4 else
                 (f"fd00:0:{20 + i}::1", f"fd00:0:{20 + i}::2"))
        ends_of(t, where)
        if where == "lo":
            g1(f"route add {t.outer_ends[1]} dev vrf-wan")
        passes(f, t)
        answered(f, t)


point("the SA's address on the VRF's device; or in no VRF, with a route that names that device", elsewhere)


def underlay(f):
    """ESP by a tunnel device of the VRF: what that says of it is by the VRF, as by loopback elsewhere."""
    t = Over(24, "gcm128", ends=("192.168.24.1", "192.168.24.2"))
    for ns, l, r, words in ("g1", G1[4], G2[4], "dev vrf-wan"), ("g2", G2[4], G1[4], ""):
        net.ip(ns, [f"link add gre9 type gre local {l} remote {r} ttl 64 {words}", "link set gre9 addrgenmode none"])
    g1("link set gre9 master vrf-wan", "link set gre9 up")
    net.ip("g2", ["link set gre9 up"])
    net.espgw("dev attach gre9")
    ends_of(t, "vrf-wan")
    g1(f"route add {t.outer_ends[1]} dev gre9 src {t.outer_ends[0]} table {WAN}")
    net.ip("g2", [f"route add {t.outer_ends[0]} dev gre9 src {t.outer_ends[1]}"])
    for family in 4, 6:
        one, two = t.inner(1476), t.inner(1376)
        df = {"df": 1} if family == 4 else {}
        caught = net.exchange("a0", inner(t, family, one + 1, **df))
        f.same([x[2] for x in told(caught)], [one], f"IPv{family} inside: answers to {one + 1}")
        net.mtu(r2=1400)
        answers = [[x[2] for x in told(net.exchange("a0", inner(t, family, one, **df)))] for _ in range(5)]
        f.same(answers.count([]) in (0, 1, 2), True, f"IPv{family} inside: unanswered: {answers}")
        f.same({n for x in answers for n in x}, {two}, f"IPv{family} inside: answers")
        packet = inner(t, family, two, **df)
        f.same(raws(net.exchange("a0", packet)["b0"]), [forwarded(packet)], f"IPv{family} inside: {two} arrives")
        net.mtu(r2=1500)
        net.sysctl("g1", "ipv4/route/flush", 1)
        net.espgw("pmtu flush")


point("a GRE device of the VRF below ESP, whose path shrinks: learned", underlay)


# ---- policy routing and multipath ----

net.ip("r", ["link add r3 type veth peer name wan2 netns " + net.ns["g1"], "addr add 203.0.113.254/24 dev r3",
             "addr add 2001:db8:3::fe/64 dev r3 nodad", "link set r3 up"])
VIA2 = {4: "203.0.113.254", 6: "2001:db8:3::fe"}


def wan2(name):
    g1(f"link set wan2 {f'master {name}' if name else 'nomaster'}", "link set wan2 up", "addr replace 203.0.113.1/24 dev wan2",
       "addr replace 2001:db8:3::1/64 dev wan2 nodad",
       *(f"neigh replace {a} lladdr {net.ports['r3'].mac.hex(':')} dev wan2 nud permanent" for a in VIA2.values()))


net.ports["r3"] = Port(net, "r3", net.ns["r"], "r3", net.ns["g1"], "wan2")


def by_mark(f):
    """The outer route is by the SA's mark, whatever VRF its address is in, where the rule comes first."""
    wan2(None)
    for family, far in VIA2.items():
        g1(f"route add {G2[family]} via {far} dev wan2 table 300")
    rule("add fwmark 0x20/0x20 pref 400 table 300")
    for t in PLAIN[:2]:
        for mark, where in ("0x20/0x20", "r3"), ("0/0", "r1"):
            net.espgw(f"sa set {name(t)} mark {mark}")
            packets = [inner(t, family, 200) for family in (4, 6)]
            stats = net.stats()
            caught = net.exchange("a0", *packets)
            f.same({port: sum(p.is_esp for p in caught[port]) for port in ("r1", "r3")},
                   {"r1": 0, "r3": 0, where: 2}, f"{t}, mark {mark}: ESP")
            f.same((raws(caught["b0"]), drops(stats)), (sorted(map(forwarded, packets)), {}), f"{t}, mark {mark}: arrived, counted")
    rule("del pref 400")


point("the outer route goes by the SA's mark, before the VRF", by_mark)


def multipath(f):
    """ESP of an SA keeps to one of several outer routes, and so to what it has learned; inner packets spread."""
    wan2("vrf-wan")
    leak("main")
    hops = {family: " ".join(f"nexthop via {via} dev {dev}" for via, dev in ((R1[family], "wan"), (VIA2[family], "wan2")))
            for family in (4, 6)}
    try:
        g1(f"route replace default table {WAN} {hops[4]}")
        families = 4, 6
    except RuntimeError:
        print("# this kernel has no CONFIG_IP_ROUTE_MULTIPATH: IPv6 only")
        families = 6,
    g1(f"route replace ::/0 table {WAN} {hops[6]}")
    for family in families:
        net.sysctl("g1", f"ipv{family}/fib_multipath_hash_policy", 1)
    for spread in False, True:
        if spread:
            for family in families:
                g1(f"route replace {'10.2.0.0/16' if family == 4 else 'fd02::/16'} {hops[family]}")
        for t in (t for t in PLAIN if t.outer in families):
            net.mtu(r2=1400)
            net.exchange("a0", inner(t, 4, t.inner(1500), df=1))
            what = f"{t}, {'spread' if spread else 'not spread'}"
            for _ in range(2):
                packets = [inner(t, family, 200 + i) for i in range(12) for family in (4, 6)]
                for i, p in enumerate(packets):  # flows
                    packets[i] = (ip4 if p[0] >> 4 == 4 else ip6)(Packet(p).src, Packet(p).dst, UDP, udp(
                        Packet(p).src, Packet(p).dst, Packet(p).payload[8:], sport=1000 + i))
                stats = net.stats()
                leaks()
                caught = net.exchange("a0", *packets)
                f.same(sorted(sum(p.is_esp for p in caught[port]) for port in ("r1", "r3")), [0, 24], f"{what}: ESP")
                c = net.counted(stats)
                f.same(0 < c.get("out_guarded", 0) < 24 if spread else c.get("out_guarded", 0), spread or 0, f"{what}: {c}")
                f.same((raws(caught["b0"]), leaks()), (sorted(map(forwarded, packets)), {}), f"{what}: arrived; left in clear")
                f.same(row(t)[0::2], (1400, "icmp"), f"{what}: path MTU")
            net.mtu(r2=1500)
            net.espgw("pmtu flush")
    leak("main")
    uplink()
    g1("link del wan2")
    del net.ports["r3"]


point("multipath, outer and inner: an SA's packets keep to one way, flows spread inside", multipath)


# ---- the LAN in a VRF as well ----

vrf("vrf-lan", LAN)
enslave("lan", "vrf-lan")
home(LAN)
home(WAN)
leak(LAN)
for t in PLAIN:
    point(f"both in VRFs: {t}: passes, both ways, in place", passes, t)
for t in PLAIN:
    point(f"both in VRFs: {t}: answered", answered, t)


def only_home(f):
    """The WAN's VRF does not know the LAN: what comes out of the tunnel finds it by the SA's mark."""
    for t in PLAIN:
        net.espgw(f"sa set dst {t.ends(1)[0]} spi {t.spi_in:#x} mark {LAN}/0xffff")
    rule(f"add fwmark {LAN} pref 500 table {LAN}")
    # For fences only.
    g1("route add 10.1.0.2/32 dev lan table 100")
    home(WAN, "del")
    for t in PLAIN:
        passes(f, t)
        answered(f, t)
    home(WAN)
    rule("del pref 500")
    g1("route del 10.1.0.2/32 dev lan table 100")


point("both in VRFs, and the WAN's has no route to the LAN: senders are answered in their own", only_home)


def transfers(f):
    for t in PLAIN[:2]:
        for family in 4, 6:
            net.transfer(f, t, family, 1 << 18)
    f.same(leaks(), {}, "left in clear")


point("both in VRFs: the gateway's own sockets, in the LAN's, pass and learn", own, "vrf-lan")
point("both in VRFs: TCP of hosts' own stacks", transfers)


def circle(f):
    """The route to the peer has come to lead through the tunnel, within the VRF."""
    t = PLAIN[0]
    l, r = "192.168.40.1", "192.168.40.2"
    g1(f"addr add {l}/32 dev vrf-wan", f"link add gre8 type gre local {l} remote {r} ttl 64 dev vrf-wan",
       "link set gre8 master vrf-wan", "link set gre8 up", f"route add {G2[4]} dev gre8 src {G1[4]} table {WAN}")
    net.espgw(f"policy add src {l}/32 dst {r}/32 action protect reqid {t.reqid} src {G1[4]} dst {G2[4]}")
    net.settle()
    stats = net.stats()
    caught = net.exchange("a0", inner(t, 4, 200))
    c = net.counted(stats)
    f.same((c.get("out_packets"), c.get("drop_out_loop"), caught["r1"]), (1, 1, []), f"counted: {c}")


point("in a VRF, the route to the peer leads through its own tunnel: dropped", circle)
done()
