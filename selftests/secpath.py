# SPDX-License-Identifier: GPL-2.0
"""The security path of what was decrypted, as gateway 1's stack and firewall see it.

The router plays the peer.  Test packets are UDP to port 9; gateway 1's firewall counts them in each hook, by family and
by whether they have a security path.
"""

from peer import *

G = {4: "10.1.0.1", 6: "fd01::1"}  # gateway 1 behind its tunnel
HOST, PEER = {4: A, 6: A6}, {4: "10.2.0.9", 6: "fd02::9"}
CLEAR, OUTSIDE = {4: "10.9.0.1", 6: "fd09::1"}, {4: G1[4], 6: G1[6]}  # what no policy covers
SPI2 = 0x2002
HUB = {4: "10.2.7.7", 6: "fd02:0:7::7"}  # a third site, behind another tunnel
N = 3


def run(words, text=None, ns="g1"):
    p = subprocess.run(["ip", "netns", "exec", net.ns[ns], *words], input=text, text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    if p.returncode:
        raise RuntimeError(f"{words}: {p.stdout}")
    return p.stdout


def counters():
    """The firewall's: name to packets, of those that have any."""
    rows = json.loads(run(["nft", "-j", "list", "counters"]))["nftables"]
    return {r["counter"]["name"]: r["counter"]["packets"] for r in rows if "counter" in r and r["counter"]["packets"]}


def seen(before):
    return {k: v - before.get(k, 0) for k, v in counters().items() if v != before.get(k, 0)}


HOOKS = ("prerouting", "input", "forward")
NAMES = [f"{hook}{family}_{what}" for hook in HOOKS for family in (4, 6) for what in ("path", "none")]
NAMES += ["reqid1", "reqid2", "reqid3", "spi1", "spi2", "esp_path", "esp_none"]
rules = "".join(f" counter {name} {{ }}\n" for name in NAMES)
for hook in HOOKS:
    rules += f" chain {hook} {{\n  type filter hook {hook} priority {'raw' if hook == 'prerouting' else 'filter'};\n"
    if hook == "prerouting":
        rules += "".join(f"  iifname probe0 meta l4proto esp meta secpath {word} counter name {name}\n"
                         for word, name in (("exists", "esp_path"), ("missing", "esp_none")))
        rules += "  iifname probe0 drop\n"
    for family in 4, 6:
        for what, word in ("path", "exists"), ("none", "missing"):
            rules += (f"  meta nfproto ipv{family} meta l4proto udp udp dport 9 meta secpath {word} "
                      f"counter name {hook}{family}_{what}\n")
    if hook == "forward":
        rules += "".join(f"  udp dport 9 ipsec in {key} {value} counter name {name}\n" for name, key, value in (
            ("reqid1", "reqid", 1), ("reqid2", "reqid", 2), ("reqid3", "reqid", 3), ("spi1", "spi", SPI_IN),
            ("spi2", "spi", SPI2)))
    rules += " }\n"
run(["nft", "-f", "-"], f"table inet t {{\n{rules}}}\n")


def counts(path=0, none=0, hooks=("prerouting", "forward"), families=(4, 6)):
    """The counters of so many packets of each family, with a path and without."""
    return {f"{hook}{family}_{what}": n for hook in hooks for family in families
            for what, n in (("path", path), ("none", none)) if n}


NATT, V6 = Tunnel(8, "null-sha256", natt=True), Tunnel(9, "null-sha256", outer=6)
# To the third site over IPv6, so that what just fitted on its way here does not any more.
net.espgw("dev attach wan2", sa_out(0x1001, 1), sa_in(SPI_IN, 1), sa_in(SPI2, 2),
          f"sa add dir out src {G1[6]} dst {G2[6]} spi 0x1003 reqid 3 {ALG.words(ALG.espgw, 0x1003)}",
          f"policy add prio 10 src 10.1.0.0/16 dst 10.2.2.0/24 {protect(2)}",
          f"policy add prio 10 src 10.0.0.0/8 dst {HUB[4]} action protect reqid 3 src {G1[6]} dst {G2[6]}",
          f"policy add prio 10 src fd00::/8 dst {HUB[6]} action protect reqid 3 src {G1[6]} dst {G2[6]}",
          f"policy add prio 20 src 10.0.0.0/8 dst 10.2.0.0/24 {protect(1)}",
          f"policy add prio 20 src fd00::/8 dst fd02::/64 {protect(1)}", *NATT.commands(), *V6.commands())
net.ports["r3"] = Port(net, "r3", net.ns["r"], "r3", net.ns["g1"], "wan2")
for family in 4, 6:
    # Its own addresses behind the tunnel take what comes for port 9, and read nothing.
    for address in G[family], OUTSIDE[family]:
        s = net.socket("g1", socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
        s.bind((address, 9))
        sinks.append(s)


def from_peer(dst, family, count=N, **more):
    return [packet(dst[family], src=PEER[family], **more) for _ in range(count)]


def arrived(caught, sent):
    """Of packets, those that host A got, forwarded."""
    got = {p.raw for p in caught["a0"]}
    return [p for p in sent if forwarded(p, 1) in got]


def point(what, sent, wanted):
    """What the router sends, as (on the wire, what host A gets or None), and what gateway 1's firewall has to count."""
    f, before = Faults(), counters()
    caught = net.exchange("r1", *(p for p, _ in sent))
    f.same(seen(before), wanted, "the firewall's counters")
    to_host = [p for _, p in sent if p]
    f.same(len(arrived(caught, to_host)), len(to_host), "packets at the host")
    f.point(what)


def both(f, *args):
    return [x for family in (4, 6) for x in f(family, *args)]


# ---- who has one ----

point("forwarded: what was decrypted has a security path", both(lambda v: [(esp(p), p) for p in from_peer(HOST, v)]),
      {**counts(path=N), "reqid1": 2 * N, "spi1": 2 * N})
clear = both(lambda v: [(p, p) for p in (packet(HOST[v], src=CLEAR[v]) for _ in range(N))])
point("forwarded: in between, what was in clear has none",
      [x for c in clear for x in (c, *((esp(p), p) for p in from_peer(HOST, 4, 1)))],
      {**counts(none=N), **counts(path=2 * N, families=(4,)), "reqid1": 2 * N, "spi1": 2 * N})
point("for this host: what was decrypted has one", both(lambda v: [(esp(p), None) for p in from_peer(G, v)]),
      counts(path=N, hooks=("prerouting", "input")))
point("for this host: in between, what was in clear has none",
      both(lambda v: [x for _ in range(N) for x in ((packet(OUTSIDE[v], src=R1[v]), None),
                                                    (esp(packet(G[v], src=PEER[v])), None))]),
      counts(path=N, none=N, hooks=("prerouting", "input")))
p = packet(A, src="10.2.2.9")
point("the path names the SA: reqid and SPI", [(esp(p, spi=SPI2), p), *((esp(p), p) for p in from_peer(HOST, 4, 1))],
      {**counts(path=2, families=(4,)), "reqid1": 1, "spi1": 1, "reqid2": 1, "spi2": 1})
inner = [packet(A, src=NATT.right[4]), packet(A6, src=NATT.right[6])]
point("in UDP", [(NATT.esp(NATT.spi_in, i + 1, p), p) for i, p in enumerate(inner)], counts(path=1))
inner = [packet(A, src=V6.right[4]), packet(A6, src=V6.right[6])]
point("over IPv6", [(V6.esp(V6.spi_in, i + 1, p), p) for i, p in enumerate(inner)], counts(path=1))


# ---- fragments ----

def pieces4(p, ident, size=600):
    q, data = Packet(p), p[20:]
    return [ip4(q.src, q.dst, q.proto, data[i:i + size], off=i, mf=i + size < len(data), ident=ident)
            for i in range(0, len(data), size)]


def pieces6(p, ident, size=600):
    q, data = Packet(p), p[40:]
    headers = ((i, struct.pack("!BxHI", p[6], i | (i + size < len(data)), ident)) for i in range(0, len(data), size))
    return [ip6(q.src, q.dst, FRAGMENT, h + data[i:i + size]) for i, h in headers]


cut = {4: pieces4, 6: pieces6}
f, before = Faults(), counters()
for family in 4, 6:
    for i, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 2, 0))):
        parts = cut[family](from_peer(G, family, 1, n=1500)[0], 500 + i)
        net.send("r1", *(esp(parts[k]) for k in order))
net.settle()
f.same({k: v for k, v in seen(before).items() if k.startswith("input")}, counts(path=3, hooks=("input",)), "in INPUT")
f.point("fragments inside, in any order: the datagram that the stack puts together has one")

# A policy with ports has fragments followed: later ones wait for the first.
ported = [f"prio 5 src {src} dst {dst} proto udp sport 9 dport 40000"
          for src, dst in (("10.0.0.0/8", "10.2.0.0/24"), ("fd00::/8", "fd02::/64"))]
net.espgw(*(f"policy add {words} {protect(1)}" for words in ported))
f, before = Faults(), counters()
for family in 4, 6:
    for i, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 2, 0))):
        parts = cut[family](from_peer(G, family, 1, n=1500)[0], 600 + i)
        net.send("r1", *(esp(parts[k]) for k in order))
net.settle()
f.same({k: v for k, v in seen(before).items() if k.startswith("input")}, counts(path=3, hooks=("input",)), "in INPUT")
f.point("and where fragments wait for their first one")
net.espgw(*(f"policy del {words}" for words in ported))

f, before, stats = Faults(), counters(), net.stats()
for i, family in enumerate((4, 6)):
    # Conntrack's reassembly drops what is shorter than IPv6's least MTU, but for the last one.
    over6 = V6.esp(V6.spi_in, 50 + i, packet(HOST[family], src=V6.right[family], n=1370))
    net.send("r1", *pieces4(esp(from_peer(HOST, family, 1, n=1000)[0]), 700 + i), *pieces6(over6, 700 + i, 1240))
net.settle()
f.same(net.counted(stats).get("in_reassembled"), 4, f"reassembled, {net.counted(stats)}")
f.same({k: v for k, v in seen(before).items() if k.startswith("forward")}, counts(path=2, hooks=("forward",)), "seen")
f.point("ESP in fragments, which is decrypted when it is whole")

# ---- TCP, by receive offload ----

run(["ethtool", "-K", "wan", "gro", "on"])
run(["nft", "-f", "-"], "table inet u {\n counter tcp_path { }\n counter tcp_none { }\n"
    " chain c {\n  type filter hook forward priority filter;\n  tcp dport 9 meta secpath exists counter name tcp_path\n"
    "  tcp dport 9 meta secpath missing counter name tcp_none\n }\n}\n")
f, stats, before = Faults(), net.stats(), counters()


def segment(i, family):
    src, dst, data = PEER[family], HOST[family], pattern(500, i)
    h = struct.pack("!HHIIHHHH", 40000, 9, 1000 + 500 * i, 1, 0x5010, 1000, 0, 0)
    c = checksum(pseudo(src, dst, TCP, len(h) + len(data)) + h + data)
    return (ip4 if family == 4 else ip6)(src, dst, TCP, h[:16] + struct.pack("!H", c) + h[18:] + data)


net.exchange("r1", *(esp(segment(i, family)) for family in (4, 6) for i in range(8)))
now = seen(before)
f.same(net.counted(stats).get("in_gro"), 16, "handed to receive offload")
f.same((2 <= now.get("tcp_path", 0) <= 16, now.get("tcp_none", 0)), (True, 0), f"in FORWARD, {now}")
f.point("TCP by receive offload")
run(["nft", "delete", "table", "inet", "u"])

# ---- what is encrypted again ----

# What leaves after espgw is mirrored to a device of gateway 1, where its firewall sees it.
run(["ip", "link", "add", "probe0", "type", "dummy"])
run(["ip", "link", "set", "probe0", "up"])
for words in ("qdisc add dev wan clsact", "filter add dev wan egress matchall action mirred ingress mirror dev probe0"):
    run(["tc", *words.split()])
f, before, stats = Faults(), counters(), net.stats()
hub = both(lambda v: [packet(HUB[v], src=PEER[v], n=n) for n in (60, 1420 if v == 4 else 1380)])
caught = net.exchange("r1", *(esp(p) for p in hub))
out = [p for p in caught["r1"] if p.is_esp]
f.same(sorted({p.spi for p in out}), [0x1003], "SPIs on the wire")
now = seen(before)
f.same({k: v for k, v in now.items() if k.startswith(("forward", "esp"))},
       {**counts(path=2, hooks=("forward",)), "esp_none": len(out)}, "the firewall's counters")
f.same(net.counted(stats).get("out_prefrag"), 1, "cut before encryption")
f.point("what is encrypted again has one until then; the ESP made of it has none")
run(["tc", "qdisc", "del", "dev", "wan", "clsact"])
run(["ip", "link", "del", "probe0"])

# ---- iptables ----

RULE = "-w -t mangle -A FORWARD -p udp --dport 9 -m policy --dir in"
for family, tool in (4, "iptables"), (6, "ip6tables"):
    what = f"{tool} -m policy --dir in --pol ipsec"
    matches = ["--pol ipsec", "--pol ipsec --proto esp --reqid 1", "--pol ipsec --strict --mode transport",
               "--pol ipsec --reqid 2", "--pol ipsec --mode tunnel", "--pol none"]
    try:
        for match in matches:
            run([tool, *RULE.split(), *match.split()])
    except RuntimeError as e:  # no such tool, or the kernel lacks what it needs
        ok(True, f"{what} # SKIP it is not there", e)
        continue
    net.exchange("r1", *(esp(p) for p in from_peer(HOST, family)), packet(HOST[family], src=CLEAR[family]))
    shown = run([tool, "-w", "-t", "mangle", "-nvxL", "FORWARD"])
    equal([int(line.split()[0]) for line in shown.splitlines() if "policy match" in line], [N, N, N, 0, 0, 1], what)
    run([tool, "-w", "-t", "mangle", "-F"])

# ---- strict reverse path filters ----


def filtered():
    """Packets that the filter has dropped."""
    with net.inside(net.ns["g1"]), open("/proc/net/netstat") as x:
        names, values = (line.split() for line in x if line.startswith("TcpExt:"))
        return int(values[names.index("IPReversePathFilter")])


def strict(on):
    for dev in "all", "wan", "wan2", "lan":
        net.sysctl("g1", f"ipv4/conf/{dev}/rp_filter", on)


strict(1)
f, before, was = Faults(), counters(), filtered()
to_host, to_gateway = from_peer(HOST, 4), from_peer(G, 4)
caught = net.exchange("r3", *(esp(p) for p in to_host + to_gateway))
f.same(len(arrived(caught, to_host)), N, "packets at the host")
f.same(seen(before), {"reqid1": N, "spi1": N, "prerouting4_path": 2 * N, "forward4_path": N, "input4_path": N},
       "the firewall's counters")
f.same(filtered() - was, 0, "filtered")
f.point("rp_filter=1: ESP that comes by another uplink than the way back leads is delivered")

f, before, was = Faults(), counters(), filtered()
parts = pieces4(from_peer(G, 4, 1, n=1500)[0], 800)
net.exchange("r3", *(esp(p) for p in parts))
f.same((seen(before).get("input4_path"), filtered() - was), (1, 0), "whole datagrams, filtered")
f.point("rp_filter=1: and fragments inside are put together")

f, before, was = Faults(), counters(), filtered()
sent = [packet(A, src=CLEAR[4]) for _ in range(N)]
caught = net.exchange("r3", *sent)
f.same(arrived(caught, sent), [], "packets at the host")
f.same((seen(before), filtered() - was), ({"prerouting4_none": N}, N), "counters, filtered")
f.point("rp_filter=1: clear text is filtered as before")
strict(0)

# ---- beside policies of kernel xfrm ----


def xfrm_stats():
    with net.inside(net.ns["g1"]), open("/proc/net/xfrm_stat") as x:
        return {k: int(v) for k, v in (line.split() for line in x) if k.startswith("XfrmIn")}


def beside(what, commands, undo, dropped):
    """A point: with these of ip, packets that espgw has decrypted pass, or are dropped for that reason."""
    f, before, was = Faults(), counters(), xfrm_stats()
    net.ip("g1", commands)
    to_host = both(lambda v: from_peer(HOST, v, 1))
    wanted = {} if not dropped else {dropped: 4}
    net.send("r1", *(esp(p) for p in to_host + both(lambda v: from_peer(G, v, 1))))
    end, changed = time.monotonic() + 10, None
    while time.monotonic() < end and changed != wanted:
        changed = {k: v - was[k] for k, v in xfrm_stats().items() if v != was[k]}
    caught = None if dropped else net.settle()
    net.ip("g1", undo)
    caught = caught or net.settle()  # what measures that takes the way that may have been blocked
    f.same(len(arrived(caught, to_host)), 0 if dropped else 2, "packets at the host")
    f.same({k: v - was[k] for k, v in xfrm_stats().items() if v != was[k]}, wanted, "xfrm's counters")
    if not dropped:
        f.same({k: v for k, v in seen(before).items() if "_" in k},
               counts(path=1, hooks=("input", "forward")) | counts(path=2, hooks=("prerouting",)), "the firewall's")
    f.point(f"kernel xfrm, {what}: {'drops what espgw has decrypted, as before' if dropped else 'lets it pass'}")


def covers(words, left="10.1.0.0/16 fd01::/16", right="10.2.0.0/16 fd02::/16"):
    return [f"xfrm policy add src {r} dst {l} dir {way} {words}" for way in ("in", "fwd")
            for l, r in zip(left.split(), right.split())]


flush = ["xfrm policy flush"]
tmpl = f"tmpl src {G2[4]} dst {G1[4]} proto esp reqid 1 mode tunnel"
beside("policies for others", covers(tmpl, right="10.77.0.0/16 fd77::/16"), flush, None)
beside("a policy that asks for nothing", covers("action allow"), flush, None)
beside("a policy with an optional tunnel", covers(tmpl + " level use"), flush, None)
beside("a policy for the same tunnel", covers(tmpl), flush, "XfrmInTmplMismatch")
beside("a policy for any transport", covers("tmpl proto esp mode transport"), flush, "XfrmInTmplMismatch")
# Neighbours and routers are looked for in the meantime, at moments of their own: that is to be neither blocked nor counted.
beside("its default being to block",
       ["xfrm policy setdefault in block fwd block", "xfrm policy add src ::/0 dst ::/0 proto ipv6-icmp dir in"],
       ["xfrm policy setdefault in accept fwd accept", *flush], "XfrmInNoPols")

# ---- how long it lives ----

f = Faults()
for family in 4, 6:
    parts = cut[family](from_peer(G, family, 1, n=1500)[0], 900)
    net.send("r1", esp(from_peer(G, family, 1, n=77)[0]), esp(parts[1]))
net.settle()
net.espgw("sa flush", "policy flush")
what = "packets that sockets have not read outlive SA and module"
if sys.argv[1] == "1":
    net.tools.pop("g1").communicate()
    subprocess.run(["rmmod", "espgw"], check=True)
lengths = []
for s in sinks[2:]:
    s.setblocking(False)
    try:
        while True:
            lengths.append(len(s.recv(4000)))
    except BlockingIOError:
        pass
f.same(lengths.count(77), 2, "the last ones, as they are read")
if sys.argv[1] == "1":
    time.sleep(0.3)  # the kernel frees what they named
    ko = os.environ["ESPGW_KO"]
    subprocess.run(["insmod", ko] if ko else ["modprobe", "espgw"], check=True)
f.point(what)
done()
