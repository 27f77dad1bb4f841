# SPDX-License-Identifier: GPL-2.0
"""BIG TCP: the LAN's devices take super-packets of 185000 bytes. Gateway 1 runs espgw, gateway 2 the kernel's xfrm."""

from wire import *

SIZE = 185000
GSO, GRO, GSO4, GRO4 = 41, 58, 63, 64  # IFLA_GSO_MAX_SIZE, IFLA_GRO_MAX_SIZE and those of IPv4
A, B, OWN = {4: "10.1.0.2", 6: "fd01::2"}, {4: "10.2.0.2", 6: "fd02::2"}, {4: "10.1.0.1", 6: "fd01::1"}
FAR = {4: "10.3.0.9", 6: "fd03::9"}  # of host b as well, where no policy covers it
LINKS = [("a", "a0"), ("g1", "lan"), ("g1", "wan"), ("r", "r1"), ("r", "r2"), ("g2", "wan"), ("g2", "lan"), ("b", "b0")]
DATA = pattern((4 << 20) // PATIENCE, 5)
MAXSEG = 2

net = Net()
T = Tunnel(0, "gcm128")
net.tunnels([T])
net.ip("b", [f"addr add {FAR[4]}/32 dev lo", f"addr add {FAR[6]}/128 dev lo"])
net.ip("r", [f"route add 10.3.0.0/16 via {G2[4]}", f"route add fd03::/16 via {G2[6]}"])
net.ip("g2", ["route add 10.3.0.0/16 via 10.2.0.2", "route add fd03::/16 via fd02::2"])
# Enough is under way from the beginning for the longest super-packets, whatever the machine's speed.
for ns, vias in ("a", ("10.1.0.1", "fd01::1")), ("b", ("10.2.0.1", "fd02::1")), ("g1", (R1[4], R1[6])):
    net.ip(ns, [f"route replace default via {via} initcwnd 600 initrwnd 2000" for via in vias])
    for way in "rmem", "wmem":
        net.sysctl(ns, f"ipv4/tcp_{way}", "4096 4194304 16777216")


def link(ns, dev, **attributes):
    """Sets a device's attributes, by number: this ip need not know them."""
    with net.inside(net.ns[ns]):
        index = socket.if_nametoindex(dev)
    text = struct.pack("=BxHiII", 0, 0, index, 0, 0)
    for kind, value in attributes.items():
        text += struct.pack("=HHI", 8, int(kind[1:]), value)
    with net.socket(ns, socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.send(struct.pack("=IHHII", 16 + len(text), 16, 5, 1, 0) + text)  # RTM_NEWLINK, with an answer
        error = struct.unpack("=i", s.recv(4096)[16:20])[0]
    if error:
        raise RuntimeError(f"{dev}: {error}")


def big(src, dst, size, data, port=40000):
    """A super-packet as the stack makes them, to be cut in segments of so many bytes of payload."""
    v4 = "." in src
    text = struct.pack("!HHIIBBHHH", port, 9, 1000, 1, 5 << 4, 0x10, 1000, 0, 0)
    n = len(text) + len(data)
    # What is left to segmentation: the pseudo header's sum, not inverted.
    sums = addr(src) + addr(dst) + struct.pack("!HI", TCP, n)
    text = text[:16] + struct.pack("!H", ~checksum(sums) & 0xffff) + text[18:] + data
    if v4:
        h = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 7, DF, 64, TCP, 0, addr(src), addr(dst))
        packet = h[:10] + struct.pack("!H", checksum(h)) + h[12:] + text
    else:
        packet = (struct.pack("!IHBB", 6 << 28, 0, 0, 64) + addr(src) + addr(dst) +
                  struct.pack("!BBBBI", TCP, 0, 0xc2, 4, 8 + n) + text)
    start = 14 + len(packet) - n
    # The first 60000 bytes in one piece: the rest has to fit into the pages that a packet may have.
    return struct.pack("=BBHHHH", 1, 1 if v4 else 4, 60000, size, start, 16), packet


class Wan:
    """Sends by gateway 1's own device."""

    def __init__(self):
        port = net.ports["r1"]
        self.link = port.mac + port.peer_mac
        self.s = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.s.bind(("wan", 0))
        self.s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
        self.s.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)

    def send(self, vnet, packet):
        self.s.send(vnet + self.link + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet)


class Lan:
    """Sends from host a."""

    def send(self, vnet, packet):
        port = net.ports["a0"]
        port.gso.send(vnet + port.frame(packet))


def one(what, by, family, src):
    """A point: super-packets of 100,000 bytes whose segments just fit are encrypted; of one byte more are answered."""
    f, head, dst = Faults(), 40 if family == 4 else 60, str(ip_address(T.right[family]))
    src = str(ip_address(src))
    inner, data = T.inner(1500), pattern(100000, family)
    size = inner - head
    count, rest = divmod(len(data), size)
    net.settle()
    before = net.stats()
    by.send(*big(src, dst, size, data))
    caught, c = net.settle(), net.counted(before)
    f.same([(p.len, p.is_esp) for p in caught["r1"]],
           [(T.outer_len(inner), True)] * count + [(T.outer_len(rest + head), True)], "on the wire")
    got = b""
    for p in caught["b0"]:
        got += p.payload[20:]
        f.same(checksum(pseudo(p.src, p.dst, TCP, len(p.payload)) + p.payload), 0, "a checksum at b")
        f.same((p.src, p.dst, p.proto, p.len <= inner), (src, dst, TCP, True), "at b")
    f.same(got == data, True, f"the bytes at b, {len(got)}")
    f.same({k: v for k, v in c.items() if k.startswith(("drop", "out_gso", "out_packets"))},
           {"out_gso": 1, "out_packets": count + 1}, "counted")
    f.same([p for p in caught["a0"] if p.answer()], [], "answers")

    before = net.stats()
    by.send(*big(src, dst, size + 1, data))
    caught, c = net.settle(), net.counted(before)
    f.same({k: v for k, v in c.items() if k.startswith(("drop", "out_gso", "out_packets"))}, {"drop_out_too_big": 1},
           "counted of what is too big")
    f.same(caught["r1"], [], "what is too big, on the wire")
    if isinstance(by, Lan):
        f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [inner], "answers")
        for p in caught["a0"]:
            q = Packet(p.answer()[1])
            f.same((q.src, q.dst, q.proto, q.payload[:8]), (src, dst, TCP, struct.pack("!HHI", 40000, 9, 1000)), "quoted")
            f.same(q.len > inner, True, "the quoted length")
    f.point(what)


class Seen:
    """How many packets longer than 65535 bytes a device of gateway 1 receives."""

    def __init__(self, dev):
        self.s = net.socket("g1", socket.AF_PACKET, socket.SOCK_DGRAM)
        self.s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        self.s.bind((dev, 3))
        self.s.setblocking(False)

    def count(self):
        lengths = []
        while True:
            try:
                n, _, _, (_, proto, kind, *_) = self.s.recvmsg_into([bytearray(64)], 0, 0x20)  # MSG_TRUNC
            except BlockingIOError:
                return sum(x > 65575 for x in lengths), max(lengths, default=0)
            if proto in (0x800, 0x86dd) and kind != 4:  # PACKET_OUTGOING
                lengths.append(n)


def transfer(client, server, mss=None, data=DATA):
    """TCP between two (namespace, address): have the bytes come."""
    family = socket.AF_INET if "." in client[1] else socket.AF_INET6
    listener, tx = (net.socket(ns, family, socket.SOCK_STREAM) for ns in (server[0], client[0]))
    got = bytearray()
    with listener, tx:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server[1], 5001))
        for s in listener, tx:
            if mss:
                s.setsockopt(socket.IPPROTO_TCP, MAXSEG, mss)
        listener.listen()
        tx.bind((client[1], 0))
        tx.settimeout(30)
        tx.connect((server[1], 5001))
        rx, _ = listener.accept()
        rx.settimeout(30)

        def send():
            tx.sendall(data)
            tx.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        try:
            while part := rx.recv(1 << 20):
                got += part
        except socket.timeout:
            pass
        rx.close()
    return len(got), bytes(got) == data


def check(what, client, server, seen, mss=None, covered=True, more=lambda f, c: None):
    """A point: a transfer arrives, and none of its super-packets is dropped."""
    f, before, caught, many, longest = Faults(), net.stats(), {"r1": []}, 0, "-"
    net.settle()
    for _ in range(1 if covered else 6):  # how much the stack puts together is a matter of time
        f.same(transfer(client, server, mss), (len(DATA), True), "arrived")
        caught["r1"] += net.settle()["r1"]
        if seen:
            many, longest = seen.count()
        if many:
            break
    # A slow machine's stack has never so much at once.
    f.same(many > 0 or covered or PATIENCE > 1, True, f"super-packets longer than any packet: {many}, at most {longest}")
    c = net.counted(before)
    print(f"{what}: {many} super-packets of more than 65535 bytes, the longest of {longest}; "
          f"{ {k: v for k, v in c.items() if k.startswith(('drop', 'out_gso', 'icmp', 'out_no'))} }")
    f.same({k: v for k, v in c.items() if k.startswith("drop")}, {}, "drops")
    f.same([p for p in caught["r1"] if covered and (len(p.raw) > 1500 or not p.is_esp and p.proto not in
                                                    (ICMP, ICMPV6))], [], "on the wire")
    more(f, c)
    f.point(what)
    return c


NEW = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 3)
SKIP = {4: "" if NEW else "this kernel has none of IPv4"}
for family in 6, 4:
    points = [f"IPv{family}, a host's: what just fits in segments is encrypted, of one byte more it is told",
              f"IPv{family}, of a socket of gateway 1: the same",
              f"IPv{family}, a host's TCP through the tunnel: nothing is dropped",
              f"IPv{family}, a link of 1400 on the way: an answer, and it goes on",
              f"IPv{family}, from gateway 1 itself through the tunnel",
              f"IPv{family}, where no policy covers them: passed as they are",
              f"IPv{family}, in clear from the WAN: passed as they are",
              f"IPv{family}, put together on the WAN by receive offload: passed as they are",
              f"IPv{family}, decrypted, with receive offload that may put so much together: passed on"]
    if SKIP.get(family):
        for what in points:
            print(f"ok {what} # SKIP {SKIP[family]}", flush=True)
        continue
    for ns, dev in LINKS:
        link(ns, dev, **{f"n{GSO}": SIZE, f"n{GRO}": 65536}, **({f"n{GSO4}": SIZE, f"n{GRO4}": 65536} if family == 4
                                                               else {}))
    a, b, far, own = ("a", A[family]), ("b", B[family]), ("b", FAR[family]), ("g1", OWN[family])
    if NEW:
        one(points[0], Lan(), family, T.left[family])
    else:
        print(f"ok {points[0]} # SKIP this kernel takes the option off on the way to gateway 1, and then drops the packet",
              flush=True)
    one(points[1], Wan(), family, OWN[family])
    net.settle()
    for ns in "a", "g1":
        net.sysctl(ns, "ipv4/route/flush", 1)
        net.sysctl(ns, "ipv6/route/flush", 1)
    check(points[2], a, b, Seen("lan"))

    f, before = Faults(), net.stats()
    net.mtu(r2=1400)
    f.same(transfer(a, b), (len(DATA), True), "arrived")
    caught, c = net.settle(), net.counted(before)
    told = {p.answer()[0] for p in caught["a0"] if p.answer()}
    f.same(told, {max(T.inner(1400), 1280 if family == 6 else 0)}, "answers")
    f.same({k for k in c if k.startswith("drop")} <= {"drop_out_too_big"}, True, f"drops: {c}")
    f.same(c.get("drop_out_too_big", 0) <= 20 * PATIENCE, True, f"{c.get('drop_out_too_big')} super-packets were too big")
    f.same([p for p in caught["r2"] if len(p.raw) > 1400], [], "on the wire")
    quotes = [Packet(p.answer()[1]) for p in caught["a0"] if p.answer()]
    f.same([(q.proto, q.dst) for q in quotes if (q.proto, q.dst) != (TCP, B[family])], [], "quoted: TCP, by its header")
    f.point(points[3])
    net.mtu(r2=1500)
    net.espgw("pmtu flush")
    for ns in "a", "g1":
        net.sysctl(ns, "ipv4/route/flush", 1)
        net.sysctl(ns, "ipv6/route/flush", 1)

    check(points[4], own, b, None, mss=1300)
    # IPv6's option counts, to the kernel, when it looks whether segments fit the device: a smaller MSS.
    check(points[5], a, far, Seen("lan"), mss=1400, covered=False,
          more=lambda f, c: f.same(c.get("out_no_policy", 0) > 0, True, "passed without a policy"))
    check(points[6], far, a, Seen("wan"), mss=1400, covered=False)
    subprocess.run(["ip", "netns", "exec", net.ns["g1"], "ethtool", "-K", "wan", "gro", "on"], check=True)
    link("g1", "wan", **{f"n{GRO}": SIZE}, **({f"n{GRO4}": SIZE} if family == 4 else {}))
    check(points[7], far, a, Seen("wan"), mss=1400, covered=False)
    check(points[8], b, a, None)
    subprocess.run(["ip", "netns", "exec", net.ns["g1"], "ethtool", "-K", "wan", "gro", "off"], check=True)
done()
