# SPDX-License-Identifier: GPL-2.0
"""Tunnel devices whose packets an SA protects: path MTU down to the hosts, multicast, recursive routing, nesting.

Gateway 2 is the kernel's own xfrm, with the same policies mirrored.
"""

import re

from over import *


def exception(dst):
    """The path MTU that the kernel's own routes have for an address, None if they know of none."""
    with net.inside(net.ns["g1"]):
        text = subprocess.run(["ip", "route", "get", dst], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"\bmtu (\d+)", text)
    return int(found[1]) if found else None


def forget():
    """What gateway 1's routes have learned (those of IPv6 with the route that they are of), and espgw."""
    net.sysctl("g1", "ipv4/route/flush", 1)
    net.ip("g1", [f"route replace default via {R1[6]}"])
    net.espgw("pmtu flush")


def step(what, packet, wanted, exceptions=None, port="a0"):
    """A point: what became of a packet, and what the gateway's routes know then ({address: MTU})."""
    f = Faults()
    got = sent(packet, port)
    for k in wanted:
        f.same(got[k], wanted[k], k)
    for dst, mtu in (exceptions or {}).items():
        f.same(exception(dst), mtu, f"route exception for {dst}")
    return f.point(what)


def walk(t, what, number, head, family=4):
    """A host finds its way through a tunnel device over ESP, from 1500 bytes down, number by number."""
    def packet(length, **more):
        return inside(number, length, family, **({"df": 1} if family == 4 else {}), **more)

    dev, one, two = 1500 - head, t.inner(1500) - head, t.inner(1400) - head
    step(f"{what}: 1500 bytes are answered with {dev}: the device's header", packet(1500), result([dev]))
    step(f"{what}: {dev} bytes: ESP tells the device {t.inner(1500)}", packet(dev),
         result(drop_out_too_big=1, icmp_answered=1), {t.remote: t.inner(1500)})
    step(f"{what}: again: the device answers {one}", packet(dev), result([one]))
    step(f"{what}: so it does to one byte more than that", packet(one + 1), result([one]))
    step(f"{what}: {one} bytes fill the link, with DF", packet(one),
         result(esp=[(t.outer_len(t.inner(1500)), True)], arrived=True, out_packets=1))
    net.mtu(r2=1400)
    step(f"{what}: the link becomes 1400: the router tells ESP, ESP tells the device {t.inner(1400)}", packet(one),
         result(esp=[(t.outer_len(t.inner(1500)), True)], out_packets=1, pmtu_accepted=1, icmp_answered=1,
                icmp_relayed=1), {t.remote: t.inner(1400)})
    equal(row(t), (1400, t.inner(1400), "icmp"), f"{what}: the SA's path MTU is 1400, {t.inner(1400)} inside")
    step(f"{what}: again: the device answers {two}", packet(one), result([two]))
    step(f"{what}: {two} bytes arrive", packet(two),
         result(esp=[(t.outer_len(t.inner(1400)), True)], arrived=True, out_packets=1))
    step(f"{what}: and back", packet(two, back=True), {"arrived": True, "other": []}, port="b0")
    net.mtu(r2=1500)
    forget()


def together(pieces):
    """What the fragments of one packet carry, None if something is missing."""
    data = b""
    for p in sorted(pieces, key=lambda p: p.off):
        if p.off != len(data):
            return None
        data += p.payload
    return data if pieces and not max(pieces, key=lambda p: p.off).mf else None


def cut(what, packet, esp, arrives=True, **counted):
    """A point: a packet that may be cut on the way. esp: lengths of what is inside each ESP packet."""
    f = Faults()
    before = net.stats()
    caught = net.exchange("a0", packet)
    now = net.counted(before)
    f.same([(p.len, p.df, p.mf, p.off) for p in caught["r1"]], [(GCM.outer_len(n), True, False, 0) for n in esp], "ESP")
    f.same([p for p in caught["a0"] if p.answer()], [], "answers")
    f.same(together(caught["b0"]) == packet[20:], arrives, "at b, put together and byte for byte")
    counted = {"drop_out_too_big": 0, "icmp_answered": 0, "out_prefrag": 0, **counted}
    f.same({k: now.get(k, 0) for k in counted}, counted, "counted")
    f.point(what)


def gre_pieces(n):
    """Lengths of the two even pieces of a packet."""
    first = ((n - 20 + 1) // 2 + 7) // 8 * 8
    return first + 20, n - first


def offers(what, t, number, head, family=4):
    """A point: what SYNs through a tunnel device offer in the end, both ways; head: bytes of its headers."""
    f = Faults()
    fits = t.inner(1500) - head - (40 if family == 4 else 60)
    ends = ((f"10.1.{number}.9", f"10.2.{number}.9") if family == 4 else
            (f"fd01:0:{number:x}::9", f"fd02:0:{number:x}::9"))
    for port, other, (src, dst) in ("a0", "b0", ends), ("b0", "a0", ends[::-1]):
        for offer, wanted in (1460, fits), (fits + 1, fits), (fits, fits), (536, 536):
            for odd in b"", b"\1":
                before = net.stats()
                got = net.exchange(port, syn(src, dst, offer, odd))[other]
                f.same([p.raw for p in got], [forwarded(syn(src, dst, wanted, odd), 2)],
                       f"{offer} from {port}{', odd' if odd else ''}")
                f.same(net.counted(before).get("mss_adjusted", 0), int(offer != wanted), f"{offer}: adjusted")
        # A SYN without the option is not given one here, nor is a segment without SYN looked at.
        for flags, options in (2, b""), (16, b"\2\4\x05\xb4"):
            p = syn(src, dst, None, options, flags)
            f.same([q.raw for q in net.exchange(port, p)[other]], [forwarded(p, 2)], f"flags {flags} from {port}")
    f.point(f"{what}: a SYN offers {fits} at most, both ways")


def syn(src, dst, offer, odd=b"", flags=2):
    options = odd + (b"" if offer is None else b"\2\4" + struct.pack("!H", offer))
    options += bytes(-len(options) % 4)
    h = struct.pack("!HHIIBBHHH", 40000, 80, 1, 0, 80 + len(options) * 4, flags, 65535, 0, 0) + options
    h = h[:16] + struct.pack("!H", checksum(pseudo(src, dst, TCP, len(h)) + h)) + h[18:]
    return ip4(src, dst, TCP, h, df=1) if "." in src else ip6(src, dst, TCP, h)


def multicast(what, proto, group, length, **more):
    """A point: a gateway's packet to a group goes by gre1 to the other gateway, both ways."""
    f = Faults()
    for ns, there, src, wire in ("g1", "g2", "172.20.0.1", "r1"), ("g2", "g1", "172.20.0.2", "r2"):
        tx = net.socket(ns, socket.AF_INET, socket.SOCK_RAW, 255)
        tx.setsockopt(socket.SOL_SOCKET, 25, b"gre1\0")  # SO_BINDTODEVICE
        if proto == OSPF:  # as a routing daemon listens
            with net.inside(net.ns[there]):
                index = socket.if_nametoindex("gre1")
            rx = net.socket(there, socket.AF_INET, socket.SOCK_RAW, OSPF)
            rx.setsockopt(0, 35, addr(group) + struct.pack("=4xI", index))  # IP_ADD_MEMBERSHIP
        else:
            rx = net.socket(there, socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            rx.bind(("gre1", 0x800))
        rx.setblocking(False)
        if proto == UDP:
            p = datagram(src, group, length, **more)
        else:
            p = ip4(src, group, proto, pattern(length - 20), **more)
        tx.sendto(p, (group, 0))
        caught = net.settle()
        f.same([(q.len, q.is_esp, q.mf, q.off) for q in caught[wire]],
               [(GCM.outer_len(length + 24), True, False, 0)], f"ESP from {ns}")
        try:
            got = rx.recv(4096)
        except BlockingIOError:
            got = None
        f.same(got, p, f"at {there}")
        tx.close()
        rx.close()
    f.point(what)


SHA1, GCM = Over(1, "cbc-sha1", G1[4], G2[4]), Over(2, "gcm128", G1[4], G2[4])
protect(SHA1)
device("gre1", "gre", G1[4], G2[4])
through("gre1", 7)
through("gre1", 8)

# ---- the walk-through ----
# With AES-CBC and HMAC-SHA-1-96 the textbook's 58 bytes are what a full packet costs.
equal((SHA1.inner(1500) - 24, SHA1.inner(1400), SHA1.inner(1400) - 24), (1414, 1342, 1318), "the textbook's numbers")
walk(SHA1, "AES-CBC", 7, 24)
protect(GCM, "replace")
walk(GCM, "AES-GCM", 7, 24)
walk(GCM, "IPv6 inside", 8, 24, 6)
IP6 = Over(3, "gcm128", G1[6], G2[6], outer=6)
protect(IP6)
device("gre6", "ip6gre", G1[6], G2[6], "encaplimit none hoplimit 64", 1)
through("gre6", 11)
through("gre6", 12)
walk(IP6, "over IPv6", 11, 44)
walk(IP6, "IPv6 over IPv6", 12, 44, 6)
for ns in "g1", "g2":
    net.ip(ns, ["link set gre6 type ip6gre encaplimit 4"])
step("over IPv6, with the option of a limit of encapsulations", inside(11, 300, df=1),
     result(esp=[(IP6.outer_len(300 + 52), True)], arrived=True, out_packets=1))
left, right = ends(81)
IP = Over(4, "gcm128", left, right, IPIP)
protect(IP)
device("ipip1", "ipip", left, right, "ttl 64", 2)
through("ipip1", 13)
walk(IP, "IPIP", 13, 20)

# ---- hosts that do no path MTU discovery ----
# The packets of a device with "pmtudisc", the default, all have DF. With "nopmtudisc" they have that of what is inside,
# with "ignore-df" besides never.
cut("pmtudisc: a long packet with DF=0 is cut by the device's MTU, its first piece once more before ESP",
    inside(7, 1500), [764, 756, 68], out_prefrag=1)
cut("pmtudisc: and again: the device need not know", inside(7, 1500), [764, 756, 68], out_prefrag=1)
f = Faults()
for n in 1422, 1423, 1447, 1476:
    caught = net.exchange("a0", p := inside(7, n))
    f.same(together(caught["b0"]) == p[20:], True, f"{n} bytes at b")
    f.same([(q.len, q.df) for q in caught["r1"]], [(GCM.outer_len(n), True) for n in
           ([n + 24] if n == 1422 else gre_pieces(n + 24))], f"{n} bytes: ESP")
f.same(exception(G2[4]), None, "route exception")
f.point("pmtudisc: from one byte too big to the device's MTU")
f, lines = Faults(), net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)
lines.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: IP_PMTUDISC_DONT
lines.bind(("172.20.0.1", 0))
rx = net.socket("g2", socket.AF_INET, socket.SOCK_DGRAM)
rx.bind(("172.20.0.2", 4000))
rx.setblocking(False)
for n in range(1423, 1477, 4):
    lines.sendto(pattern(n - 28, n), ("172.20.0.2", 4000))
net.settle()
for n in range(1423, 1477, 4):
    try:
        f.same(rx.recv(4096) == pattern(n - 28, n), True, f"datagram of {n} bytes")
    except BlockingIOError:
        f.append(f"datagram of {n} bytes: lost")
f.point("pmtudisc: none of 14 datagrams of the gateway itself, DF=0, is lost")
net.ip("g1", [f"link set gre1 mtu {GCM.inner(1500) - 24}"])
cut("pmtudisc: the cure is an MTU of the device that fits", inside(7, 1500), [1444, 124])
net.ip("g1", ["link set gre1 mtu 1476"])
forget()
for name, words, number, n, i in ("gre2", "nopmtudisc", 14, 82, 5), ("gre3", "nopmtudisc ignore-df", 15, 83, 6):
    left, right = ends(n)
    protect(Over(i, "gcm128", left, right))
    device(name, "gre", left, right, f"ttl inherit {words}", number)
    through(name, number)
cut("nopmtudisc: DF=0: ESP cuts the device's packet", inside(14, 1500), [764, 756, 68], out_prefrag=1)
step("nopmtudisc: DF=1: ESP tells the device", inside(14, 1476, df=1), result(drop_out_too_big=1, icmp_answered=1),
     {"192.168.82.2": GCM.inner(1500)})
step("nopmtudisc: the device answers", inside(14, 1476, df=1), result([GCM.inner(1500) - 24]))
cut("nopmtudisc: DF=0: what the device knows now the stack cuts to", inside(14, 1500), [1444, 76, 68])
cut("ignore-df: DF=0", inside(15, 1500), [764, 756, 68], out_prefrag=1)
cut("ignore-df: DF=1 goes the same way", inside(15, 1476, df=1), [764, 756], out_prefrag=1)
step("ignore-df: the device's MTU counts all the same", inside(15, 1500, df=1), result([1476]))
for ns in "g1", "g2":
    net.ip(ns, ["link set gre3 mtu 1500"])
cut("ignore-df: with an MTU of 1500 hosts see 1500", inside(15, 1500, df=1), [764, 756, 44], out_prefrag=1)

# ---- what SYNs offer ----
for number, more, head in (17, "", 24), (18, "key 7", 28), (19, "csum key 7 seq", 36):
    left, right = ends(120 + number)
    t = Over(100 + number, "gcm128", left, right)
    protect(t)
    device(f"gre{number}", "gre", left, right, f"ttl 64 {more}", number)
    through(f"gre{number}", number)
    offers(f"GRE {more}".strip(), t, number, head)
    offers(f"GRE {more}".strip() + ", IPv6 inside", t, number, head, 6)
offers("IPIP", IP, 13, 20)
# 8 of them are the option of a limit of encapsulations.
offers("GRE over IPv6", IP6, 12, 52)
offers("GRE over IPv6, IPv6 inside", IP6, 12, 52, 6)
left, right = ends(150)
SIT = Over(120, "gcm128", left, right, 41)
protect(SIT)
device("sit1", "sit", left, right, "ttl 64", 31)
through("sit1", 31)
offers("IPv6 in IPv4", SIT, 31, 20, 6)
left, right = ends(151)
TAP = Over(121, "gcm128", left, right)
protect(TAP)
device("gretap1", "gretap", left, right, "ttl 64", 32)
for ns, there in ("g1", "g2"), ("g2", "g1"):
    with net.inside(net.ns[there]):
        mac = json.loads(subprocess.check_output(["ip", "-j", "link", "show", "gretap1"]))[0]["address"]
    net.ip(ns, [f"neigh replace 172.20.32.{there[1]} lladdr {mac} dev gretap1 nud permanent",
                f"route replace 10.{there[1]}.32.0/24 via 172.20.32.{there[1]} dev gretap1"])
offers("Ethernet in GRE", TAP, 32, 38)
cut("Ethernet in GRE: DF=0 is cut", inside(32, 1462), gre_pieces(1500), out_prefrag=1)

# ---- TCP, as it comes: super-packets ----
# To those the device gives no answer; a lone segment that is sent again gets it.
through("gre1", 0)
forget()
net.mtu(r2=1400)
f, before, data = Faults(), net.stats(), pattern(1 << 20, 5)
whole, longest = net.stream(data, ("a", "10.1.0.2"), ("b", "10.2.0.2"))
caught = net.settle()
now = net.counted(before)
f.same((whole, longest < 10 * PATIENCE), (True, True), f"whole, the longest wait {longest:.2f} s")
f.same([p for p in caught["r1"] if not p.is_esp or p.mf or p.off], [], "what is not whole ESP")
f.same(max(p.len for p in caught["r1"][len(caught["r1"]) // 4:]), 1400, "the longest ESP packet, in the end")
f.same(now.get("out_gso", 0) > 0, True, "super-packets")
f.same(now.get("out_prefrag", 0), 0, "cut")
f.point("a TCP transfer through GRE in ESP, with a link of 1400 on the way")
net.mtu(r2=1500)
forget()

# ---- multicast ----
for ns in "g1", "g2":
    net.sysctl(ns, "ipv4/igmp_link_local_mcast_reports", 0)
multicast("OSPF's packets cross the tunnel, both ways", OSPF, "224.0.0.5", 88, ttl=1, tos=0xc0)
multicast("so does 239.1.2.3", UDP, "239.1.2.3", 300, ttl=8)
multicast("and as large as fits", UDP, "239.1.2.3", GCM.inner(1500) - 24, ttl=8, df=1)

# ---- recursive routing ----
left, right = ends(84)
LOOP = Over(7, "gcm128", left, right)
protect(LOOP)
device("gre4", "gre", left, right, number=16)
through("gre4", 16)
monitor = Monitor(net, "sa alert")
fine = result(esp=[(LOOP.outer_len(224), True)], arrived=True, out_packets=1)
step("GRE between addresses that no link has", inside(16, 200, df=1), fine)
known = row(LOOP)
CIRCLE = f"route add {G2[4]} via 172.20.16.2 dev gre4"
net.ip("g1", [CIRCLE])
begin = time.monotonic()
step("the way to the peer leads through the tunnel: the packet is dropped where it comes round", inside(16, 200, df=1),
     result(drop_out_loop=1, out_packets=1))
f, path = Faults(), row(LOOP)
f.same(path[0] >= 1476, True, f"path MTU {path}")
for i in range(5):
    got = sent(inside(16, 1400 if i else 200, df=i & 1))
    f.same(got, result(drop_out_held=1), f"packet {i + 2}")
f.same(row(LOOP), path, "path MTU after them")
f.point("what follows meets an SA that rests; nothing leaves, the path MTU stays")
time.sleep(1.2)
f = Faults()
f.same(sent(inside(16, 200)), result(drop_out_held=1), "a packet a second later")
alerts = [e for e in monitor.events(2, "alert")]
f.same([(e["event"], int(e["spi"], 16), e["src"], e["dst"]) for e in alerts],
       [("recursive_routing", LOOP.spi_out, G1[4], G2[4])], "alerts")
f.point("one alert tells of it")
net.ip("g1", [CIRCLE.replace("add", "del")])
f = Faults()
f.same(row(LOOP), known, "path MTU")
f.same(sent(inside(16, 200)), result(drop_out_held=1), "right after the repair")
f.same(time.monotonic() - begin < 9, True, "the machine is fast enough for this test")
f.point("the route is repaired: the SA still rests, with the path MTU it had")
step("other SAs to the same peer do not", inside(7, 200, df=1),
     result(esp=[(GCM.outer_len(224), True)], arrived=True, out_packets=1))
f = Faults()
while time.monotonic() < begin + 30:
    got = sent(inside(16, 200, df=1))
    if got == fine:
        break
    f.same(got, result(drop_out_held=1), "meanwhile")
    time.sleep(0.1)
f.same(got, fine, "in the end")
f.same(10 <= time.monotonic() - begin < 15, True, f"after {time.monotonic() - begin:.1f} s")
f.point("after 10 s it carries packets again")
net.ip("g1", [CIRCLE])
begin = time.monotonic()
f = Faults()
f.same(sent(inside(16, 200, df=1)), result(drop_out_loop=1, out_packets=1), "the packet")
f.same([e["event"] for e in monitor.events(2, "alert")], ["recursive_routing"], "alerts")
net.ip("g1", [CIRCLE.replace("add", "del")])
f.point("a second time it is the same")

# ---- nesting ----
# gre12 lies in gre13, that in gre14: the ESP of each goes to addresses that are routed by the next one. The hosts' own
# packets have an SA as well, which is routed by one of them: so they are in one to four.
level = {k: Over(30 + k, "gcm128", *ends(90 + k), ends=None if k == 4 else ends(100 + k)) for k in (2, 3, 4)}
for k, t in level.items():
    protect(t)
    device(f"gre1{k}", "gre", t.local, t.remote, number=20 + k)
for k in 2, 3:
    routed(100 + k, f"gre1{k + 1}")
for depth in 1, 2, 3, 4:
    protect(Over(20 + depth, "gcm128", ends=None if depth == 1 else ends(110 + depth)))
    if depth > 1:
        routed(110 + depth, f"gre1{6 - depth}")


def nested(tunnel, depth, **more):
    """A packet of that tunnel, and the length of the ESP packet around it, that many deep."""
    n = GCM.outer_len(200)
    for _ in range(depth - 1):
        n = GCM.outer_len(n + 24)
    return inside(20 + tunnel, 200, df=1, **more), n


for depth in range(1, 5):
    f, (p, n) = Faults(), nested(depth, depth)
    f.same(sent(p), result(esp=[(n, True)], arrived=True, out_packets=depth), "out")
    got = sent(nested(depth, depth, back=True)[0], "b0")
    f.same((got["arrived"], got["other"], len(got["esp"])), (True, [], 1), "back")
    f.point(f"{depth} deep, both ways")

# Newer kernels let no more than three tunnel devices be around a packet: one level more, then, by a macvlan device.
# gre14's ESP goes there, comes to the WAN device from above, and is in an SA once more.
A_, B_ = ends(105)
net.ip("g1", ["link add mv0 link wan type macvlan mode bridge", "link set mv0 addrgenmode none", "link set mv0 up",
              f"neigh replace {B_} lladdr {net.ports['r1'].mac.hex(':')} dev mv0 nud permanent",
              f"route add {B_} dev mv0 src {A_}"])
net.espgw(*Over(35, "gcm128", A_, B_, ESP).commands(),
          *Over(36, "gcm128", level[4].local, level[4].remote, ends=(A_, B_)).commands("replace"))
p, n = nested(3, 3)
through_four = result(esp=[(GCM.outer_len(n), True)], out_packets=4)
step("3 deep and one around it", p, through_four)
step("5 deep is refused", nested(4, 4)[0], result(drop_out_loop=1, out_packets=4))
step("that holds nothing down", nested(3, 3)[0], through_four)
equal([e["event"] for e in monitor.events(1.5, "alert")], [], "nor is it an alert")
done()
