# SPDX-License-Identifier: GPL-2.0
"""Gateway 1 is behind a NAT: the router gives what goes to gateway 2 an address and UDP ports of its own."""

from watch import forget_flows
from wire import *

PORT, NEW_PORT = 61000, 62000
SEEN = {4: (R2[4], PORT), 6: (R2[6], PORT)}
OTHER = {4: "198.51.100.253", 6: "2001:db8:2::fd"}  # another address of the NAT
STRANGER = {4: "203.0.113.9", 6: "2001:db8:9::9"}
KEEPALIVE = b"\xff"
# The largest inner packet at 1500, IPv4 and UDP around it.
SIZES = {"gcm128": 1438, "chacha": 1438, "cbc-sha1": 1422, "cbc-sha256": 1422, "cbc-sha384": 1422, "cbc-sha512": 1406}
ALL = [Tunnel(i, alg, natt=True, seen=SEEN[4]) for i, alg in enumerate(SIZES, 1)]
T6 = Tunnel(7, "gcm128", outer=6, natt=True, seen=SEEN[6])
T4 = ALL[0]
BOTH = {4: T4, 6: T6}
INTO = {"a0": "b0", "b0": "a0"}
seed = 0

net = Net()
net.ports["w1"] = Port(net, "w1", net.ns["g1"], "wan", net.ns["r"], "r1")  # what arrives at the gateways,
net.ports["w2"] = Port(net, "w2", net.ns["g2"], "wan", net.ns["r"], "r2")  # behind the NAT's work


# ---- the NAT ----

def nat(port, address=None):
    """From now on new flows from gateway 1's port 4500 get this port, and this address or any of the link's own."""
    rules = ""
    for table, family in ("ip", 4), ("ip6", 6):
        to = f"masquerade to :{port}"
        if address:
            to = f"snat to {f'[{address[6]}]' if family == 6 else address[4]}:{port}"
        rules += f"""
            add table {table} nat
            delete table {table} nat
            table {table} nat {{
                chain out {{
                    type nat hook postrouting priority 100
                    oifname r2 {table} saddr {G1[family]} udp sport 4500 {to}
                    oifname r2 {table} saddr {G1[family]} masquerade
                }}
            }}"""
    net.nft("r", rules)


def forget():
    """The NAT forgets all its mappings."""
    forget_flows(net, "r")


def hold(on):
    """Whether the router holds back all UDP."""
    net.nft("r", "table inet hold { chain f { type filter hook forward priority 0; meta l4proto udp drop; }; }" if on else
        "delete table inet hold")


# ---- traffic ----

def inner(t, port, family, length=200, **more):
    """An inner packet of a tunnel, from a or from b."""
    global seed
    seed += 1
    ends = t.left[family], t.right[family]
    return datagram(*(ends if port == "a0" else ends[::-1]), length, seed, **more)


def arrived(caught, port):
    """What hosts got of what was sent at that port."""
    return [p.raw for p in caught[INTO[port]] if p.proto == UDP]


def through(f, t, port, n=1, lost=0, families=(4, 6)):
    """Sends n inner packets of each family; the last of them arrive, byte for byte. Returns what was caught."""
    sent = [inner(t, port, family) for family in families for _ in range(n)]
    caught = net.exchange(port, *sent)
    f.same(arrived(caught, port), [forwarded(p) for p in sent][lost:],
           f"{t}: from {port}, {len(sent) - lost} of {len(sent)}")
    return caught


def at(caught, port, spi):
    """The ESP packets of an SPI that passed there."""
    return [p for p in caught[port] if p.spi == spi]


def both_ways(what, *tunnels):
    """A point: both ways, both inner families, outer ports and addresses translated."""
    f = Faults()
    for t in tunnels:
        caught = through(f, t, "a0")
        f.same([(p.src, p.sport, p.dst, p.dport) for p in at(caught, "w2", t.spi_out)],
               [(*t.seen, G2[t.outer], 4500)] * 2, f"{t}: as it comes to gateway 2")
        caught = through(f, t, "b0")
        f.same([(p.dst, p.dport) for p in at(caught, "r2", t.spi_in)], [t.seen] * 2, f"{t}: as it leaves gateway 2")
        f.same([(p.src, p.sport, p.dst, p.dport) for p in at(caught, "w1", t.spi_in)],
               [(G2[t.outer], 4500, G1[t.outer], 4500)] * 2, f"{t}: as it comes to gateway 1")
    f.point(what)


def sizes(what, ports):
    """A point: what fits by the table gets through, one byte more is answered with that size."""
    f = Faults()
    for t in ALL:
        n = SIZES[t.name]
        for port in ports:
            for family in 4, 6:
                df = {"df": 1} if family == 4 else {}
                fits, too_big = (inner(t, port, family, length, **df) for length in (n, n + 1))
                caught = net.exchange(port, fits, too_big)
                f.same(arrived(caught, port), [forwarded(fits)], f"{t}, IPv{family} from {port}")
                f.same([p.answer()[0] for p in caught[port] if p.answer()], [n],
                       f"{t}, IPv{family} from {port}: answers")
                spi, at_ = (t.spi_out, "r1") if port == "a0" else (t.spi_in, "r2")
                f.same([p.len for p in at(caught, at_, spi)], [t.outer_len(n)], f"{t}: outer length")
                f.same(t.outer_len(n) <= 1500 < t.outer_len(n + 1), True, f"{t}: outer length and 1500")
    f.point(what)


# ---- first half: the kernel's IPsec is gateway 2 ----

nat(PORT)
tunnels = [*ALL, T6]
net.tunnels(tunnels)
both_ways("both ways through the NAT, the kernel's IPsec behind it: six algorithms over IPv4, one over IPv6", *tunnels)
sizes("the sizes of the table fit to the byte, IPv4 with UDP", ["a0"])
for s in net.keep:
    s.close()
net.ip("g2", ["xfrm policy flush", "xfrm state flush"])

# ---- second half: espgw is gateway 2 ----

# A new sender: its numbers begin anew.
net.espgw("policy flush", "sa flush", *(c for t in tunnels for c in t.commands()))
net.espgw("dev attach wan", *(c for t in tunnels for c in t.commands(2)), ns="g2")
before = net.stats("g2")
both_ways("both ways through the NAT, espgw behind it", *tunnels)
sizes("the sizes of the table fit to the byte, both ways", ["a0", "b0"])
equal({k: v for k, v in net.counted(before, "g2").items() if k.startswith(("in_mapping", "drop_in"))}, {},
      "a peer that is where it was configured is no news")


# ---- a new mapping ----

def name(t, gateway):
    """An outbound SA of a gateway."""
    _, d, _, _, spi, _ = t.ends(gateway)
    return f"dir out dst {d} spi {spi:#x}"


def where(t, gateway=2):
    """Where a gateway's outbound SA says that the peer is; None: where it was configured."""
    sa = next(s for s in net.show("sa show", ns=f"g{gateway}")
              if s["dir"] == "out" and int(s["spi"], 16) == t.ends(gateway)[4])
    return (sa["peer"], sa["peer_port"]) if "peer" in sa or "peer_port" in sa else None


monitor = Monitor(net, "sa", f"sa set {name(T4, 2)} dscp copy", ns="g2")


def mappings(n):
    """The next n events of a new mapping, and whatever came besides: (SPI, peer, port)."""
    found, end = [], time.monotonic() + 10
    while len(found) < n and time.monotonic() < end:
        time.sleep(0.02)
        found += [e for e in monitor.events() if e["event"] == "mapping"]
    time.sleep(0.1)
    found += [e for e in monitor.events() if e["event"] == "mapping"]
    return [(int(e["spi"], 16), e.get("peer"), e.get("peer_port")) for e in found]


def follows(f, t, before, n, *peers):
    """Gateway 2 tells of these peers, one after the other, and n changes are counted."""
    f.same(mappings(len(peers)), [(t.spi_in, *(p or (None, None))) for p in peers], "events")
    f.same(net.counted(before, "g2").get("in_mapping"), n, "counted")
    f.same(where(t), peers[-1], "sa show")


def moves(what, t, old, new):
    """A point: the mapping has changed. Gateway 2 learns it from the first packet, and no later."""
    f = Faults()
    before = net.stats("g2")
    caught = through(f, t, "b0", n=3, lost=6)
    f.same({(p.dst, p.dport) for p in at(caught, "r2", t.spi_in)}, {old}, "before that it sends there")
    f.same(where(t), None if old == t.seen else old, "sa show before")
    caught = through(f, t, "a0", families=[4])
    f.same([(p.src, p.sport) for p in at(caught, "w2", t.spi_out)], [new], "the packet comes from there")
    follows(f, t, before, 1, None if new == t.seen else new)
    # From here on nothing is lost, either way, both at once.
    sent = {port: [inner(t, port, family) for family in (4, 6) * 10] for port in INTO}
    for a_, b_ in zip(sent["a0"], sent["b0"]):
        net.send("a0", a_)
        net.send("b0", b_)
    caught = net.settle()
    for port, packets in sent.items():
        f.same(arrived(caught, port), [forwarded(p) for p in packets], f"after that, from {port}")
    f.same({(p.dst, p.dport) for p in at(caught, "r2", t.spi_in)}, {new}, "after that it sends there")
    f.same(net.counted(before, "g2").get("in_mapping"), 1, "counted in the end")
    f.point(what)


nat(NEW_PORT)
forget()
for family, t in BOTH.items():
    moves(f"IPv{family}: another port: what is sent before the peer's first packet is lost, nothing after it", t,
          t.seen, (R2[family], NEW_PORT))
lines = subprocess.run([ESPGW, "-n", net.ns["g2"], "sa", "show"], stdout=subprocess.PIPE, text=True).stdout.splitlines()
lines = [x.strip() for x in lines if "peer" in x]
equal([x[:x.find(" dscp")] for x in lines],
      [f"encap espinudp 4500 {PORT} peer {a_} port {NEW_PORT}" for a_ in R2.values()], "sa show prints it for people")
equal([where(t) for t in ALL[1:]], [None] * 5, "other paths with the same peer go by what they have seen themselves")


# ---- who is not believed ----

def from_(packet, src, sport):
    """A UDP packet on its way to gateway 2, given another source."""
    v = packet.version
    data = udp(src, G2[v], packet.payload[8:], sport, 4500)
    return ip4(src, G2[v], UDP, data, df=1) if v == 4 else ip6(src, G2[v], UDP, data)


def held(t, n):
    """Packets of gateway 1 that have not come to gateway 2, and what is inside."""
    hold(True)
    sent = [inner(t, "a0", 4) for _ in range(n)]
    caught = net.exchange("a0", *sent)
    hold(False)
    return at(caught, "r1", t.spi_out), sent


def unmoved(f, t, counters, *packets):
    """They come to gateway 2 and move nothing. Returns what arrived at b."""
    before, old = net.stats("g2"), where(t)
    caught = net.exchange("r2", *packets)
    f.same({k: v for k, v in net.counted(before, "g2").items() if k.startswith(("in_p", "in_b", "in_m", "drop_in"))},
           counters, "counted")
    f.same(mappings(0), [], "events")
    f.same(where(t), old, "sa show")
    caught2 = through(f, t, "b0")
    f.same({(p.dst, p.dport) for p in at(caught2, "r2", t.spi_in)}, {old}, "sent there")
    return arrived(caught, "a0")


for family, t in BOTH.items():
    caught = net.exchange("a0", *(inner(t, "a0", 4) for _ in range(3)))
    real = at(caught, "w2", t.spi_out)
    f = Faults()
    f.same(unmoved(f, t, {"drop_in_replay": 4}, *(from_(p, R2[family], 7777) for p in real),
                   from_(real[2], STRANGER[family], NEW_PORT)), [], "at b")
    f.point(f"IPv{family}: a replay from another port or address moves nothing")

    (first, second, third, last), sent = held(t, 4)
    f = Faults()
    broken = Packet(first.raw[:-1] + bytes([first.raw[-1] ^ 1]))
    f.same(unmoved(f, t, {"drop_in_integrity": 2}, from_(broken, R2[family], 7777),
                   from_(broken, STRANGER[family], NEW_PORT)), [], "at b")
    f.point(f"IPv{family}: a forgery moves nothing")

    f = Faults()
    caught = net.exchange("r2", from_(last, R2[family], NEW_PORT))
    f.same(arrived(caught, "a0"), [forwarded(sent[3])], "the newest, from where the peer is")
    f.same(unmoved(f, t, {"in_packets": 2, "in_bytes": 400}, from_(first, R2[family], 7777),
                   from_(second, STRANGER[family], 7777)), [forwarded(p) for p in sent[:2]], "at b")
    f.point(f"IPv{family}: packets that come late from where the peer was are delivered, and move nothing")

    f = Faults()
    before = net.stats("g2")
    (fresh,), sent = held(t, 1)
    caught = net.exchange("r2", from_(fresh, STRANGER[family], 7777))
    f.same(arrived(caught, "a0"), [forwarded(sent[0])], "at b")
    follows(f, t, before, 1, (STRANGER[family], 7777))
    through(f, t, "a0", families=[6])
    follows(f, t, before, 2, (R2[family], NEW_PORT))
    through(f, t, "b0")
    f.point(f"IPv{family}: the newest packet is followed wherever it comes from, and the next one back")

net.ip("r", [f"addr add {OTHER[4]}/24 dev r2", f"addr add {OTHER[6]}/64 dev r2 nodad"])
nat(NEW_PORT + 1, OTHER)
forget()
for family, t in BOTH.items():
    moves(f"IPv{family}: another address and port of the NAT", t, (R2[family], NEW_PORT), (OTHER[family], NEW_PORT + 1))

f = Faults()
for t in BOTH.values():
    old = where(t)
    add = next(t.commands(2))
    net.espgw(add.replace("sa add", "sa replace"), ns="g2")
    f.same(where(t), old, f"{t}: after sa replace")
    through(f, t, "b0")
    net.espgw(add.replace(f"spi {t.spi_in:#x}", "spi 0x7001"), ns="g2")
    caught = net.exchange("b0", inner(t, "b0", 4))
    f.same([(p.dst, p.dport) for p in at(caught, "r2", 0x7001)], [old], f"{t}: a second SA sends there")
    net.espgw(f"sa del {name(t, 2).replace(f'{t.spi_in:#x}', '0x7001')}", ns="g2")
f.point("an SA that replaces another, and one that comes to the same path, send where the peer is")

# ---- path MTU ----


def row(t, gateway):
    spi = t.ends(gateway)[4]
    r = next(r for r in net.show("pmtu show", ns=f"g{gateway}") if int(r["spi"], 16) == spi)
    return r["pmtu"], r["inner_mtu"], r["source"], r["locked"]


def pmtu_counted(before, ns):
    return {k: v for k, v in net.counted(before, ns).items() if k.startswith("pmtu_")}


net.mtu(r1=1400)
for family, t in BOTH.items():
    f = Faults()
    before = net.stats("g2")
    caught = net.exchange("b0", inner(t, "b0", 4, t.inner(1500)))
    f.same([p.len > 1400 for p in at(caught, "r2", t.spi_in)], [True], "sent")
    quotes = [Packet(p.answer()[1]) for p in caught["w2"] if p.answer()]
    f.same([(q.dst, q.dport, q.spi) for q in quotes], [(OTHER[family], NEW_PORT + 1, t.spi_in)],
           "quoted, as the NAT translated it")
    f.same(pmtu_counted(before, "g2"), {"pmtu_accepted": 1}, "counted")
    f.same(row(t, 2), (1400, t.inner(1400), "icmp", False), "row")
    sent = inner(t, "b0", 4, t.inner(1400))
    f.same(arrived(net.exchange("b0", sent), "b0"), [forwarded(sent)], "what fits now arrives")
    caught = net.exchange("b0", inner(t, "b0", 4, t.inner(1500)))
    f.same([p.len <= 1400 for p in at(caught, "w1", t.spi_in)], [True, True], "pieces at gateway 1")
    f.point(f"IPv{family}: a router's error about what was sent to where the peer is now is believed")
net.mtu(r1=1500)
net.espgw("pmtu flush", ns="g2")


def behind(family, packet, mtu, quote):
    """A router between the NAT and gateway 2 says that a packet was too big."""
    if family == 4:
        return icmp4(STRANGER[4], packet.src, 3, 4, mtu, packet.raw[:quote])
    return icmp6(STRANGER[6], packet.src, 2, 0, mtu, packet.raw[:quote])


for family, t in BOTH.items():
    for what, quote, mtu, wanted, counter in (
            ("with 8 bytes of UDP is a hint: one plateau down", 28 if family == 4 else 48, 1300, 1492, "pmtu_hint"),
            ("with a full quote is believed", 548 if family == 4 else 1232, 1300, 1300, "pmtu_accepted")):
        f = Faults()
        before = net.stats()
        size = t.inner(row(t, 1)[0])
        too_big = at(net.exchange("a0", inner(t, "a0", 4, size)), "w2", t.spi_out)[0]
        f.same((too_big.src, too_big.sport), (OTHER[family], NEW_PORT + 1), "what it is about")
        caught = net.exchange("w2", behind(family, too_big, mtu, quote))
        got = [p for p in caught["w1"] if p.answer()]
        f.same([(p.dst, p.answer()[0]) for p in got], [(G1[family], mtu)], "at gateway 1")
        inside = [Packet(p.answer()[1]) for p in got]
        f.same([(q.src, q.sport, q.dst, q.dport) for q in inside], [(G1[family], 4500, G2[family], 4500)],
               "quoted, as translated")
        f.same(pmtu_counted(before, "g1"), {counter: 1}, "counted")
        f.same(row(t, 1), (wanted, t.inner(wanted), "icmp", False), "row")
        f.point(f"IPv{family}: an error from behind the NAT {what}")
net.espgw("pmtu flush")
nat(PORT, R2)
forget()
for family, t in BOTH.items():
    moves(f"IPv{family}: back where it was configured: nothing is shown any more", t, (OTHER[family], NEW_PORT + 1),
          t.seen)


# ---- keepalives ----

def watch(seconds, gateway=None, every=None):
    """What passes meanwhile, by port: (time, packet).

    A gateway, if one is named, sends keepalives after 2 s. With 'every', host a sends packets so often.
    """
    def keepalive(s):
        if gateway:
            net.espgw(*(f"sa set {name(t, gateway)} keepalive {s}" for t in BOTH.values()), ns=f"g{gateway}")

    net.settle()
    keepalive(2)
    seen, begin, due = {p: [] for p in net.ports}, time.monotonic(), 0
    while time.monotonic() < begin + seconds:
        if every and time.monotonic() >= begin + due:
            net.send("a0", inner(T4, "a0", 4), inner(T6, "a0", 6))
            due += every
        for where_, port in net.ports.items():
            port.poll()
            seen[where_] += [(time.monotonic() - begin, p) for p in port.got]
            port.got = []
        time.sleep(0.01)
    keepalive(0)
    for where_, packets in net.settle().items():
        seen[where_] += [(time.monotonic() - begin, p) for p in packets]
    return seen


def keepalives(seen, port, family):
    return [(when, p) for when, p in seen[port]
            if p.version == family and p.proto == UDP and p.payload[8:] == KEEPALIVE]


def periods(f, found, seconds, ends, k=2):
    """One keepalive of these ends for each k seconds of silence; looked at once a second."""
    for _, p in found:
        f.same((p.src, p.sport, p.dst, p.dport, p.len), (*ends, p.hdr + 9), "a keepalive")
        f.same(p.udp_check == 0 if p.version == 4 else checksum(pseudo(p.src, p.dst, UDP, 9) + p.payload) == 0, True,
               f"its UDP checksum {p.udp_check:#x}")
    times = [0] + [when for when, _ in found] + [seconds]
    gaps = [b - a for a, b in zip(times, times[1:])]
    f.same([round(g, 1) for g in gaps[1:-1] if not k - 0.2 <= g <= k + 1.5], [], f"gaps between them, of {len(found)}")
    f.same([round(g, 1) for g in (gaps[0], gaps[-1]) if g > k + 1.5], [], "gaps before and after")


TIMEOUT = 5 * min(PATIENCE, 4)  # of the NAT's mappings, seconds
for which in "timeout", "timeout_stream":
    net.sysctl("r", f"netfilter/nf_conntrack_udp_{which}", TIMEOUT)
forget()
f = Faults()
for t in BOTH.values():
    through(f, t, "a0")
before, before2 = net.stats(), net.stats("g2")
SILENCE = 13 * min(PATIENCE, 4)
seen = watch(SILENCE, 1)
total = 0
for family, t in BOTH.items():
    found = keepalives(seen, "r1", family)
    total += len(found)
    periods(f, found, SILENCE, (G1[family], 4500, G2[family], 4500))
    f.same([(p.src, p.sport, p.payload[8:]) for _, p in keepalives(seen, "w2", family)],
           [(*t.seen, KEEPALIVE)] * len(found), "at gateway 2")
    f.same(keepalives(seen, "r2", family), [], "from gateway 2, which sends none")
f.same(net.counted(before).get("out_keepalive"), total, "sent, counted")
f.same(net.counted(before2, "g2").get("in_keepalive"), total, "received, counted")
f.same({k: v for k, v in net.counted(before2, "g2").items() if k.startswith(("in_mapping", "drop_in"))}, {}, "besides")
f.point("keepalives: one byte 0xff for every two seconds of silence, no more, and nothing else")
f = Faults()
for t in BOTH.values():
    through(f, t, "b0")
f.point("the mapping outlives its timeout by far, and the peer gets through")

before = net.stats()
seen = watch(6, 1, every=0.5)
equal([len(keepalives(seen, "r1", family)) for family in BOTH] + [net.counted(before).get("out_keepalive")],
      [0, 0, None], "none while there is traffic")

f = Faults()
seen = watch(TIMEOUT + 3)
f.same([len(keepalives(seen, "r1", family)) for family in BOTH], [0, 0], "keepalives")
for t in BOTH.values():
    through(f, t, "b0", lost=2)
f.point("without them the mapping goes, and the peer does not get through")
for which in "timeout", "timeout_stream":
    net.sysctl("r", f"netfilter/nf_conntrack_udp_{which}", 120)
nat(NEW_PORT, R2)
forget()
f = Faults()
for t in BOTH.values():
    through(f, t, "a0", families=[4])
before, before1 = net.stats("g2"), net.stats()
seen = watch(SILENCE - 4, 2)
total = 0
for family, t in BOTH.items():
    found = keepalives(seen, "r2", family)
    total += len(found)
    periods(f, found, SILENCE - 4, (G2[family], 4500, R2[family], NEW_PORT))
    f.same([(p.dst, p.dport) for _, p in keepalives(seen, "w1", family)], [(G1[family], 4500)] * len(found),
           "at gateway 1")
f.same(net.counted(before, "g2").get("out_keepalive"), total, "sent, counted")
f.same(net.counted(before1).get("in_keepalive"), total, "received, counted")
f.point("the other way keepalives go to where the peer is now")

net.espgw(f"sa set {name(T4, 2)} keepalive 3600", ns="g2")
equal([(s.get("keepalive_s"), s["spi"]) for s in net.show("sa show", ns="g2") if "keepalive_s" in s],
      [(3600, f"{T4.spi_in:#010x}")], "sa show tells it")
saved = subprocess.run([ESPGW, "-n", net.ns["g2"], "save"], stdout=subprocess.PIPE, text=True, check=True).stdout
net.espgw("policy flush", "sa flush", "dev detach wan", ns="g2")
subprocess.run([ESPGW, "-n", net.ns["g2"], "restore", "-"], input=saved, text=True, check=True)
f = Faults()
again = subprocess.run([ESPGW, "-n", net.ns["g2"], "save"], stdout=subprocess.PIPE, text=True).stdout
f.same(again.partition("\n")[2] == saved.partition("\n")[2], True, "saved again, the same but for when")
f.same(saved.count(f" encap espinudp 4500 {PORT} keepalive 3600"), 1, "SAs with a keepalive")
f.same([where(t) for t in BOTH.values()], [None, None], "the peer, who was learned")
f.point("save and restore: the keepalive, not where the peer is")

# ---- IKE beside it ----

IKE = {}  # (gateway, port): socket
for gateway, address in ("g1", G1[4]), ("g2", G2[4]):
    for port in 500, 4500:
        s = IKE[gateway, port] = net.socket(gateway, socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, port))
        s.setblocking(False)


def received(gateway, port):
    """The messages that a socket got."""
    found = []
    while True:
        try:
            found.append(IKE[gateway, port].recvfrom(70000))
        except BlockingIOError:
            return found


def messages(spi):
    """IKE messages, by port: on 4500 they begin with the non-ESP marker, or are too short to be ESP."""
    our = struct.pack("!I", spi)
    whole = [pattern(n, n) for n in (28, 300, 1400, 4000)] + [our + struct.pack("!I", 10**6) + pattern(100)]
    return {4500: [bytes(4) + m for m in [b"", KEEPALIVE, our, *whole]] + [our, KEEPALIVE * 2, our + bytes(3)],
            500: [KEEPALIVE, our, *whole]}


def ike(f, *tunnels):
    """IKE both ways on both ports, ESP both ways in between: all arrive, and the sockets get nothing else."""
    for gateway, spi, host, peer in (("g1", T4.spi_out, "a0", "g2"), ("g2", T4.spi_in, "b0", "g1")):
        for port, texts in messages(spi).items():
            to = (G2[4], port) if gateway == "g1" else learned.get(port, (R2[4], port))
            sent = []
            for text in texts:
                IKE[gateway, port].sendto(text, to)
                sent += [inner(t, host, family) for t in tunnels for family in (4, 6)]
                net.send(host, *sent[-2 * len(tunnels):])
            caught = net.settle()
            f.same(sorted(arrived(caught, host)), sorted(forwarded(p) for p in sent),
                   f"ESP from {gateway}, beside port {port}")
            got = received(peer, port)
            f.same([m for m, _ in got], texts, f"IKE from {gateway} on port {port}")
            learned[port] = got[0][1] if got and gateway == "g1" else learned.get(port)
    f.same([received(*k) for k in IKE], [[]] * 4, "what sockets got besides")


learned = {}  # where gateway 1 is, for IKE, by port
before = [net.stats(ns) for ns in ("g1", "g2")]
f = Faults()
ike(f, T4)
for ns, b in zip(("g1", "g2"), before):
    f.same({k: v for k, v in net.counted(b, ns).items() if k.startswith(("drop_", "in_keep"))}, {}, f"{ns}: counters")
f.same(learned.get(4500), (R2[4], NEW_PORT), "IKE shares the mapping")
f.point("IKE on 500 and 4500 reaches sockets byte for byte, both ways, while ESP flows")

f = Faults()
before = net.stats("g2")
ours = struct.pack("!II", T4.spi_out, 10**6) + pattern(200)
theirs = struct.pack("!II", 0xabcdef, 1) + pattern(200)
IKE["g1", 4500].sendto(ours, (G2[4], 4500))
IKE["g1", 4500].sendto(theirs, (G2[4], 4500))
net.settle()
f.same([m for m, _ in received("g2", 4500)], [theirs], "at the socket")
f.same({k: v for k, v in net.counted(before, "g2").items() if k.startswith("drop_")}, {"drop_in_integrity": 1},
       "counted")
f.point("ESP of an SPI of ours never reaches a socket, ESP of another does")

f = Faults()
before = net.stats("g2")
others = [ip4(STRANGER[4], "10.2.200.9", UDP, udp(STRANGER[4], "10.2.200.9", KEEPALIVE, 4500, 4500)),
          ip6(STRANGER[6], "fd02:0:200::9", UDP, udp(STRANGER[6], "fd02:0:200::9", KEEPALIVE, 4500, 4500))]
f.same(arrived(net.exchange("r2", *others), "a0"), [forwarded(p, 1) for p in others], "at b")
f.same(net.counted(before, "g2").get("in_keepalive"), None, "counted")
f.point("a keepalive to a host behind the gateway is that host's")

# ---- the kernel's IPsec beside it ----

X = Tunnel(8, "cbc-sha256", natt=True, seen=learned.get(4500, SEEN[4]))
for gateway in "g1", "g2":
    IKE[gateway, 4500].setsockopt(UDP, 100, 2)  # UDP_ENCAP, UDP_ENCAP_ESPINUDP
    net.ip(gateway, list(X.xfrm(int(gateway[1]))))
f = Faults()
before = [net.stats(ns) for ns in ("g1", "g2")]
for _ in range(5):
    sent = {port: [inner(t, port, family) for t in (T4, X) for family in (4, 6)] for port in INTO}
    for port, packets in sent.items():
        net.send(port, *packets)
    caught = net.settle()
    for port, packets in sent.items():
        f.same(sorted(arrived(caught, port)), sorted(forwarded(p) for p in packets), f"from {port}")
    f.same([len(at(caught, "w2", spi)) for spi in (T4.spi_out, X.spi_out)], [2, 2], "each by its own SA, out")
    f.same([len(at(caught, "w1", spi)) for spi in (T4.spi_in, X.spi_in)], [2, 2], "each by its own SA, in")
for ns, b in zip(("g1", "g2"), before):
    counted = net.counted(b, ns)
    f.same((counted.get("out_packets"), counted.get("in_packets"), [k for k in counted if k.startswith("drop_")]),
           (10, 10, []), f"{ns}: counters")
f.point("beside the kernel's IPsec with UDP_ENCAP on the same port: each takes its own SPIs, both ways")

f = Faults()
ike(f, T4, X)
f.point("and IKE still reaches the sockets byte for byte")
done()
