# SPDX-License-Identifier: GPL-2.0
"""usage: mtu.py SIDE RESULTS                   runs the checks with this as gateway 1
       mtu.py table RESULTS                    prints the results side by side, in Markdown
       mtu.py readme TABLE README              puts that into README, between lines <!-- compare -->

What a gateway makes of path MTUs, seen from outside: on the wire and at the hosts, and never by the gateway's own
counters.  So the same checks judge espgw, set up by hand ("espgw") or having adopted what strongSwan has negotiated for
an interface per tunnel ("ike"), and, in its place, the kernel's own IPsec: "xfrm" as `ip xfrm` sets it up, "nopmtudisc"
with that flag in its states, which clears the outer DF.  Gateway 2 is kernel xfrm each time.

For espgw each check is a point of the test.  What the others make of it is information, appended to RESULTS.
"""

import select
import traceback

from wire import *

SIDES = {"espgw": "espgw", "ike": "espgw, keyed by strongSwan", "xfrm": "kernel xfrm", "nopmtudisc": "kernel xfrm, `nopmtudisc`"}
TIMER = 0.5  # after which the request of a UDP client counts as lost, seconds
AGE = 2  # of what is learned, where that is looked at, seconds
STALL = 6.0 * PATIENCE  # the longest that a TCP connection may stand still: several of its own timers
IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU, PMTUDISC_DO = 10, 14, 23, 24, 2
EMSGSIZE = 90

# ---- the tunnels ----

KINDS = [Tunnel(1, "gcm128"), Tunnel(2, "gcm128", natt=True), Tunnel(3, "gcm128", outer=6),
         Tunnel(4, "gcm128", outer=6, natt=True)]
V4, NATT, V6, NATT6 = KINDS
CIPHERS = [Tunnel(8 + 4 * i + k, alg, t.outer, t.natt) for i, alg in enumerate(
    ("chacha", "cbc-sha1", "cbc-sha256", "cbc-sha384", "cbc-sha512")) for k, t in enumerate(KINDS)]
CLEAR, COPY = ([Tunnel(40 + 2 * i + k, "gcm128", natt=t.natt, espgw_out=words) for k, t in enumerate((V4, NATT))]
               for i, words in enumerate(("df clear", "df copy")))
SHORT_AGE = [Tunnel(50 + i, "gcm128", t.outer, t.natt, espgw_out=f"pmtu-age {AGE}")
             for i, t in enumerate((V4, V6))]
# A quote without an SPI is of an SA with these ports: of one such SA each
PORTS = [Tunnel(60 + i, "gcm128", natt=4510 + i) for i in range(2)]
TUNNELS = KINDS + CIPHERS + CLEAR + COPY + SHORT_AGE + PORTS


class Gateway:
    """Gateway 1, whatever runs on it."""

    def __init__(self, side):
        self.side, self.is_espgw, self.flushers = side, side in ("espgw", "ike"), {}
        self.tunnels = [t for t in TUNNELS if side != "ike" or t not in PORTS]  # charon has one port for all
        if side == "ike":
            self.negotiate()
            return
        if side == "espgw":
            net.espgw("dev attach wan", *(c for t in TUNNELS for c in t.commands()))
        else:
            net.xfrm_tunnels(TUNNELS, 1, "nopmtudisc" if side == "nopmtudisc" else "")
        net.xfrm_tunnels(TUNNELS)

    def negotiate(self):
        """Both gateways have a charon; gateway 1 an xfrm interface for each tunnel, which espgw has adopted."""
        from ike import Charon, Child, Conn
        ciphers = dict(gcm128="aes128gcm128", chacha="chacha20poly1305", **{
            "cbc-sha1": "aes128-sha1", "cbc-sha256": "aes128-sha256", "cbc-sha384": "aes256-sha384",
            "cbc-sha512": "aes256-sha512"})
        conns = []
        for outer, natt in (4, False), (4, True), (6, False), (6, True):
            children = tuple(
                Child(f"t{t.i}", *zip(*t.prefixes(1)), proposals=ciphers[t.name] + "-noesn",
                      more=f"if_id_in = {100 + t.i}\nif_id_out = {100 + t.i}")
                for t in self.tunnels if (t.outer, bool(t.natt)) == (outer, natt))
            name = f"v{outer}{'natt' if natt else ''}"
            conns.append(Conn(G1[outer], G2[outer], f"one.{name}", f"two.{name}", name, children, encap=natt))
        for t in self.tunnels:
            net.ip("g1", [f"link add x{t.i} type xfrm dev wan if_id {100 + t.i}", f"link set x{t.i} up",
                          *(f"route add {prefix} dev x{t.i} src {src}"
                            for (_, prefix), src in zip(t.prefixes(1), ("10.1.0.1", "fd01::1")))])
        net.espgw("dev attach wan", "xfrm on mode interface",
                  *(f"xfrm set if-id {100 + t.i} {t.espgw_out}" for t in self.tunnels if t.espgw_out))
        self.daemons = [Charon(net, "g2", *(c.other(children=tuple(k.other(more="") for k in c.children)) for c in conns)).start(),
                        Charon(net, "g1", *conns).start()]
        for c in conns:
            for k in c.children:
                self.daemons[1].up(k.name, ike=c.name)
        sas = {s["name"]: s for s in self.daemons[1].sas()}
        for t in self.tunnels:
            t.spi_out, t.spi_in = sas[f"t{t.i}"]["spi_out"], sas[f"t{t.i}"]["spi_in"]
        wanted = sorted(s for t in self.tunnels for s in (t.spi_out, t.spi_in))
        end = time.monotonic() + 20 * PATIENCE
        while True:
            there = sorted(int(s["spi"], 16) for s in net.show("sa show"))
            if there == wanted:
                break
            if time.monotonic() > end:
                raise RuntimeError(f"adopted: {there}, not {wanted}")
            time.sleep(0.2)

    def forget(self):
        """What was learned of paths, and what gateway and hosts remember of it."""
        if self.is_espgw:
            net.espgw("pmtu flush")
        for ns in "g1", "a":
            net.sysctl(ns, "ipv4/route/flush", -1)
            p = self.flushers.get(ns)
            if not p:  # one process for all the test: starting it costs most in a VM
                p = self.flushers[ns] = subprocess.Popen(
                    ["stdbuf", "-oL", "ip", "-6", "-o", "-n", net.ns[ns], "-batch", "-"], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
            p.stdin.write("route flush cache\nlink show dev lo\n")
            if not p.stdout.readline():
                raise RuntimeError("the routes' exceptions cannot be flushed")

    def short_age(self, on):
        """SHORT_AGE says it for espgw; xfrm relies on the routes' exceptions."""
        if not self.is_espgw:
            for family in "ipv4", "ipv6":
                net.sysctl("g1", f"{family}/route/mtu_expires", AGE if on else 600)


# ---- the checks ----

CHECKS = []


class Check:
    def __init__(self, section, text, over, fn, learns, links):
        self.section, self.text, self.over, self.fn = section, text, over, fn
        self.learns, self.links = learns, links


def check(section, text, over, learns=True, **links):
    """A check: a function of (faults, tunnel, family inside), run over each of 'over', on links of these MTUs.

    learns: each run begins with nothing known of any path; if not, only the first.  The function may return what it
    measured: packets lost, seconds.
    """
    def add(fn):
        CHECKS.append(Check(section, text, over, fn, learns, links))
        return fn
    return add


def over(tunnels, families=(4, 6)):
    return [(t, family) for t in tunnels for family in families]


def label(t, family):
    return f"IPv{family} in IPv{t.outer}{' NAT-T' if t.natt else ''}" + ("" if t.name == "gcm128" else f" {t.name}")


source = 0


def packet(t, family, length, df=1, **more):
    """A datagram through a tunnel, from a source of its own."""
    global source
    source += 1
    more.update({"df": df} if family == 4 else {})
    return datagram(t.left_of(source, family), t.right[family], length, source, **more)


def send(*packets):
    return net.exchange("a0", *packets)


def outer(caught, t):
    """What left gateway 1 by a tunnel's outer addresses, fragments and all."""
    return [p for p in caught["r1"] if p.src == G1[t.outer] and p.proto == (UDP if t.natt else ESP)]


def told(caught, sent):
    """The MTUs that a packet's sender was told."""
    return [p.answer()[0] for p in caught["a0"] if p.answer() and p.dst == Packet(sent).src]


def passes(f, t, family, length, what):
    """A packet with DF that must leave in one piece and arrive as it was."""
    sent = packet(t, family, length)
    caught = send(sent)
    f.same([(p.len, p.mf, p.off) for p in outer(caught, t)], [(t.outer_len(length), False, 0)], f"{what}: on the wire")
    f.same([p.raw for p in caught["b0"]], [forwarded(sent)], f"{what}: at b")
    f.same(told(caught, sent), [], f"{what}: answers")


def refused(f, t, family, length, mtu, what):
    """A packet with DF that must not leave, and whose sender must be told."""
    sent = packet(t, family, length)
    caught = send(sent)
    f.same(outer(caught, t), [], f"{what}: on the wire")
    f.same(told(caught, sent), [mtu], f"{what}: MTU that the sender is told")


def full(t, family=4):
    """A full-sized ESP packet that has just left; it may get lost."""
    out = outer(send(packet(t, family, t.inner(1500))), t)
    if len(out) != 1 or out[0].len != t.outer_len(t.inner(1500)):
        raise RuntimeError(f"no full-sized packet leaves: {out}")
    return out[0]


SIZES = "What fits"


@check(SIZES, "6 ciphers: what just fits passes whole", over(KINDS + CIPHERS), learns=False)
def _(f, t, family):
    passes(f, t, family, t.inner(1500), "inner(1500)")


@check(SIZES, "6 ciphers: with one byte more and DF=1 the sender is told the exact size", over(KINDS + CIPHERS),
       learns=False)
def _(f, t, family):
    refused(f, t, family, t.inner(1500) + 1, t.inner(1500), "inner(1500) + 1")


@check(SIZES, "the same when the gateway's device carries 1400", over(KINDS), learns=False, r1=1400)
def _(f, t, family):
    passes(f, t, family, t.inner(1400), "inner(1400)")
    refused(f, t, family, t.inner(1400) + 1, t.inner(1400), "inner(1400) + 1")


@check(SIZES, "the device's MTU falls and rises: the size follows at once", over(KINDS))
def _(f, t, family):
    for mtu in 1500, 1444, 1500, 1390, 1500:
        net.mtu(r1=mtu)
        refused(f, t, family, t.inner(mtu) + 1, t.inner(mtu), f"at {mtu}")
    passes(f, t, family, t.inner(1500), "at last")


def lookahead(f, t, mtu, what):
    """Datagrams without DF, one of them from a source that has fragmented it: no fragments of ESP, and b gets all."""
    big = pattern(3980, 7)
    src = packet(t, 4, 100)
    src, dst = Packet(src).src, Packet(src).dst
    pieces = [ip4(src, dst, UDP, big[i:i + 1480], mf=i + 1480 < len(big), off=i, ident=0x777) for i in (0, 1480, 2960)]
    whole = packet(t, 4, 1500, df=0)
    for name, sent, wanted in ("1500 bytes", [whole], whole[20:]), ("4000 bytes in fragments", pieces, big):
        caught = send(*sent)
        f.same([p for p in outer(caught, t) if p.mf or p.off], [], f"{what}, {name}: fragments of ESP")
        f.same([p for p in outer(caught, t) if p.len > mtu], [], f"{what}, {name}: too large")
        got = sorted((p.off, p.payload) for p in caught["b0"] if p.dst == dst)
        f.same(b"".join(x for _, x in got), wanted, f"{what}, {name}: payload at b")


@check(SIZES, "DF=0, too big: ESP is never fragmented, the peer never reassembles it", over(KINDS, [4]), learns=False)
def _(f, t, family):
    lookahead(f, t, 1500, "at 1500")


@check(SIZES, "64 KiB super-packet (GSO): passes if its segments fit, else one answer", over(KINDS), learns=False)
def _(f, t, family):
    hdr = 40 if family == 4 else 60
    fit = t.inner(1500) - hdr
    for size in fit, fit + 1:
        count, src, dst = 64000 // size, t.left[family], t.right[family]
        data = pattern(count * size)
        h = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 5 << 4, 0x18, 1000, 0, 0)
        c = ~checksum(pseudo(src, dst, TCP, 20 + len(data))) & 0xffff
        h = h[:16] + struct.pack("!H", c) + h[18:]
        net.ports["a0"].send_gso((ip4(src, dst, TCP, h + data, df=1) if family == 4 else ip6(src, dst, TCP, h + data)),
                                 size, hdr)
        caught = net.settle()
        if size == fit:
            f.same([p.len for p in outer(caught, t)], [t.outer_len(fit + hdr)] * count, "lengths on the wire")
            f.same(b"".join(p.raw[hdr:] for p in caught["b0"]), data, "payload at b")
        else:
            f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [fit + hdr], "answers to one byte more")
            f.same(outer(caught, t), [], "one byte more: on the wire")


DROP = "The path shrinks behind the gateway, from 1500 to 1400"


@check(DROP, "learned from the router's error: the next DF=1 packet is refused with the exact size", over(KINDS),
       r2=1400)
def _(f, t, family):
    full(t, family)
    refused(f, t, family, t.inner(1500), t.inner(1400), "the next")
    passes(f, t, family, t.inner(1400), "what was told")


@check(DROP, "the sender of the packet that the router refuses is told at once, if it is lost", over(KINDS), r2=1400)
def _(f, t, family):
    sent = packet(t, family, t.inner(1500))
    caught = send(sent)
    f.same(len(outer(caught, t)), 1, "packets on the wire")
    if any(p.raw == forwarded(sent) for p in caught["b0"]):
        return
    f.same(told(caught, sent), [t.inner(1400)], "MTU that its sender is told")
    f.same([sent[20 if family == 4 else 40:][:8] in p.answer()[1] for p in caught["a0"] if p.answer()], [True],
           "quotes its ports")


@check(DROP, "DF=0 from then on: cut to fit, ESP is not fragmented on the way either", over(KINDS, [4]), r2=1400)
def _(f, t, family):
    full(t)
    lookahead(f, t, 1400, "at 1400")


class Udp:
    """A UDP client on a host or gateway 1 and a server at b, which answers each request; the client heeds the MTU."""

    def __init__(self, t, family, ns="a"):
        self.family, self.t = family, t
        af = socket.AF_INET if family == 4 else socket.AF_INET6
        self.right = t.right[family][:-1] + "7"
        self.left = {("a", 4): "10.1.0.2", ("a", 6): "fd01::2", ("g1", 4): "10.1.0.1", ("g1", 6): "fd01::1"}[ns, family]
        net.ip("b", [f"addr replace {self.right}/{32 if family == 4 else 128} dev b0"])
        self.server, self.client = net.socket("b", af, socket.SOCK_DGRAM), net.socket(ns, af, socket.SOCK_DGRAM)
        self.server.bind((self.right, 7001))
        self.client.bind((self.left, 0))
        if family == 4:
            self.client.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DO)
        else:
            self.client.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_DO)
        self.client.connect((self.right, 7001))
        for s in self.server, self.client:
            s.setblocking(False)

    def mtu(self):
        return (self.client.getsockopt(socket.IPPROTO_IP, IP_MTU) if self.family == 4 else
                self.client.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU))

    def ask(self, length):
        """A request of that IP length: "done", "told" that it is too big (its packet is lost), "refused" (it was not
        even sent), or "lost"."""
        data = pattern(length - (28 if self.family == 4 else 48))
        try:
            self.client.send(data)
        except OSError as e:
            if e.errno != EMSGSIZE:
                raise
            return "refused"
        end, late = time.monotonic() + TIMER, False
        while True:
            ready = select.select([self.server, self.client], [], [], max(0, end - time.monotonic()))[0]
            if late and not ready:
                return "lost"
            late = time.monotonic() >= end
            if late:  # on a slow machine it may still be under way
                net.settle()
            for s in ready:
                try:
                    got, peer = s.recvfrom(65536)
                except OSError as e:
                    if e.errno != EMSGSIZE:
                        raise
                    return "told"
                if s is self.client:
                    return "done"
                if got == data:
                    s.sendto(b"yes", peer)

    def crossing(self):
        """Requests as large as can be while the path shrinks.  Returns what became of each, and seconds to success."""
        for _ in range(4):
            if self.ask(min(self.mtu(), 1500)) == "done":
                break
        else:
            raise RuntimeError("no answer before the path shrinks")
        net.mtu(r2=1400)
        begun, fate = time.monotonic(), []
        while len(fate) < 10 and "done" not in fate:
            fate.append(self.ask(min(self.mtu(), 1500)))
        return fate, time.monotonic() - begun


CROSSINGS = {}  # one experiment, several checks


def crossing(t, family):
    """What became of a host's requests, the seconds to success, and then the MTUs of its socket and its route."""
    if (t, family) not in CROSSINGS:
        u = Udp(t, family)
        CROSSINGS[t, family] = *u.crossing(), u.mtu(), exception(net.ns["a"], u)
    return CROSSINGS[t, family]


SOME = [(V4, 4), (V4, 6), (NATT, 4), (V6, 4), (V6, 6)]


@check(DROP, "UDP requests as large as can be go on, at most two lost", SOME)
def _(f, t, family):
    fate, took, *_ = crossing(t, family)
    number = sum(x in ("lost", "told") for x in fate)
    f.same(fate[-1], "done", "the last")
    f.same(number <= 2, True, f"lost: {fate}")
    return number, took


@check(DROP, "UDP: one lost at most, and no timer of the client's runs out", SOME)
def _(f, t, family):
    fate = crossing(t, family)[0]
    f.same(fate in (["told", "done"], ["done"]), True, f"what became of the requests: {fate}")


@check(DROP, "the host's routing table has the exact value (`ip route get`)", SOME)
def _(f, t, family):
    fate, _, socket_mtu, route_mtu = crossing(t, family)
    f.same((fate[-1], socket_mtu, route_mtu), ("done", t.inner(1400), t.inner(1400)), "the last, its socket, the route")


def ip_json(ns, *words):
    return json.loads(subprocess.run(["ip", "-n", ns, "-j", *words], text=True, check=True, stdout=subprocess.PIPE).stdout)[0]


def exception(ns, u):
    """The MTU in what `ip route get` says; None if there is none."""
    return ip_json(ns, "route", "get", u.right, "from", u.left).get("metrics", [{}])[0].get("mtu")


def route_mtu(ns, u):
    """The same, or else that of the device in it."""
    return exception(ns, u) or ip_json(ns, "link", "show", ip_json(ns, "route", "get", u.right, "from", u.left)["dev"])["mtu"]


class Tcp:
    """A connection to b, and bytes that a host or gateway 1 sends."""

    def __init__(self, t, family, ns="a"):
        af = socket.AF_INET if family == 4 else socket.AF_INET6
        right = t.right[family][:-1] + "7"
        left = {("a", 4): "10.1.0.2", ("a", 6): "fd01::2", ("g1", 4): "10.1.0.1", ("g1", 6): "fd01::1"}[ns, family]
        net.ip("b", [f"addr replace {right}/{32 if family == 4 else 128} dev b0"])
        self.listener = net.socket("b", af, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((right, 7002))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 49152)  # so that not all is under way at once
        self.listener.listen(1)
        self.client = net.socket(ns, af, socket.SOCK_STREAM)
        self.client.bind((left, 0))
        self.client.settimeout(10)
        self.client.connect((right, 7002))
        self.server = self.listener.accept()[0]
        for s in self.client, self.server:
            s.setblocking(False)

    def send(self, f, size, at=None, do=None):
        """Sends so many bytes; after 'at' of them have arrived calls do().  Returns the longest pause, in seconds."""
        data, sent, got = pattern(size, 3), 0, bytearray()
        last, longest = time.monotonic(), 0.0
        while len(got) < size and time.monotonic() - last < 4 * STALL:
            reads, writes, _ = select.select([self.server], [self.client] if sent < size else [], [], 0.5)
            if writes:
                sent += self.client.send(data[sent:sent + 65536])
            if reads:
                longest = max(longest, time.monotonic() - last)
                got += self.server.recv(1 << 18)
                if at is not None and len(got) >= at:
                    at = do()
                last = time.monotonic()
        f.same(bytes(got), data, "what b got")
        f.same(longest <= STALL, True, f"a pause of {longest:.1f} s")
        return longest


def shrink():
    """Now the path shrinks; of what passes from now on, what is too large is lost."""
    for _ in range(2):  # the second time there is little to take
        for port in net.ports.values():
            port.poll()
            port.got = []
    net.mtu(r2=1400)


def lost(t):
    """How many packets the router has refused since the path has shrunk."""
    return len([p for p in outer(net.settle(), t) if p.len > 1400 and p.df])


@check(DROP, "a TCP transfer goes on", SOME)
def _(f, t, family):
    longest = Tcp(t, family).send(f, 250000, 70000, shrink)
    return lost(t), longest


SEGMENTS = {}


def timers():
    """How often a timer of TCP has run out at host a."""
    with net.inside(net.ns["a"]), open("/proc/net/netstat") as f:
        names, values = (line.split() for line in f if line.startswith("TcpExt:"))
    counted = dict(zip(names, values))
    return int(counted["TCPTimeouts"]) + int(counted["TCPLossProbes"])


def segment(t, family):
    """One full TCP segment, after the path has shrunk: packets lost, seconds until b has it, timers that ran out."""
    if (t, family) not in SEGMENTS:
        tcp, f = Tcp(t, family), Faults()
        tcp.send(f, 5000)
        net.settle()
        shrink()
        before = timers()
        took = tcp.send(f, tcp.client.getsockopt(TCP, 2))  # TCP_MAXSEG
        SEGMENTS[t, family] = f, lost(t), took, timers() - before
    return SEGMENTS[t, family]


@check(DROP, "a single full TCP segment gets through", SOME)
def _(f, t, family):
    faults, number, took, _ = segment(t, family)
    f.extend(faults)
    f.same(number <= 2, True, f"{number} lost")
    return number, took


@check(DROP, "TCP segment: lost once at most, and no timer of the sender's runs out", SOME)
def _(f, t, family):
    faults, number, _, ran_out = segment(t, family)
    f.extend(faults)
    f.same((number <= 1, ran_out), (True, 0), f"{number} lost; timers that ran out")


@check(DROP, "TCP in 64 KiB writes over the path that has shrunk: no pause, nothing fragmented", SOME, r2=1400)
def _(f, t, family):
    full(t, family)
    net.settle()
    Tcp(t, family).send(f, 150000)
    seen = outer(net.settle(), t)
    f.same([p for p in seen if p.mf or p.off or p.len > 1400], [], "fragments of ESP, or too large")


@check(DROP, "what was learned is forgotten after its age, and full size tried again", over(SHORT_AGE, [4]))
def _(f, t, family):
    net.mtu(r2=1400)
    gateway.short_age(True)
    try:
        full(t, family)
        refused(f, t, family, t.inner(1500), t.inner(1400), "at first")
        net.mtu(r2=1500)
        begun = time.monotonic()
        end, again = time.monotonic() + 10, False
        while not again and time.monotonic() < end:
            time.sleep(0.25)
            again = [p.len for p in outer(send(packet(t, family, t.inner(1500))), t)] == [t.outer_len(t.inner(1500))]
        f.same(again, True, f"full size again within {time.monotonic() - begun:.0f} s")
    finally:
        gateway.short_age(False)


@check(DROP, "link of 1300: IPv6 packets of 1280 still arrive, no host is told less", over(KINDS, [6]), r2=1300)
def _(f, t, family):
    sent = [packet(t, 6, 1280) for _ in range(3)]
    for p in sent:
        caught = send(p)
        f.same([x for x in told(caught, p) if x < 1280], [], "told")
    f.same([p.raw for p in caught["b0"]], [forwarded(sent[-1])], "the third, at b")


@check(DROP, "path of 500, below what is accepted: a host that heeds what it is told gets through", over([V4, NATT]))
def _(f, t, family):
    net.ip("r", [f"route replace {G2[4]}/32 dev r2 mtu lock 500"])
    try:
        size, seen = 1500 if family == 4 else 1300, []
        for _ in range(5):
            sent = packet(t, family, size)
            caught = send(sent)
            seen.append(size)
            if any(p.raw == forwarded(sent) for p in caught["b0"]):
                return
            size = min([size] + told(caught, sent))
        f.append(f"none of these sizes arrived: {seen}")
    finally:
        net.ip("r", [f"route del {G2[4]}/32 dev r2"])


LIES = "Errors that a forger sends"


def error(t, quoted, mtu, quote=None, edit=None):
    """An ICMP error from the router. edit: {offset: bytes} to change in the quote."""
    data = bytearray(quoted)
    for at, new in (edit or {}).items():
        data[at:at + len(new)] = new
    data = bytes(data)
    if t.outer == 4:
        return icmp4(R1[4], G1[4], 3, 4, mtu, data[:quote or 548])
    return icmp6(R1[6], G1[6], 2, 0, mtu, data[:quote or 1232])


def believed(f, t, *errors):
    """Errors that must change nothing."""
    for e in errors:
        net.exchange("r1", e)
    passes(f, t, 4, t.inner(1500), "full size")


@check(LIES, "right addresses and SPI, a sequence number that was never sent: nothing changes", over(KINDS, [4]))
def _(f, t, family):
    at = t.over - t.alg.iv - t.alg.icv - 4
    p = full(t)
    edit = {at: struct.pack("!I", p.seq + 0x10000000)}
    believed(f, t, *(error(t, p.raw, mtu, edit=edit) for mtu in ((1300, 552, 68, 0) if t.outer == 4 else (1300, 1280))))


@check(LIES, "quotes a packet smaller than the MTU it claims: nothing changes", over(KINDS, [4]))
def _(f, t, family):
    p = outer(send(packet(t, 4, 100)), t)[0]
    believed(f, t, error(t, p.raw, 1300))


@check(LIES, "quotes a ping between the gateways, which needs no key: nothing changes", over([V4, V6], [4]))
def _(f, t, family):
    ping = (icmp4(G1[4], G2[4], 0, 0, 0x10001, pattern(1400), df=1) if t.outer == 4 else
            icmp6(G1[6], G2[6], 129, 0, 0x10001, pattern(1300)))
    believed(f, t, error(t, ping, 1300))


@check(LIES, "NAT-T: quotes only the ports, as anybody can, and claims 68: one plateau down at most",
       over(PORTS[:1], [4]))
def _(f, t, family):
    net.exchange("r1", error(t, full(t).raw, 68, quote=28))
    passes(f, t, 4, t.inner(1492), "inner(1492)")


TRUE = "Errors of old or terse routers"


@check(TRUE, "next-hop MTU 0: the next plateau below the packet (1492), not the least there is", over([V4, NATT], [4]))
def _(f, t, family):
    net.exchange("r1", error(t, full(t).raw, 0))
    passes(f, t, 4, t.inner(1492), "inner(1492)")
    refused(f, t, 4, t.inner(1492) + 1, t.inner(1492), "one byte more")


@check(TRUE, "quote of IP header and 8 bytes: the exact size", over([V4], [4]))
def _(f, t, family):
    net.exchange("r1", error(t, full(t).raw, 1400, quote=28))
    refused(f, t, 4, t.inner(1500), t.inner(1400), "the next")


@check(TRUE, "NAT-T, such a quote (no SPI): the size falls", over(PORTS[1:], [4]))
def _(f, t, family):
    net.exchange("r1", error(t, full(t).raw, 1400, quote=28))
    sent = packet(t, 4, t.inner(1500))
    mtu = told(send(sent), sent)
    f.same([t.inner(1400) <= m < t.inner(1500) for m in mtu], [True], f"the sender is told {mtu}")


LOCAL = "The gateway's own sockets, from its address behind the tunnel"


@check(LOCAL, "UDP: EMSGSIZE and `IP_MTU` with the exact size, before and after the path shrinks", SOME)
def _(f, t, family):
    u = Udp(t, family, "g1")
    for mtu in 1500, 1400:
        net.mtu(r2=mtu)
        fate = [u.ask(1500 if mtu == 1500 else t.inner(1500)) for _ in range(3)]
        f.same(fate[-1], "refused", f"at {mtu}, what is too big: {fate}")
        f.same(u.mtu(), t.inner(mtu), f"at {mtu}: IP_MTU")
        f.same(u.ask(t.inner(mtu)), "done", f"at {mtu}: what fits")


@check(LOCAL, "`ip route get` of a host behind the tunnel, or the device there, shows it, once it was needed", SOME)
def _(f, t, family):
    u = Udp(t, family, "g1")
    f.same((u.ask(t.inner(1500)), exception(net.ns["g1"], u)), ("done", None), "what fits, the route's MTU after it")
    u.ask(t.inner(1500) + 1)
    f.same(route_mtu(net.ns["g1"], u), t.inner(1500), "the route's MTU")


@check(LOCAL, "TCP: goes on when the path shrinks", SOME)
def _(f, t, family):
    Tcp(t, family, "g1").send(f, 150000, 50000, lambda: net.mtu(r2=1400))


POLICY = "The outer DF, by choice"


def outer_df(t, family, df):
    return [p.df for p in outer(send(packet(t, family, 1290, df=df)), t)]


@check(POLICY, "always set (espgw: the default)", over([V4, NATT]), learns=False)
def _(f, t, family):
    f.same([outer_df(t, family, df) for df in (0, 1)], [[True], [True]], "outer DF for inner DF=0, 1")


@check(POLICY, "copied from inside, set for IPv6 (espgw: `df copy`)", over(COPY), learns=False)
def _(f, t, family):
    f.same([outer_df(t, family, df) for df in (0, 1)], [[family == 6], [True]], "outer DF for inner DF=0, 1")


@check(POLICY, "always clear (espgw: `df clear`)", over(CLEAR), learns=False)
def _(f, t, family):
    f.same([outer_df(t, family, df) for df in (0, 1)], [[False], [False]], "outer DF for inner DF=0, 1")


@check(POLICY, "copied: of DF=0 packets none is lost when the path shrinks (espgw: `df copy`)", over(COPY, [4]),
       r2=1400)
def _(f, t, family):
    sent = packet(t, 4, t.inner(1500), df=0)
    f.same([p.raw for p in send(sent)["b0"]], [forwarded(sent)], "at b")


MSS = "TCP MSS"


def handshake(f, t, family, p):
    """SYN from a and SYN/ACK from b, made here: the MSS that the other end sees."""
    for port, to, src, dst, flags in (("a0", "b0", t.left, t.right, 2), ("b0", "a0", t.right, t.left, 18)):
        src, dst = src[family], dst[family]
        hdr = 40 if family == 4 else 60
        h = struct.pack("!HHIIBBHHHBBH", 1000, 2000, 1, 1, 6 << 4, flags, 1000, 0, 0, 2, 4, 1500 - hdr)
        h = h[:16] + struct.pack("!H", checksum(pseudo(src, dst, TCP, 24) + h)) + h[18:]
        caught = net.exchange(port, ip4(src, dst, TCP, h, df=1) if family == 4 else ip6(src, dst, TCP, h))
        got = [x.payload for x in caught[to] if x.proto == TCP and x.dst == dst]
        f.same([struct.unpack("!H", x[22:24])[0] for x in got], [t.inner(p) - hdr], f"MSS at {to}")
        f.same([checksum(pseudo(src, dst, TCP, len(x)) + x) for x in got], [0], f"TCP checksum at {to}")


@check(MSS, "SYN and SYN/ACK: lowered to what the tunnel carries (xfrm: without an nftables rule)", over(KINDS),
       learns=False)
def _(f, t, family):
    handshake(f, t, family, 1500)


@check(MSS, "the same, after the path has shrunk", over(KINDS), r2=1400)
def _(f, t, family):
    full(t, family)
    handshake(f, t, family, 1400)


# ---- running them ----

def run(c):
    """Runs a check; returns {what failed: Faults}, and what was measured."""
    failed_, measured = {}, []
    c.over = [x for x in c.over if x[0] in gateway.tunnels]
    links = {"r1": 1500, "r2": 1500, **c.links}
    for i, (t, family) in enumerate(c.over):
        if c.learns or not i:
            net.mtu(**links)
            gateway.forget()
            net.settle()
        f = Faults()
        try:
            m = c.fn(f, t, family)
            if m:
                measured.append((label(t, family), *m))
        except (OSError, RuntimeError, LookupError) as e:
            f.append(repr(e))
            if gateway.is_espgw:
                f.append(traceback.format_exc())
        if f:
            failed_[label(t, family)] = f
    return failed_, measured


def span(numbers, form):
    low, high = form.format(min(numbers)), form.format(max(numbers))
    return low if low == high else f"{low} to {high}"


def those(some, others):
    """What tells some tunnels and families from the others, in short if possible."""
    for text, key in ("over IPv{}", lambda x: x[0].outer), ("with IPv{} inside", lambda x: x[1]):
        values = {key(x) for x in some}
        if len(values) == 1 and values.isdisjoint(key(x) for x in others):
            return text.format(*values)
    return ", ".join(label(*x) for x in some)


def cell(c, failed_, measured):
    """What the table says of a check."""
    bad = [x for x in c.over if label(*x) in failed_]
    good = [x for x in c.over if label(*x) not in failed_]
    if not c.over:
        text = "–"
    elif not bad or not good:
        text = "no" if bad else "yes"
    else:
        text = "yes, not " + those(bad, good) if len(bad) < len(good) else "only " + those(good, bad)
    if measured:
        _, numbers, took = zip(*measured)
        text += f"; {span(numbers, '{}')} lost, {span(took, '{:.2f}')} s"
    return text


def main(side, path):
    global net, gateway
    net = Net()
    gateway = Gateway(side)
    with open(path, "a") as results:
        for c in CHECKS:
            failed_, measured = run(c)
            text = cell(c, failed_, measured)
            why = [f"{name}: {x}" for name, f in failed_.items() for x in f]
            if side == "espgw":
                ok(not failed_, c.text, why)
            else:
                print(f"{side}: {c.text}: {text}", *("    " + w for w in why[:3]), sep="\n", flush=True)
            for name, number, took in measured:
                print(f"  {name}: {number} lost, {took:.2f} s")
            json.dump({"side": side, "section": c.section, "text": c.text, "cell": text, "why": why}, results)
            results.write("\n")
            results.flush()
    done()


def table(path):
    with open(path) as f:
        rows = [json.loads(line) for line in f]
    cells = {(r["side"], r["section"], r["text"]): r["cell"] for r in rows}
    print("| | " + " | ".join(SIDES.values()) + " |\n|---|" + "---|" * len(SIDES))
    section = None
    for c in CHECKS:
        if c.section != section:
            section = c.section
            print(f"| **{section}** |" + " |" * len(SIDES))
        print(f"| {c.text} | " + " | ".join(cells.get((s, c.section, c.text), "") for s in SIDES) + " |")
    print(f"""
Debian's {os.uname().release} in QEMU, {time.strftime("%Y-%m-%d")}. xfrm is set up by `ip xfrm`, in the last column with
`flag nopmtudisc` in the states, and the kernel's settings are its defaults; espgw has its defaults unless a row says
otherwise. Keyed by strongSwan, each tunnel has an xfrm interface of its own, and all NAT-T one UDP port: what needs one
for each SA is not asked. With `nopmtudisc` routers fragment ESP over IPv4: so nothing is lost there, and nothing
learned. "Lost" counts packets; seconds are the longest pause, and the UDP client's timer is {TIMER} s. What is measured
varies from run to run, above all what a TCP transfer has under way.""")


def readme(path, target):
    mark = "<!-- compare -->\n"
    with open(path) as f, open(target) as g:
        new, (before, _, after) = f.read(), g.read().split(mark)
    with open(target, "w") as f:
        f.write(before + mark + new + mark + after)


if __name__ == "__main__":
    other = {"table": table, "readme": readme}.get(sys.argv[1])
    other(*sys.argv[2:]) if other else main(*sys.argv[1:])
