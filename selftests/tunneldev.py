# SPDX-License-Identifier: GPL-2.0
"""Tunnels that are devices: a policy for a device that is not the WAN protects what is routed into it.

Gateway 1 runs espgw, gateway 2 kernel xfrm.  What host a sends to host b is routed into tun0 there; rp_filter is strict.
A packet socket of gateway 1 sees all that leaves by its other devices: nothing of it may be in clear.
"""

from over import *

OUTGOING = 4
T = Tunnel(0, "gcm128")
COUNTED = ("out_packets", "out_guarded", "in_packets", "in_gro", "drop_in_selector", "drop_in_cleartext", "drop_in_device",
           "drop_in_frag_ports", "drop_out_discard", "drop_out_no_sa")
PROTECT = f"action protect reqid {T.reqid} src {G1[4]} dst {G2[4]}"
ANY = ("src 0.0.0.0/0 dst 0.0.0.0/0", "src ::/0 dst ::/0")

watch = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
watch.setblocking(False)


def seen():
    """What the socket has seen since: (device, kind, frame)."""
    found = []
    while True:
        try:
            raw, (dev, _, kind, *_) = watch.recvfrom(70000)
        except BlockingIOError:
            return found
        found.append((dev, kind, raw))


def sysctl(*settings, ns="g1"):
    for s in settings:
        subprocess.run(["ip", "netns", "exec", net.ns[ns], "sysctl", "-qw", s], check=True)


def there(family=4, n=200, **more):
    there.count += 1
    return datagram(T.left[family], T.right[family], n, seed=there.count, **more)


def back(family=4, n=200, src=None, dst=None, **more):
    there.count += 1
    return datagram(src or T.right[family], dst or T.left[family], n, seed=there.count, **more)


there.count = 0


def goes(f, what, *packets, port="a0", arrived=True, **counted):
    """Packets leave as ESP alone, and arrive; what was counted. Nothing of them is in clear on any device but the LAN."""
    seen()
    before = net.stats()
    caught = net.exchange(port, *packets)
    to = "b0" if port == "a0" else "a0"
    f.same([p.raw.hex() for p in caught[to] if not p.is_chatter], [forwarded(p).hex() for p in packets] if arrived else [],
           f"{what}: arrived")
    got = net.counted(before)
    f.same({k: got[k] for k in COUNTED if k in got and (k in counted or k.startswith("drop") or k == "out_guarded")}, counted,
           f"{what}: counted")
    frames = seen()
    bodies = [p[-60:] for p in packets]
    f.same([d for d, kind, raw in frames if kind == OUTGOING and d not in ("lan", "lo") and any(b in raw for b in bodies)], [],
           f"{what}: in clear")
    return [(d, raw) for d, kind, raw in frames if kind != OUTGOING and any(b in raw for b in bodies)]


def point(what, run):
    f = Faults()
    try:
        run(f)
    except Exception as e:  # an older module does not know the words
        f.append(repr(e)[:300])
    f.point(what)


def make(kind="dummy", name="tun0", metric=""):
    net.ip("g1", [f"link add {name} type {kind}", f"link set {name} addrgenmode none", f"link set {name} up",
                  f"route replace 10.2.0.0/16 dev {name} {metric}", f"route replace fd02::/16 dev {name} {metric}"])
    sysctl(f"net.ipv4.conf.{name}.rp_filter=1")


def link(name="tun0"):
    p = subprocess.run(["ip", "-n", net.ns["g1"], "-j", "-s", "link", "show", name], text=True, stdout=subprocess.PIPE, check=True)
    return json.loads(p.stdout)[0]


def rx(name="tun0"):
    return tuple(link(name)["stats64"]["rx"][k] for k in ("packets", "bytes"))


def mtu(name="tun0"):
    return link(name)["mtu"]


net.espgw(*(c for c in T.commands() if c.startswith("sa")))
net.xfrm_tunnels([T])
sysctl("net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.wan.rp_filter=1")
make()
net.espgw(*(f"policy add dev tun0 {a} {PROTECT}" for a in ANY))

# ---- there and back ----


def both_ways(f, n=0, **counted):
    goes(f, "there", there(), there(6), out_packets=2, **counted)
    frames = goes(f, "back", back(), back(6), port="b0", in_packets=2)
    f.same([d for d, _ in frames], ["tun0"] * 2, "devices that they arrived by")
    for _, raw in frames:
        f.same((raw[6:12], raw[:12] != raw[6:18]), (bytes(6), True), "link-layer addresses")
        f.same(raw[14] >> 4 == (4 if raw[12:14] == b"\x08\0" else 6), True, "ethertype")


point("what is routed into a dummy is protected; what comes out arrives by it, past strict rp_filter",
      lambda f: both_ways(f, out_guarded=2))


def attached(f):
    net.espgw("dev attach tun0")
    both_ways(f)
    f.same(net.stats()["drop_in_cleartext"], 0, "drop_in_cleartext")


point("the same with the device attached: nothing is told of it as on a strange way", attached)


def firewall(f):
    net.nft("g1", 'table netdev n { chain c { type filter hook ingress device "tun0" priority 0;\n counter comment "ingress"\n}\n}\n'
        'table inet t { chain c { type filter hook prerouting priority -300;\n iifname "tun0" counter comment "tun0"\n'
        'iifname "wan" ip saddr 10.2.0.0/16 counter comment "wan"\n}\n chain d { type filter hook forward priority 0;\n'
        'iifname "tun0" oifname "lan" counter comment "forward"\n oifname "tun0" counter comment "out"\n}\n}\n')
    goes(f, "there", there(), there(6), out_packets=2)
    goes(f, "back", back(), back(6), back(n=900), port="b0", in_packets=3)
    f.same(net.nft_packets("g1"), {"ingress": 3, "tun0": 3, "wan": 0, "forward": 3, "out": 2}, "nft")
    net.nft("g1", "flush ruleset")


point("nft sees it there: netdev ingress, iifname, oifname", firewall)


def judged(f):
    """By the policies for that device."""
    for words, counted in (("prio 0 dev tun0 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", {"drop_in_selector": 1}),
                           ("prio 0 dev tun0 src 10.1.0.0/16 dst 10.2.0.0/16 action bypass", {"drop_in_selector": 1}),
                           ("prio 0 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", {"drop_in_selector": 1}),
                           ("prio 0 dev wan src 10.1.0.0/16 dst 10.2.0.0/16 action discard", {"in_packets": 1}),
                           ("prio 0 dev wan src 0.0.0.0/0 dst 10.2.0.0/16 action bypass", {"in_packets": 1}),
                           ("prio 9 dev tun0 src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp action discard", {"in_packets": 1})):
        net.espgw(f"policy add {words}")
        goes(f, words, back(), port="b0", arrived="in_packets" in counted, **counted)
        net.espgw(f"policy del {words.split(' action')[0]}")
    # Narrower policies: what they do not cover does not come in.
    net.espgw(f"policy del dev tun0 {ANY[0]}", f"policy add dev tun0 src 10.1.1.0/24 dst 10.2.0.0/25 {PROTECT}")
    goes(f, "covered", back(), port="b0", in_packets=1)
    goes(f, "not covered", back(src="10.2.0.200"), back(dst="10.1.2.1"), port="b0", arrived=False, drop_in_selector=2)
    net.espgw(f"policy del dev tun0 src 10.1.1.0/24 dst 10.2.0.0/25", f"policy add dev tun0 {ANY[0]} {PROTECT}")


point("selectors are judged there, by the policies for that device and for all", judged)


def sizes(f):
    n = T.inner(1500)
    before = net.stats()
    caught = net.exchange("a0", there(4, n + 1, df=1), there(6, n + 1), there(4, n, df=1), there(4, 1500))
    f.same(sorted(p.answer()[0] for p in caught["a0"] if p.answer()), [n, n], "answers")
    f.same((len(caught["b0"]), max(p.len for p in caught["b0"])), (3, n), "arrived")
    quote = forwarded(there(), 1)[:28]
    net.ip("g2", ["xfrm policy add src 172.31.0.0/16 dst 10.1.0.0/16 dir out " +
                  f"tmpl src {G2[4]} dst {G1[4]} proto esp reqid {T.reqid} mode tunnel", "route add 172.31.0.0/16 via 10.2.0.2"])
    net.ip("g1", ["route add 172.31.0.0/16 dev tun0"])
    goes(f, "an ICMP error", icmp4("172.31.0.1", T.left[4], 3, 1, 0, quote), port="b0", in_packets=1)
    big = udp(T.right[4], T.left[4], pattern(1992, 3))
    goes(f, "fragments", ip4(T.right[4], T.left[4], UDP, big[:1000], mf=1), ip4(T.right[4], T.left[4], UDP, big[1000:], off=1000),
         port="b0", in_packets=2)


point("too big: answered or cut; ICMP errors and fragments out of the tunnel arrive", sizes)


def ports(f):
    """Fragments are followed on the device that they belong to."""
    net.espgw(f"policy del dev tun0 {ANY[0]}", f"policy add dev tun0 {ANY[0]} proto udp dport 9 {PROTECT}",
              f"policy add dev tun0 {ANY[0]} proto udp sport 9 {PROTECT}")
    big = udp(T.right[4], T.left[4], pattern(1992, 3), sport=9, dport=40000)
    first, last = ip4(T.right[4], T.left[4], UDP, big[:1000], mf=1, ident=91), ip4(T.right[4], T.left[4], UDP, big[1000:], off=1000, ident=91)
    frames = goes(f, "in order", first, last, port="b0", in_packets=2)
    f.same([d for d, _ in frames], ["tun0"] * 2, "devices")
    first, last = (p[:4] + b"\0\x77" + p[6:10] + b"\0\0" + p[12:] for p in (first, last))
    first, last = (p[:10] + struct.pack("!H", checksum(p[:20])) + p[12:] for p in (first, last))
    net.exchange("b0", last)
    before = net.stats()
    caught = net.exchange("b0", first)
    f.same(sorted(p.off for p in caught["a0"] if p.proto == UDP), [0, 1000], "the last one first: both")
    net.espgw(f"policy del dev tun0 {ANY[0]} proto udp dport 9", f"policy del dev tun0 {ANY[0]} proto udp sport 9",
              f"policy add dev tun0 {ANY[0]} {PROTECT}")


point("policies with ports: fragments are followed there", ports)


def tcp(f):
    before = net.stats()
    for family in 4, 6:
        net.transfer(f, T, family, 1 << 20)
    got = net.counted(before)
    f.same((got.get("in_gro", 0) > 100, got.get("out_gso", 0) > 10), (True, True), "GRO, GSO")
    f.same({k: v for k, v in got.items() if k.startswith("drop")}, {}, "drops")
    net.settle()


point("TCP, both families, both ways; aggregated on the device", tcp)


def own(f):
    """The gateway's own sockets, with an address of the device."""
    net.ip("g1", ["addr add 10.1.77.1/32 dev tun0"])
    net.ip("g2", ["route add 10.1.77.1/32 via " + R2[4]])
    p = subprocess.run(["ip", "netns", "exec", net.ns["g1"], "ping", "-I", "10.1.77.1", "-q", "-c", "3", "-i", "0.2", "-W", "5", "10.2.0.2"],
                       stdout=subprocess.PIPE, text=True)
    f.same("3 received" in p.stdout, True, p.stdout[-200:])
    p = subprocess.run(["ip", "netns", "exec", net.ns["b"], "ping", "-s", "3000", "-q", "-c", "2", "-i", "0.2", "-W", "5", "10.1.77.1"],
                       stdout=subprocess.PIPE, text=True)
    f.same("2 received" in p.stdout, True, p.stdout[-200:])
    net.ip("g1", ["addr del 10.1.77.1/32 dev tun0"])
    net.settle()


point("the gateway's own address there: asks, and is asked in fragments", own)

# ---- it goes down, goes away, comes again ----


def down(f):
    net.ip("g1", ["link set tun0 down"])
    goes(f, "down", back(), back(6), port="b0", arrived=False, drop_in_device=2)
    net.ip("g1", ["link set tun0 up", "route replace 10.2.0.0/16 dev tun0", "route replace fd02::/16 dev tun0"])
    both_ways(f)


point("the device is down: dropped and counted; up again: it goes on", down)


def again(f):
    """One more policy for all devices, behind: what is routed elsewhere meanwhile is protected as well."""
    net.espgw(*(f"policy add prio 100 src {s} dst {d} {PROTECT}" for s, d in (("10.1.0.0/16", "10.2.0.0/16"), ("fd01::/16", "fd02::/16"))))
    both_ways(f)
    net.ip("g1", ["link del tun0"])
    goes(f, "by the default route", there(), there(6), out_packets=2)
    frames = goes(f, "back", back(), back(6), port="b0", in_packets=2)
    f.same([d for d, _ in frames if d != "wan"], [], "devices")
    make()
    both_ways(f)
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "attached"), ("tun0", "attached")], "dev show")
    net.espgw(*(f"policy del prio 100 src {s} dst {d}" for s, d in (("10.1.0.0/16", "10.2.0.0/16"), ("fd01::/16", "fd02::/16"))))
    net.ip("g1", ["link del tun0"])
    goes(f, "without", back(), back(6), port="b0", arrived=False, drop_in_selector=2)
    make()
    both_ways(f)


point("deleted and made again: with a policy for all devices behind, nothing is lost, nor in clear", again)

# ---- kinds of devices, and several ----


def kinds(f):
    for kind, words, counts in (("xfrm", "xfrm dev wan if_id 77", True), ("gre", f"gre local {G1[4]} remote {R1[4]} ttl 64", True),
                                ("veth", "veth peer name tun0p", False), ("ipip", f"ipip local {G1[4]} remote {R1[4]}", True)):
        net.ip("g1", ["link del tun0"])
        try:
            make(words)
        except Exception as e:
            f.append(f"{kind}: {e!r}"[:200])
            make()
            continue
        if kind == "veth":
            # What the stack itself has to say to such a link is nobody's here.
            sysctl("net.ipv6.conf.tun0p.disable_ipv6=1")
            net.espgw("policy add dev tun0 src ::/0 dst ff00::/8 action bypass")
            net.ip("g1", ["link set tun0p up", f"neigh add 10.2.0.9 lladdr 02:00:00:00:00:01 dev tun0 nud permanent",
                          f"neigh add fd02::9 lladdr 02:00:00:00:00:01 dev tun0 nud permanent"])
        before = rx()
        goes(f, f"{kind}: there", there(), there(6), out_packets=2)
        frames = goes(f, f"{kind}: back", back(), back(6), back(n=1000), port="b0", in_packets=3)
        f.same([d for d, _ in frames], ["tun0"] * 3, f"{kind}: devices")
        if kind == "veth":
            net.espgw("policy del dev tun0 src ::/0 dst ff00::/8")
        if counts:
            f.same(tuple(b - a for a, b in zip(before, rx())), (3, 1400), f"{kind}: received packets and bytes")
    net.ip("g1", ["link del tun0"])
    make()


point("an xfrm, a GRE, an IPIP and a veth device in its place; what counts, counts what it receives", kinds)


def two(f):
    """Two peers, two devices, the same selectors: the route chooses, and by which device the answer comes."""
    other = Over(1, "gcm128", ends=("192.168.7.1", "192.168.7.2"))
    ends(7)
    net.ip("r", [f"route add 192.168.7.1 via {G1[4]}", f"route add 192.168.7.2 via {G2[4]}"])
    net.espgw(*(c for c in other.commands() if c.startswith("sa")), "dev attach tun1")
    net.ip("g2", [c for c in other.xfrm() if c.startswith("xfrm state")])
    tmpl = {t: f"tmpl src {s} dst {d} proto esp reqid {t.reqid} mode tunnel level use"
            for t, s, d in ((T, G1[4], G2[4]), (other, "192.168.7.1", "192.168.7.2"))}
    answer = {t: f"tmpl src {d} dst {s} proto esp reqid {t.reqid} mode tunnel"
              for t, s, d in ((T, G1[4], G2[4]), (other, "192.168.7.1", "192.168.7.2"))}
    net.ip("g2", [f"xfrm policy update src {l} dst {r} dir {way} {tmpl[T]} {tmpl[other]}" for way in ("in", "fwd")
                  for l, r in (("10.1.0.0/16", "10.2.0.0/24"), ("fd01::/16", "fd02::/48"))])
    make(name="tun1")
    net.espgw(*(f"policy add dev tun1 {a} action protect reqid {other.reqid} src 192.168.7.1 dst 192.168.7.2" for a in ANY))
    sysctl("net.ipv4.conf.tun0.rp_filter=0", "net.ipv4.conf.tun1.rp_filter=0")
    for name, spi in ("tun1", other.spi_out), ("tun0", T.spi_out), ("tun1", other.spi_out):
        net.ip("g1", [f"route replace 10.2.0.0/16 dev {name}", f"route replace fd02::/16 dev {name}"])
        caught = net.exchange("a0", there(), there(6))
        f.same(([p.spi for p in caught["r1"] if p.is_esp], len(caught["b0"])), ([spi] * 2, 2), f"by {name}")
        for t, dev in (T, "tun0"), (other, "tun1"):
            net.ip("g2", [f"xfrm policy update src {r} dst {l} dir out {answer[t]}"
                          for l, r in (("10.1.0.0/16", "10.2.0.0/24"), ("fd01::/16", "fd02::/48"))])
            frames = goes(f, f"by {name}, back by {dev}", back(), back(6), port="b0", in_packets=2)
            f.same([d for d, _ in frames], [dev] * 2, f"by {name}: devices")
    net.ip("g1", ["route replace 10.2.0.0/16 dev tun0", "route replace fd02::/16 dev tun0", "link del tun1"])
    net.ip("g2", [f"xfrm policy update src {r} dst {l} dir out {answer[T]}"
                  for l, r in (("10.1.0.0/16", "10.2.0.0/24"), ("fd01::/16", "fd02::/48"))])
    net.espgw(*(f"policy del dev tun1 {a}" for a in ANY), "dev detach tun1",
              *(f"sa del dst {d} spi {spi:#x}" for d, spi in (("192.168.7.2", other.spi_out), ("192.168.7.1", other.spi_in))))
    sysctl("net.ipv4.conf.tun0.rp_filter=1")


point("two devices, two tunnels, the same selectors: each packet arrives by the device of its own tunnel", two)


def strange(f):
    """Clear text on an attached device of a tunnel is clear text, whatever is written on it."""
    net.ip("g1", ["link del tun0"])
    make("veth peer name tun0p")
    sysctl("net.ipv6.conf.tun0p.disable_ipv6=1")  # it has things of its own to say
    net.ip("g1", ["link set tun0p up"])
    tx = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW)
    tx.bind(("tun0p", 0))
    before = net.stats()
    tx.send(bytes.fromhex(link()["address"].replace(":", "")) + bytes(6) + b"\x08\0" + forwarded(back(), 1))
    caught = net.settle()
    got = net.counted(before)
    f.same((got.get("drop_in_cleartext"), len([q for q in caught["a0"] if not q.is_chatter])), (1, 0), "clear text")
    net.ip("g1", ["link del tun0"])
    make()


point("what arrives in clear by an attached device of a tunnel is dropped", strange)

# ---- its MTU ----


def until(f, what, wanted, name="tun0"):
    end = time.monotonic() + 5
    while mtu(name) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    f.same(mtu(name), wanted, what)


def shrink(n):
    for ns, dev in ("r", "r2"), ("g2", "wan"):
        net.ip(ns, [f"link set {dev} mtu {n}"])


def follows(f):
    full, less = T.inner(1500), T.inner(1400)
    f.same((full, less), (1446, 1346), "numbers")
    f.same(mtu(), 1500, "before")
    net.espgw("dev set tun0 mtu-follow on")
    until(f, "set", full)
    f.same([(d["dev"], d.get("mtu_follow"), d["dev_mtu"]) for d in net.show("dev show")], [("wan", None, 1500), ("tun0", True, full)], "dev show")
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], "save"], text=True, stdout=subprocess.PIPE, check=True)
    f.same([line for line in p.stdout.splitlines() if "tun0" in line][:1], ["dev attach tun0 mtu-follow on"], "save")
    shrink(1400)
    caught = net.exchange("a0", there(4, full, df=1))
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [less], "told at once")
    until(f, "learned", less)
    # Routes and sockets know it; what is forwarded is still told by the policy.
    before = net.stats()
    caught = net.exchange("a0", there(4, less + 1, df=1), there(6, less + 1), there(4, less, df=1), there(6, less))
    f.same((sorted(p.answer()[0] for p in caught["a0"] if p.answer()), len(caught["b0"])), ([less] * 2, 2), "answers; at b")
    f.same(net.counted(before).get("drop_out_too_big"), 2, "drop_out_too_big")
    net.ip("g1", ["link set tun0 mtu 1500"])
    until(f, "by hand: set again", less)
    shrink(1500)
    net.espgw("pmtu flush")
    until(f, "flushed", full)
    net.espgw(f"pmtu set spi {T.spi_out:#x} dst {G2[4]} mtu 1360 age 2")
    until(f, "by hand", T.inner(1360))
    time.sleep(2)
    until(f, "aged", full)
    net.espgw(f"pmtu set spi {T.spi_out:#x} dst {G2[4]} mtu 1000")
    until(f, "less than IPv6 needs", 1280)
    net.espgw("pmtu flush")
    net.ip("g1", ["link set wan mtu 1450"])
    until(f, "the WAN's MTU", T.inner(1450))
    net.ip("g1", ["link set wan mtu 1500"])
    until(f, "and back", full)
    net.espgw("dev set wan mtu-cap 1350")
    until(f, "mtu-cap", T.inner(1350))
    net.espgw("dev set wan mtu-cap inherit")
    until(f, "and none", full)
    net.ip("g1", ["link del tun0"])
    make()
    until(f, "made again", full)
    spi = T.spi_out + 0x500
    net.espgw(f"sa add dir out src {G1[4]} dst {G2[4]} spi {spi:#x} reqid {T.reqid} {ALGS['cbc-sha256'].words(ALGS['cbc-sha256'].espgw, spi)}")
    until(f, "one more SA, of another cipher", 1438)
    net.espgw(f"sa del dst {G2[4]} spi {spi:#x}")
    until(f, "and without it", full)
    net.espgw("dev set wan mtu-follow on")
    net.espgw(f"policy add prio 9 dev wan src 10.1.0.0/16 dst 10.99.0.0/16 {PROTECT}")
    time.sleep(0.5)
    f.same((mtu("wan"), mtu()), (1500, full), "the WAN itself does not follow what leaves by it")
    net.espgw("policy del prio 9 dev wan src 10.1.0.0/16 dst 10.99.0.0/16", "dev set wan mtu-follow off")
    net.espgw("dev set tun0 mtu-follow off")
    net.ip("g1", ["link set tun0 mtu 1500"])
    time.sleep(0.3)
    f.same(mtu(), 1500, "off")
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], "dev", "set", "tun0"], text=True, stderr=subprocess.PIPE)
    f.same((p.returncode, p.stderr), (1, "espgw: dev set: nothing to set is given\n"), "nothing to set")


point("mtu-follow: the device's MTU is what fits now", follows)
done()
