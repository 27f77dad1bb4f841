# SPDX-License-Identifier: GPL-2.0
"""DSCP and ECN tables; mark, priority and flow hash as the WAN's qdiscs see them; SAs by class under strict priority.

What is sent goes to kernel xfrm on gateway 2, but for decapsulation, where the router makes the packets.
"""

import re

from wire import *

EF = 46
V4, V6, AFTER, NATT, IN4, IN6, SHARED, SPLIT, SHARED6, SPLIT6 = range(1, 11)
net = Net()
tunnels = [
    Tunnel(V4, "gcm128"), Tunnel(V6, "cbc-sha256", outer=6), Tunnel(AFTER, "gcm128", espgw_out="df clear frag after"),
    Tunnel(NATT, "chacha", natt=True), Tunnel(IN4, "null-sha256", natt=True), Tunnel(IN6, "null-sha256", outer=6),
    *(Tunnel(i, "null-sha256", outer, xfrm_in="replay-window 64")
      for i, outer in ((SHARED, 4), (SPLIT, 4), (SHARED6, 6), (SPLIT6, 6)))]
net.tunnels(tunnels)
tunnels = {t.i: t for t in tunnels}


def tc(*commands):
    """Runs commands of tc on gateway 1; returns what they say."""
    p = subprocess.run(["tc", "-n", net.ns["g1"], "-s", "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise RuntimeError(f"tc: {p.stdout}")
    return p.stdout


def sa_set(number, words):
    t = tunnels[number]
    return f"sa set dir out dst {G2[t.outer]} spi {t.spi_out:#x} {words}"


def to(number, length, family=4, seed=0, left=None, right=None, **ports):
    """A UDP packet into a tunnel; tos and so on by 'ports', too."""
    src, dst = left or tunnels[number].left[family], right or tunnels[number].right[family]
    head, more = 20 if family == 4 else 40, {k: ports.pop(k) for k in ("tos", "df") if k in ports}
    return (ip4 if family == 4 else ip6)(src, dst, UDP, udp(src, dst, pattern(length - head - 8, seed), **ports), **more)


def tcp(number, size, segments, sport, dport, family=4):
    """A TCP super-packet of so many segments, and its header's length."""
    t, n = tunnels[number], size * segments
    src, dst = t.left[family], t.right[family]
    h = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 5 << 4, 0x10, 1000, 0, 0)
    c = ~checksum(pseudo(src, dst, TCP, 20 + n)) & 0xffff
    h = h[:16] + struct.pack("!H", c) + h[18:] + pattern(n)
    return (ip4(src, dst, TCP, h, df=1), 40) if family == 4 else (ip6(src, dst, TCP, h), 60)


# ---- DSCP and ECN on the way out ----

def outer_tos(f, sent, wanted, what):
    """Sends; the outer headers must say so, and what arrives must be as it was sent."""
    caught = net.exchange("a0", *sent)
    f.same([p.tos for p in caught["r1"] if p.is_esp], wanted, f"{what}: outer")
    f.same([p.good for p in caught["r1"]], [True] * len(wanted), f"{what}: outer checksums")
    f.same([p.raw for p in caught["b0"]], [forwarded(p) for p in sent], f"{what}: at b")


for number in V4, V6:
    t = tunnels[number]
    for words, mask in ("dscp copy ecn on", 0xff), ("dscp copy ecn off", 0xfc):
        net.espgw(sa_set(number, words))
        for family in 4, 6:
            f = Faults()
            outer_tos(f, [to(number, 100, family, i, tos=i) for i in range(256)], [i & mask for i in range(256)], words)
            f.point(f"{words}: 64 DSCPs with 4 ECN codepoints, IPv{family} in IPv{t.outer}")
for family in 4, 6:
    f = {number: Faults() for number in (V4, V6)}
    for n in range(64):
        net.espgw(*(sa_set(number, f"dscp {n} ecn {'on' if n & 1 else 'off'}") for number in f))
        # another DSCP inside each time, and every ECN codepoint
        inside = [(n * 4 + 148 + 85 * i) & 0xfc | i for i in range(4)]
        sent = {number: [to(number, 100, family, n, tos=i) for i in inside] for number in f}
        caught = net.exchange("a0", *sent[V4], *sent[V6])
        for number, found in f.items():
            t = tunnels[number]
            found.same([p.tos for p in caught["r1"] if p.spi == t.spi_out],
                       [n << 2 | (i & 3 if n & 1 else 0) for i in inside], f"dscp {n}, inside {inside}")
            found.same([p.raw for p in caught["b0"] if p.dst == t.right[family]], [forwarded(p) for p in sent[number]],
                       f"dscp {n}: at b")
    for number, found in f.items():
        found.point(f"dscp 0 to 63, whatever is inside, IPv{family} in IPv{tunnels[number].outer}")
net.espgw(*(sa_set(number, "dscp copy ecn on") for number in (V4, V6)))

# ---- ECN on the way in: policy.sh has the table for plain IPv4 outside ----

NOT, ECT1, ECT0, CE = 0, 1, 2, 3
RFC6040 = {  # figure 4, inner: (outer Not-ECT, ECT(0), ECT(1), CE)
    NOT: (NOT, NOT, NOT, None), ECT0: (ECT0, ECT0, ECT1, CE), ECT1: (ECT1, ECT1, ECT1, CE), CE: (CE, CE, CE, CE)}
seq = 0
for number, what in (IN4, "UDP over IPv4"), (IN6, "IPv6"):
    t = tunnels[number]
    for family in 4, 6:
        f, before, sent, wanted = Faults(), net.stats(), [], []
        for inner, row in RFC6040.items():
            for outer, result in zip((NOT, ECT0, ECT1, CE), row):
                seq += 1
                # other DSCPs outside than inside: only ECN is taken over
                both = [datagram(t.right[family], t.left[family], 100, seq, tos=0x58 | x)
                        for x in (inner, inner if result is None else result)]
                sent.append(t.esp(t.spi_in, seq, both[0], tos=0xb8 | outer))
                if result is not None:
                    wanted.append(forwarded(both[1], 1))
        caught = net.exchange("r1", *sent)
        f.same(len(sent), 16, "combinations")
        f.same([p.raw for p in caught["a0"]], wanted, "at a")
        counted = net.counted(before)
        f.same({k: v for k, v in counted.items() if k.startswith("drop_")}, {"drop_in_ecn": 1}, "drops")
        f.same(counted.get("in_packets"), 15, "packets counted")
        f.point(f"ECN on decapsulation, all 16 combinations, IPv{family} in {what}")

# ---- mark and priority ----

BY_PRIORITY, BY_MARK, BY_BOTH_MARKS, BY_SA_MARK = 2, 3, 4, 5  # classes; 1 gets all else
tc("qdisc add dev wan root handle 1: prio bands 5 priomap" + " 0" * 16)
try:
    tc(*(f"filter add dev wan parent 1: prio {10 + v} protocol {p} handle {mark:#x} fw classid 1:{band}"
         for band, mark in ((BY_MARK, 0x77), (BY_BOTH_MARKS, 0xab15), (BY_SA_MARK, 0x15))
         for v, p in enumerate(("ip", "ipv6"))))
    has_fw = True
except RuntimeError:
    has_fw = False
subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "-f", "-"], check=True, text=True, input="".join(
    ["table inet qos {\n chain forward {\n  type filter hook forward priority 0;\n"] +
    [f"  {proto} dport {port} meta {what}\n" for proto in ("udp", "tcp") for port, what in (
        (1002, f"priority set 1:{BY_PRIORITY}"), (1003, "mark set 0x77"), (1004, "mark set 0xab00"))] + [" }\n}\n"]))


def classes():
    """(bytes, packets) that each of the qdisc's classes has sent."""
    shown = re.findall(r"^class prio 1:(\w+) .*\n Sent (\d+) bytes (\d+) pkt", tc("class show dev wan"), re.M)
    return {int(c, 16): (int(n), int(p)) for c, n, p in shown}


def classed(f, send, wanted, packets, what):
    """send(class) for each of the classes: so many packets on the wire each, and all of them, to the byte, in it."""
    before = classes()
    for c in wanted:
        send(c)
    caught = net.settle()["r1"]
    now = classes()
    got = {c: tuple(x - y for x, y in zip(now[c], before[c])) for c in now if c != 1}
    size = sum(14 + p.len for p in caught)
    f.same(len(caught), packets * len(wanted), f"{what}: packets on the wire")
    f.same(got, {c: (size // len(wanted), packets) if c in wanted else (0, 0) for c in got}, f"{what}: in the classes")


PORT = {BY_PRIORITY: 1002, BY_MARK: 1003, BY_BOTH_MARKS: 1004, BY_SA_MARK: 1005}
FIT = tunnels[V4].inner(1500) - 40
KINDS = (
    *((f"IPv{family} in IPv{tunnels[number].outer}", 1,
       lambda c, number=number, family=family: net.send("a0", to(number, 200, family, dport=PORT[c])))
      for number in (V4, V6) for family in (4, 6)),
    ("in UDP", 1, lambda c: net.send("a0", to(NATT, 200, dport=PORT[c]))),
    ("pieces, fragmented before encryption", 2, lambda c: net.send("a0", to(V4, 1500, dport=PORT[c]))),
    ("fragments, fragmented after it", 2, lambda c: net.send("a0", to(AFTER, 1500, dport=PORT[c]))),
    ("a super-packet's segments", 8, lambda c: gso(V4, FIT, 8, PORT[c])),
)


def gso(number, size, segments, dport, sport=40000, family=4):
    packet, hdr = tcp(number, size, segments, sport, dport, family)
    net.ports["a0"].send_gso(packet, size, hdr)


def local(family, length):
    """From gateway 1's own socket, with its priority or mark."""
    def send(c):
        s = net.socket("g1", socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
        if c == BY_PRIORITY:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 1 << 16 | BY_PRIORITY)
        else:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, {BY_MARK: 0x77, BY_BOTH_MARKS: 0xab00, BY_SA_MARK: 0}[c])
        if family == 4:
            s.setsockopt(0, 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
        s.bind(("10.1.0.1" if family == 4 else "fd01::1", 0))
        s.sendto(pattern(length), (tunnels[V4].right[family], 9))
        s.close()
    return send


KINDS += (("a local socket's, IPv4", 1, local(4, 100)), ("a local socket's, IPv6", 1, local(6, 100)),
          ("a local socket's, pieces", 2, local(4, 1472)))


def mark_point(text, wanted):
    f = Faults()
    if has_fw:
        for what, packets, send in KINDS:
            classed(f, send, wanted, packets, what)
    f.point(text if has_fw else text + " # SKIP this kernel has no classifier for marks")


f = Faults()
for what, packets, send in KINDS:
    classed(f, send, (BY_PRIORITY,), packets, what)
f.point("priority: the ESP packets of each kind are in the inner packet's class, and no others")
mark_point("mark: the ESP packets of each kind are in the inner packet's class, and no others", (BY_MARK,))
net.espgw(*(sa_set(number, "mark 0x15/0xff") for number in (V4, V6, AFTER, NATT)))
mark_point("an SA's mark 0x15/0xff: its bits replaced, the inner packet's others kept", (BY_BOTH_MARKS, BY_SA_MARK))
f = Faults()
for what, packets, send in KINDS:
    classed(f, send, (BY_PRIORITY,), packets, what)
f.point("and the priority kept with it")
tc("qdisc del dev wan root")

# ---- a WAN that is held up, and let go ----


def plug():
    return icmp4("10.1.0.2", R1[4], 0, 0, 1, bytes(1472))  # an echo reply, which nobody answers


def hold(child, *more):
    """From now on all that leaves by the WAN waits in 'child', handle 10:."""
    tc("qdisc add dev wan root handle 1: tbf rate 80bit burst 1600 limit 1m",
       "qdisc add dev wan parent 1:1 handle 10: " + child, *more)
    # The first packet takes the tokens, the second is the one that the bucket has taken already.
    net.send("a0", plug(), plug())
    backlog(1)


def backlog(packets):
    """Waits until so many packets wait."""
    end = time.monotonic() + 30
    while True:
        shown = tc("qdisc show dev wan")
        got = int(re.search(r"^qdisc \w+ 10: .*\n.*\n backlog \S+ (\d+)p", shown, re.M)[1])
        if got >= packets or time.monotonic() > end:
            return got
        time.sleep(0.05)


def release():
    """Lets it go, with a fence behind it, and returns what was caught, but for the plugs, and how many were dropped."""
    tc("qdisc change dev wan root handle 1: tbf rate 10gbit burst 1m limit 1m")
    caught = net.settle()
    caught["r1"] = [p for p in caught["r1"] if p.proto != ICMP]
    dropped = int(re.search(r"^qdisc \w+ 10: .*\n.*\(dropped (\d+),", tc("qdisc show dev wan"), re.M)[1])
    tc("qdisc del dev wan root")
    return caught, dropped


# CoDel's drops are not what this is about: it may wait for long.
FQ_CODEL = "fq_codel flows 32768 quantum 1514 target 100s interval 100s noecn"


def queues():
    """How many packets wait in each of fq_codel's queues, sorted."""
    shown = re.findall(r"^class fq_codel 10:\w+ .*\n.*\n backlog \S+ (\d+)p", tc("class show dev wan"), re.M)
    return sorted(int(n) for n in shown if n != "0")


def in_queues(what, wanted, send):
    """A point: send(seed) leaves that many packets in as many queues.

    Two hashes can fall together, once in thousands of times, but not twice with other addresses and ports.
    """
    for seed in 0, 1:
        f = Faults()
        hold(FQ_CODEL)
        send(seed)
        f.same(backlog(sum(wanted) + 1), sum(wanted) + 1, "packets that wait, and the plug")
        f.same(queues(), sorted(wanted), "packets in each queue")
        caught, dropped = release()
        f.same((len(caught["r1"]), dropped), (sum(wanted), 0), "sent when let go, dropped")
        if not f:
            break
    f.point(what)


def distinct(number, family):
    """Five inner flows, each of which differs from the first in one thing, in turns."""
    def send(seed):
        t = tunnels[number]
        flows = [(10, {}), (3, {"sport": 41000 + seed}), (4, {"dport": 11 + seed}),
                 (5, {"left": t.left_of(seed + 1, family)}), (6, {"right": t.right[family][:-1] + str(5 + seed)})]
        for i in range(10):
            net.send("a0", *(to(number, 300, family, i, **{"sport": 40000 + seed, **words}) for n, words in flows if i < n))
    return send


for number, what in (V4, "IPv4"), (V6, "IPv6"), (NATT, "UDP over IPv4"):
    for family in 4, 6:
        in_queues(f"five IPv{family} flows in one SA, {what} outside, wait in five queues", [10, 3, 4, 5, 6],
                  distinct(number, family))


def same_flow(seed):
    """Flow one: plain packets and pieces. Two: the same, cut after encryption. Three: segments and plain segments."""
    for i in range(3):
        net.send("a0", to(V4, 1500, 4, i, sport=42000 + seed), to(V4, 100, 4, i, sport=42000 + seed),
                 to(AFTER, 1500, 4, i, sport=43000 + seed))
        net.send("a0", to(AFTER, 100, 4, i, sport=43000 + seed))
        gso(V4, FIT, 6, 80, 44000 + seed)
        net.send("a0", tcp(V4, 100, 1, 44000 + seed, 80)[0])


in_queues("all of one flow waits in one queue: pieces, fragments of ESP, segments of a super-packet", [9, 9, 21], same_flow)


def fragments(seed):
    """Three datagrams that came in two fragments each; two for IPv6. Only the first fragments show ports."""
    for i in range(3):
        whole = udp(tunnels[V4].left[4], tunnels[V4].right[4], pattern(1592, i), 45000 + seed)
        net.send("a0", *(ip4(tunnels[V4].left[4], tunnels[V4].right[4], UDP, whole[at:at + 800], mf=not at, off=at,
                             ident=10 * seed + i) for at in (0, 800)))
    for i in range(2):
        src, dst = tunnels[V6].left[6], tunnels[V6].right[6]
        whole = udp(src, dst, pattern(1592, i), 45000 + seed)
        net.send("a0", *(ip6(src, dst, FRAGMENT, struct.pack("!BBHI", UDP, 0, at | (not at), 10 * seed + i) +
                             whole[at:at + 800]) for at in (0, 800)))


in_queues("fragments of datagrams wait in order, first and later ones in one queue", [6, 4], fragments)

# A flow that floods, with more than the qdisc holds, and one that is sparse
for number, family in (V4, 4), (V6, 6):
    t, f = tunnels[number], Faults()
    sparse = [to(number, 120 + i, family, i, sport=5000, dport=53) for i in range(5)]
    hold(FQ_CODEL + " limit 100 drop_batch 1")
    for i in range(250):
        net.send("a0", to(number, 1000, family, i, sport=6000, dport=80))
        if i % 50 == 25:
            net.send("a0", sparse[i // 50])
    f.same(backlog(100), 100, "packets that wait")
    caught, dropped = release()
    places = [i for i, p in enumerate(caught["r1"]) if p.len < 500]
    # Of the hundred places the plug has one, and the fence that comes last takes one.
    f.same((len(caught["r1"]), dropped), (98, 157), "sent when let go, dropped")
    f.same([p.raw for p in caught["b0"] if p.len < 500], [forwarded(p) for p in sparse], "the sparse flow at b")
    f.same(len(places) == 5 and max(places) <= 7, True, f"its places among the packets {places}: early")
    f.point(f"under a flood the sparse flow loses nothing and does not wait, IPv{family} in IPv{t.outer}")

# ---- strict priority and the replay window ----

FLOOD, WINDOW = 600, 64
STRICT = ("prio bands 2 priomap" + " 1" * 16,
          *(f"filter add dev wan parent 10: prio {10 + i} protocol {p} flower ip_tos {EF << 2:#x}/0xfc classid 10:1"
            for i, p in enumerate(("ip", "ipv6"))))


def late(spi_family):
    """How many packets xfrm found left of the window: in the namespace, and of this SA."""
    spi, family = spi_family
    with net.inside(net.ns["g2"]), open("/proc/net/xfrm_stat") as f:
        total = int(re.search(r"XfrmInStateSeqError\s+(\d+)", f.read())[1])
    shown = subprocess.run(["ip", "-n", net.ns["g2"], "-s", "xfrm", "state", "get", "src", G1[family], "dst", G2[family],
                            "proto", "esp", "spi", f"{spi:#x}"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return total, int(re.search(r"replay-window (\d+) replay \d+ failed", shown)[1])


def flood(number, family, f, spis):
    """Every fourth packet is of the class that goes first. Returns the (seq, inner) in the order sent."""
    t = tunnels[number]
    sent = [to(number, 300, family, i, tos=(EF << 2 if i % 4 == 3 else 0)) for i in range(FLOOD)]
    before = [late((spi, t.outer)) for spi in spis]
    hold(*STRICT)
    net.send("a0", *sent)
    f.same(backlog(FLOOD + 1), FLOOD + 1, "packets that wait, and the plug")
    caught, dropped = release()
    f.same((len(caught["r1"]), len(caught["r2"]), dropped), (FLOOD, 0, 0), "sent when let go; sent back; dropped")
    f.same([p.tos for p in caught["r1"]], [EF << 2] * (FLOOD // 4) + [0] * (FLOOD * 3 // 4), "the order of the classes")
    after = [late((spi, t.outer)) for spi in spis]
    return sent, caught, [(x[0] - y[0], x[1] - y[1]) for x, y in zip(after, before)]


EXPRESS = [i for i in range(FLOOD) if i % 4 == 3]
REST = [i for i in range(FLOOD) if i % 4 != 3]
for number, family in (SHARED, 4), (SHARED6, 6):
    t, f = tunnels[number], Faults()
    sent, caught, counted = flood(number, family, f, [t.spi_out])
    f.same([p.seq for p in caught["r1"]], [i + 1 for i in EXPRESS + REST], "sequence numbers")
    # The last of the express packets has the highest sequence number: what is 64 below it comes too late.
    good = [i for i in EXPRESS + REST if i in EXPRESS or FLOOD - (i + 1) < WINDOW]
    lost = FLOOD - len(good)
    f.same([p.raw for p in caught["b0"]], [forwarded(sent[i]) for i in good], "at b")
    f.same((lost, counted), (402, [(402, 402)]), "lost, and counted by xfrm")
    f.point(f"strict priority, one SA for all, IPv{family} in IPv{t.outer}: the peer's replay window loses {lost} of {FLOOD}")
for number, family in (SPLIT, 4), (SPLIT6, 6):
    t, f = tunnels[number], Faults()
    spi = t.spi_out + 0x100
    net.espgw(f"sa add dir out src {G1[t.outer]} dst {G2[t.outer]} spi {spi:#x} reqid {t.reqid} "
              f"{t.alg.words(t.alg.espgw, spi)} class {EF}")
    net.ip("g2", [f"xfrm state add src {G1[t.outer]} dst {G2[t.outer]} proto esp spi {spi:#x} reqid {t.reqid} mode tunnel "
                  f"replay-window {WINDOW} flag af-unspec {t.alg.words(t.alg.xfrm, spi)}"])
    sent, caught, counted = flood(number, family, f, [t.spi_out, spi])
    f.same([(p.spi, p.seq) for p in caught["r1"]], [(spi, i + 1) for i in range(len(EXPRESS))] +
           [(t.spi_out, i + 1) for i in range(len(REST))], "SAs and sequence numbers")
    f.same([p.raw for p in caught["b0"]], [forwarded(sent[i]) for i in EXPRESS + REST], "at b")
    f.same(counted, [(0, 0), (0, 0)], "counted by xfrm")
    f.point(f"strict priority, an SA for the class, IPv{family} in IPv{t.outer}: all {FLOOD} of {FLOOD} arrive")
done()
