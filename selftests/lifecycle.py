# SPDX-License-Identifier: GPL-2.0
"""Packets of every shape from host A to host B through two espgw gateways, and what goes away meanwhile."""

import contextlib
import os
import re

from wire import *

GCM = ALGS["gcm128"]
LEFT, RIGHT = {4: "10.1.1.2", 6: "fd01:0:1::2"}, {4: "10.2.0.9", 6: "fd02::9"}
sent = 0


def sh(command, ns=None, check=True):
    words = (["ip", "netns", "exec", net.ns[ns]] if ns else []) + command.split()
    return subprocess.run(words, check=check, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def pair(ns, spi_out, spi_in, reqid, outer=4, out="", both="", alg=GCM):
    """Both SAs of a tunnel, as one gateway has them."""
    here, there = (G1, G2) if ns == "g1" else (G2, G1)
    return [f"sa add dir out src {here[outer]} dst {there[outer]} spi {spi_out:#x} reqid {reqid} "
            f"{alg.words(alg.espgw, spi_out)} {both} {out}",
            f"sa add dir in src {there[outer]} dst {here[outer]} spi {spi_in:#x} reqid {reqid} "
            f"{alg.words(alg.espgw, spi_in)} {both} replay-window 1024"]


def policies(ns, reqid, outer=4, verb="add"):
    here, there = (G1, G2) if ns == "g1" else (G2, G1)
    l, r = ("10.1.0.0/16", "10.2.0.0/16"), ("fd01::/16", "fd02::/16")
    for x, y in l, r:
        s, d = (x, y) if ns == "g1" else (y, x)
        yield f"policy {verb} src {s} dst {d} action protect reqid {reqid} src {here[outer]} dst {there[outer]}"


def tunnel(i, **more):
    """Tunnel i carries what passes from now on."""
    outer = more.get("outer", 4)
    out = more.pop("out", "")
    net.espgw(*pair("g1", 0x1000 + i, 0x2000 + i, i, out=out, **more), *policies("g1", i, outer, "replace"))
    net.espgw(*pair("g2", 0x2000 + i, 0x1000 + i, i, out=out, **more), *policies("g2", i, outer, "replace"), ns="g2")


def packets(*lengths, **more):
    global sent
    made = []
    for n in lengths:
        sent += 1
        made += [datagram(LEFT[f], RIGHT[f], n, sent, **more) for f in (4, 6) if f == 4 or n >= 48]
    return made


def arrived(caught, count):
    """What reached host B, once it is so many packets, or after a while."""
    got = [p.raw for p in caught["b0"]]
    end = time.monotonic() + 10
    while len(got) < count and time.monotonic() < end:
        got += [p.raw for p in net.settle()["b0"]]
    return got


def through(what, made, in_order=True):
    """A point: these packets reach host B unchanged, once."""
    net.settle()  # what is left of earlier traffic
    got, wanted = arrived(net.exchange("a0", *made), len(made)), [forwarded(p, 2) for p in made]
    if not in_order:
        got, wanted = sorted(got), sorted(wanted)
    f = Faults()
    f.same(len(got), len(wanted), "packets")
    f.same([Packet(g) for g, w in zip(got, wanted) if g != w], [], "packets that differ")
    return f.point(what)


@contextlib.contextmanager
def flood():
    """An endless flood of echoes from a to b."""
    with net.inside(net.ns["a"]):
        p = subprocess.Popen(["ping", "-q", "-f", "-s", "1200", "10.2.0.2"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield p
    finally:
        p.terminate()
        p.wait()


def flows(ns="g2"):
    """Waits until the flood moves a gateway's counters."""
    before = net.stats(ns)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if net.counted(before, ns).get("in_packets", 0) > 20:
            return True
        time.sleep(0.05)
    return False


def refused(command, ns="g1"):
    p = subprocess.run([ESPGW, "-n", net.ns[ns], *command.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return p.returncode == 2 and p.stdout.startswith("espgw: ") and p.stdout.count("\n") == 1, p.stdout


net = Net()
for ns in "g1", "g2":
    net.espgw("dev attach wan", ns=ns)

# ---- an asynchronous cipher: pcrypt runs what it wraps on another processor, cryptd in a worker ----


def algorithms():
    """(priority, driver) of the ciphers for GCM in ESP that the kernel has made so far."""
    with open("/proc/crypto") as f:
        text = f.read()
    found = [dict(re.findall(r"^(\w+) +: (.*)$", part, re.M)) for part in text.split("\n\n")]
    return sorted((int(a["priority"]), a["driver"]) for a in found if a.get("name") == "rfc4106(gcm(aes))")


def crypto(kind, driver):
    """CRYPTO_MSG_NEWALG (0x10), CRYPTO_MSG_DELALG (0x11); the error number."""
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 21)
    name = b"rfc4106(gcm(aes))" if kind == 0x11 else b""
    body = struct.pack("=64s64s64sIIII", name, driver.encode(), b"", 3, 0xf, 0, 0)
    if kind == 0x10:
        body += struct.pack("=HHI", 8, 1, 10000)  # CRYPTOCFGA_PRIORITY_VAL: before all others
    s.send(struct.pack("=IHHII", 16 + len(body), kind, 5, 1, 0) + body)
    return -struct.unpack("=i", s.recv(4096)[16:20])[0]


tunnel(1)
through("packets of many sizes", packets(28, 29, 100, 1280, 1446))
inner = algorithms()[-1][1]
driver = f"pcrypt({inner})"
if os.path.exists("/proc/lockdep"):
    # pcrypt's padata nests two locks of one class, which lockdep reports: there cryptd, which wants a synchronous cipher.
    driver = "cryptd(rfc4106(gcm_base(ctr(aes-generic),ghash-generic)))"
try:
    error = crypto(0x10, driver)
except OSError as e:
    error = e.errno
if error or algorithms()[-1][1] != driver:
    print(f"no {driver}: error {error}")
    for what in ("an asynchronous cipher delivers", "and completed asynchronously, both ways", "pieces of a packet, too",
                 "a flood passes while SAs with operations under way go away", "then nothing uses the cipher any more"):
        ok(True, f"{what} # SKIP this kernel has neither pcrypt nor cryptd")
else:
    before, after = net.stats(), net.stats("g2")
    tunnel(2)
    through("an asynchronous cipher delivers", packets(*range(100, 130), 1446), in_order=False)
    n, m = net.counted(before), net.counted(after, "g2")
    ok(n.get("out_async", 0) > 60 and m.get("in_async", 0) > 60, "and completed asynchronously, both ways", [n, m])
    made = datagram(LEFT[4], RIGHT[4], 1500, 77)
    got = sorted((Packet(g) for g in arrived(net.exchange("a0", made), 2)), key=lambda p: p.off)
    equal((len(got), b"".join(p.payload for p in got) == made[20:]), (2, True), "pieces of a packet, too")
    with flood():
        ok(flows(), "a flood passes while SAs with operations under way go away")
        for i in range(3):
            net.espgw("sa flush")
            net.espgw(*pair("g1", 0x1002, 0x2002, 2, out=f"seq {100000 * (i + 1)}"))
            flows()
        net.espgw("sa flush", ns="g2")
    net.espgw("sa flush")
    end = time.monotonic() + 20
    while crypto(0x11, driver) and time.monotonic() < end:
        time.sleep(0.2)
    ok(algorithms()[-1][1] == inner, "then nothing uses the cipher any more", algorithms())

# ---- fragments of ESP are reassembled, and taken ----

before = net.stats("g2")
tunnel(3, out="df clear frag off")
net.mtu(r2=1280)
through("ESP that a router fragmented, IPv4", [datagram(LEFT[4], RIGHT[4], n, n) for n in (900, 1300, 1446)], in_order=False)
equal(net.counted(before, "g2").get("in_reassembled"), 2, "was reassembled where it had to be")
before = net.stats("g2")
tunnel(4, out="df clear frag off", both="encap espinudp 4500 4500")
through("ESP in UDP that a router fragmented", [datagram(LEFT[4], RIGHT[4], n, n) for n in (900, 1300, 1438)], in_order=False)
equal(net.counted(before, "g2").get("in_reassembled"), 2, "was reassembled where it had to be")
net.mtu(r2=1500)
before = net.stats("g2")
tunnel(5, out="df clear frag after", outer=6)
net.espgw(f"pmtu set spi 0x1005 dst {G2[6]} mtu 1280")
through("ESP over IPv6 that its source fragmented", [datagram(LEFT[f], RIGHT[f], n, n + f) for f in (4, 6) for n in (900, 1280, 1400)
        if f == 4 or n <= 1280], in_order=False)
equal(net.counted(before, "g2").get("in_reassembled"), 3, "was reassembled where it had to be")

# ---- super-packets, checksums to be filled in, clones ----

tunnel(6)
for family in 4, 6:
    # All of one TCP stream's segment, to be cut: what arrives has to be the same bytes, with good checksums.
    ihl, size, data = (20 if family == 4 else 40), 1200, pattern(20000, family)
    tcp = struct.pack("!HHIIHHHH", 1111, 2222, 1000, 2000, 0x5018, 500, 0, 0)
    n = len(tcp) + len(data)
    psh = pseudo(LEFT[family], RIGHT[family], TCP, n)
    tcp = tcp[:16] + struct.pack("!H", ~checksum(psh) & 0xffff) + tcp[18:]
    super_ = (ip4 if family == 4 else ip6)(LEFT[family], RIGHT[family], TCP, tcp + data)
    before = net.stats()
    net.ports["a0"].send_gso(super_, size, ihl + 20)
    got = [Packet(g) for g in arrived(net.settle(), -(-len(data) // size))]
    f = Faults()
    f.same(b"".join(p.payload[20:] for p in sorted(got, key=lambda p: p.payload[4:8])) == data, True, "the same bytes")
    f.same({checksum(pseudo(p.src, p.dst, TCP, len(p.payload)) + p.payload) for p in got}, {0}, "checksums")
    f.same({p.good for p in got}, {True}, "IP checksums")
    f.same(net.counted(before).get("out_gso"), 1, "counted")
    f.point(f"a super-packet over IPv{family}")


def file(what, a="a", want_gso=None):
    """A point: 300 KB by TCP from a namespace to host B."""
    before = net.stats()
    data = pattern(300000, sent)
    with net.inside(net.ns["b"]):
        server = socket.create_server(("10.2.0.2", 7000), reuse_port=True)
    with net.inside(net.ns[a]):
        client = socket.socket()
        client.settimeout(30)
        if a == "g1":
            client.bind(("10.1.0.1", 0))
        client.connect(("10.2.0.2", 7000))
    peer, _ = server.accept()
    peer.settimeout(30)
    client.setblocking(False)
    got, at = bytearray(), 0
    end = time.monotonic() + 40
    while len(got) < len(data) and time.monotonic() < end:
        try:
            at += client.send(data[at:]) if at < len(data) else 0
        except BlockingIOError:
            pass
        peer.settimeout(0.05)
        try:
            got += peer.recv(1 << 20)
        except socket.timeout:
            pass
    for s in client, peer, server:
        s.close()
    f = Faults()
    f.same(bytes(got) == data, True, "the same bytes")
    if want_gso is not None:
        f.same(net.counted(before).get("out_gso", 0) > 0, want_gso, "super-packets were seen")
    f.point(what)


net.ip("g1", [f"route replace 10.2.0.0/16 via {R1[4]} src 10.1.0.1"])
for device, ns in (("a0", "a"), ("lan", "g1")):
    sh(f"ethtool -K {device} tso on gso on gro off", ns, False)
file("TCP with segmentation offload", want_gso=True)
sh("ethtool -K a0 tso off gso off", "a", False)
file("without it", want_gso=False)
sh("ethtool -K a0 tx off", "a", False)
file("and with checksums made by the host")
sh("ethtool -K a0 tx on", "a", False)
file("from the gateway itself: clones of what TCP keeps", a="g1")
taps = []
for ns in "g1", "g2":
    with net.inside(net.ns[ns]):
        taps.append(subprocess.Popen(["tcpdump", "-i", "wan", "-w", "/dev/null", "-U"], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
        taps[-1].stderr.readline()
    net.ip(ns, ["link add mirror type dummy", "link set mirror up"])
    sh(f"tc -n {net.ns[ns]} qdisc add dev lan clsact")
    sh(f"tc -n {net.ns[ns]} filter add dev lan ingress matchall action mirred egress mirror dev mirror")
    sh(f"tc -n {net.ns[ns]} qdisc add dev wan clsact")
    sh(f"tc -n {net.ns[ns]} filter add dev wan ingress matchall action mirred egress mirror dev mirror")
    sh(f"tc -n {net.ns[ns]} filter add dev wan egress matchall action mirred egress mirror dev mirror")
file("while tcpdump and tc mirror look on", a="g1")
through("and packets are unchanged", packets(100, 1280, 1446), in_order=False)
for p in taps:
    p.terminate()
    p.wait()
for ns in "g1", "g2":
    net.ip(ns, ["link del mirror"])
    for d in "lan", "wan":
        sh(f"tc -n {net.ns[ns]} qdisc del dev {d} clsact")

# ---- devices ----

good, said = refused("dev detach wan")
ok(good, "a device is not detached while protect policies apply to it", said)
net.ip("g1", ["link set wan down", "link set wan name outside", "link set outside up",
              f"addr replace {G1[6]}/64 dev outside nodad", f"route replace default via {R1[4]}",
              f"route replace 10.2.0.0/16 via {R1[4]} src 10.1.0.1", f"neigh replace {R1[4]} lladdr {net.ports['r1'].mac.hex(':')} dev outside nud permanent"])
equal([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "waiting")], "of a device that is renamed, the name stays attached")
through("and what leaves by it is protected all the same", [datagram(LEFT[4], RIGHT[4], n, n) for n in (200, 1446)])
net.ip("g1", ["link set outside down", "link set outside name wan", "link set wan up", f"route replace default via {R1[4]}",
              f"addr replace {G1[6]}/64 dev wan nodad",
              f"neigh replace {R1[4]} lladdr {net.ports['r1'].mac.hex(':')} dev wan nud permanent"])

# Devices without a link layer, towards the router and on to gateway 2
net.ip("g1", ["addr add 192.0.2.77/24 dev wan", f"tunnel add ip0 mode ipip local 192.0.2.77 remote {R1[4]}", "link set ip0 up mtu 1480", "addr add 10.9.9.1/30 dev ip0",
              f"route add {G2[4]}/32 dev ip0", "route replace 10.2.0.0/16 dev ip0"])
net.ip("r", [f"tunnel add ip0 mode ipip local {R1[4]} remote 192.0.2.77", "link set ip0 up mtu 1480", "addr add 10.9.9.2/30 dev ip0"])
net.espgw("dev attach ip0")
through("out by a device without link-layer header", [datagram(LEFT[4], RIGHT[4], n, n, df=0) for n in (200, 1300)])
net.ip("r", [f"route add {G1[4]}/32 dev ip0"])
back = [datagram("10.2.1.9", "10.1.0.2", n, n) for n in (200, 1300)]
caught = net.exchange("b0", *back)["a0"]
equal([p.raw for p in caught if p.proto == UDP], [forwarded(p, 2) for p in back], "and in by it")
net.ip("g1", ["link del ip0", f"route replace default via {R1[4]}"])
net.ip("r", ["link del ip0"])
equal([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "attached"), ("ip0", "waiting")],
      "a device that is deleted is waited for")
net.espgw("dev detach ip0")
net.ip("g1", ["tuntap add dev t0 mode tun", "link set t0 up"])
net.espgw("dev attach t0", "policy add dev t0 src 10.66.0.0/16 dst 10.67.0.0/16 action discard")
equal(len(net.show("dev show")), 2, "a tun device is attached")
net.ip("g1", ["link set t0 netns " + net.ns["b"]])
equal(([(d["dev"], d["state"]) for d in net.show("dev show")], [(p["dev"], "ifindex" in p) for p in net.show("policy show") if "dev" in p]),
      ([("wan", "attached"), ("t0", "waiting")], [("t0", False)]), "one that is moved to another namespace is waited for, and its policy waits")
net.espgw("policy del dev t0 src 10.66.0.0/16 dst 10.67.0.0/16", "dev detach t0")
net.ip("b", ["link del t0"])

# ---- under traffic ----

net.ip("g1", [f"route replace 10.2.0.0/16 via {R1[4]} src 10.1.0.1"])
through("all is well", packets(100)[:1])
net.settle()
with flood():
    good = flows()
    for i in range(5):
        net.espgw("sa flush")
        net.espgw(*pair("g1", 0x1006, 0x2006, 6, out=f"seq {1000000 * (i + 1)}"))
        net.espgw("sa flush", ns="g2")
        net.espgw(*pair("g2", 0x2006, 0x1006, 6, out=f"seq {1000000 * (i + 1)}"), ns="g2")
        good = good and flows()
    ok(good, "SAs are flushed and added under traffic")
    good = True
    for i in range(5):
        for p in policies("g2", 6, verb="replace"):
            net.espgw(p, ns="g2")
        net.espgw(*(f"policy add prio {k} src 10.1.{k}.0/24 dst 10.2.0.0/16 action discard" for k in range(1, 60)))
        net.espgw(*(f"policy del prio {k} src 10.1.{k}.0/24 dst 10.2.0.0/16" for k in range(1, 60)))
        good = good and flows()
    ok(good, "and policies")
    net.ip("g1", ["link del wan"])
    time.sleep(0.5)
    equal(([d["state"] for d in net.show("dev show")], len(net.show("policy show"))), (["waiting"], 2), "the WAN device is unplugged under traffic")
    net.espgw("policy flush", "sa flush")
with flood():
    net.ip("r", ["link set r2 down", "link set r2 up"])
    subprocess.run(["ip", "netns", "del", net.ns["g2"]], check=True)
    gone = time.monotonic() + 20
    while time.monotonic() < gone:
        if sh(f"ip -n {net.ns['r']} link show r2", check=False).returncode:
            break
        time.sleep(0.1)
    ok(time.monotonic() < gone, "a namespace is deleted under traffic")
done()
