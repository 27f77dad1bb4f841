# SPDX-License-Identifier: GPL-2.0
"""What a protect policy covers, and what is called something else than IP on its way out of or into gateway 1.

What host a sends to host b has a mark in it, which must leave by no device but the LAN's, whatever is around it.
"""

from watch import *

net = Net()
T = Tunnel(0, "gcm128")
net.tunnels([T])
watch = Watch(net)
leaks = watch.found
ELSEWHERE = {4: "10.9.0.9", 6: "fd09::9"}  # what no policy covers
DST = {4: "10.2.0.0/16", 6: "fd02::/16"}
HOST = {4: "10.1.0.2", 6: "fd01::2"}
VLAN, MPLS = 0x8100, 0x8847


def packet(family, n=200, src=None, dst=None, **more):
    packet.count += 1
    src, dst = src or T.left[family], dst or T.right[family]
    data = udp(src, dst, MARK + pattern(n - (28 if family == 4 else 48) - len(MARK), packet.count), sport=41000)
    return (ip4 if family == 4 else ip6)(src, dst, UDP, data, **more)


packet.count = 0


def send_super_packets():
    """From host A, a covered one of each family: five segments of TCP."""
    tcp = struct.pack("!HHIIBBHHH", 40000, 9, 1, 1, 0x50, 0x10, 1000, 0, 0)
    for family in 4, 6:
        data = tcp + (MARK + pattern(1000 - len(MARK))) * 5
        p = (ip4 if family == 4 else ip6)(T.left[family], T.right[family], 6, data)
        net.ports["a0"].send_gso(p, 1000, 40 if family == 4 else 60)
    net.settle()


def point(what, run, *needs):
    missing = [name for name, there in needs if not there]
    if missing:
        print(f"ok {what} # SKIP this kernel has no {', '.join(missing)}", flush=True)
        return
    f = Faults()
    try:
        run(f)
    except Exception as e:
        f.append(repr(e)[:300])
    f.point(what)


def routed(words, families=(4, 6)):
    """Routes to what is behind gateway 2, and to what no policy covers."""
    for family in families:
        net.ip("g1", [f"route replace {prefix} {words[family] if isinstance(words, dict) else words}"
                      for prefix in (DST[family], ELSEWHERE[family])])


def unrouted(families=(4, 6)):
    for family in families:
        net.ip("g1", [f"route del {prefix}" for prefix in (DST[family], ELSEWHERE[family])])


def has(words, family=6):
    """Does the kernel have an encapsulation of routes?"""
    p = subprocess.run(["ip", "-n", net.ns["g1"], "route", "add", "2001:db8:99::/64" if family == 6 else "198.18.99.0/24",
                        *words.split()], stderr=subprocess.DEVNULL)
    if not p.returncode:
        net.ip("g1", ["route del " + ("2001:db8:99::/64" if family == 6 else "198.18.99.0/24")])
    return not p.returncode


def goes(f, what, packets, esp=True, clear=None, **counted):
    """All as ESP at the router and at b; or none, where nothing may go; by which devices they are seen in clear."""
    before = net.stats()
    leaks()
    caught = net.exchange("a0", *packets)
    f.same(leaks(), clear or {}, f"{what}: left in clear")
    f.same(sum(p.is_esp for p in caught["r1"]), len(packets) if esp else 0, f"{what}: ESP")
    f.same(sorted(p.raw for p in caught["b0"]), sorted(map(forwarded, packets)) if esp else [], f"{what}: arrived")
    got = net.counted(before)
    for k, v in counted.items():
        f.same(got.get(k, 0), v, f"{what}: {k}")


def both(n=3, families=(4, 6), **more):
    return [packet(family, **{k: v[family] for k, v in more.items()}) for family in families for _ in range(n)]


# ---- another uplink, whose device is not attached ----

net.ip("r", ["link add r3 type veth peer name wan2 netns " + net.ns["g1"], "addr add 203.0.113.254/24 dev r3",
             "addr add 2001:db8:3::fe/64 dev r3 nodad", "link set r3 up"])
net.ip("g1", ["addr add 203.0.113.1/24 dev wan2", "addr add 2001:db8:3::1/64 dev wan2 nodad", "link set wan2 up"])
net.ports["r3"] = Port(net, "r3", net.ns["r"], "r3", net.ns["g1"], "wan2")
net.ip("g1", [f"neigh replace {a} lladdr {net.ports['r3'].mac.hex(':')} dev wan2 nud permanent"
              for a in ("203.0.113.254", "2001:db8:3::fe")])
VIA = {"wan": {4: f"via {R1[4]} dev wan", 6: f"via {R1[6]} dev wan"},
       "wan2": {4: "via 203.0.113.254 dev wan2", 6: "via 2001:db8:3::fe dev wan2"}}
has_mpls = "MPLS routes", has("encap mpls 100 " + VIA["wan"][6])
with net.inside(net.ns["g1"]):
    has_router = "MPLS", os.path.exists("/proc/sys/net/mpls/platform_labels")


def mpls(dev, labels="100"):
    routed({family: f"encap mpls {labels} {via}" for family, via in VIA[dev].items()})


# ---- out: MPLS ----


def labels(f):
    for dev, guarded in ("wan", 0), ("wan2", 6):
        for stack in "100", "100/200/300":
            mpls(dev, stack)
            goes(f, f"{stack} by {dev}", both(), out_packets=6, out_guarded=guarded)
        goes(f, f"what no policy covers, by {dev}", both(dst=ELSEWHERE), esp=False, clear={dev: 6}, out_packets=0)
    unrouted()


point("a route puts MPLS labels on: what is covered is encrypted, by any device; the rest goes as it is routed", labels, has_mpls)


def off(f):
    """Without the guard an attached device protects what it is routed by all the same."""
    net.espgw("guard off")
    mpls("wan")
    goes(f, "by wan", both(), out_packets=6, out_guarded=0)
    mpls("wan2")
    goes(f, "by wan2", both(), esp=False, clear={"wan2": 6}, out_packets=0)
    net.espgw("guard on")
    goes(f, "guard on", both(), out_packets=6, out_guarded=6)
    for action in "discard", "bypass":
        net.espgw(f"policy add src {T.left[4]}/32 dst 10.2.0.0/16 action {action}")
        mpls("wan")
        goes(f, action, both(families=(4,)), esp=False, clear={"wan": 3} if action == "bypass" else {}, out_packets=0,
             drop_out_discard=3 if action == "discard" else 0)
        net.espgw(f"policy del src {T.left[4]}/32 dst 10.2.0.0/16")
    unrouted()


point("MPLS: without the guard by the attached device encrypted, by another in clear; discard and bypass policies", off, has_mpls)


def kinds(f):
    """Fragments, too big ones, super-packets, the gateway's own sockets."""
    mpls("wan")
    whole = packet(4, 1400)
    pieces = [whole[20:][o:o + 600] for o in range(0, 1380, 600)]
    goes(f, "fragments", [ip4(T.left[4], T.right[4], UDP, p, off=o * 600, mf=o + 1 < len(pieces), ident=77)
                          for o, p in enumerate(pieces)], out_packets=3)
    net.espgw(f"policy add src {T.left[4]}/32 dst 10.2.0.0/16 proto udp dport 77 action protect reqid {T.reqid} "
              f"src {G1[4]} dst {G2[4]}")
    goes(f, "fragments, and a policy with ports", [ip4(T.left[4], T.right[4], UDP, p, off=o * 600, mf=o + 1 < len(pieces), ident=78)
                                                   for o, p in enumerate(pieces)][::-1], out_packets=3)
    net.espgw(f"policy del src {T.left[4]}/32 dst 10.2.0.0/16 proto udp dport 77")
    n = T.inner(1500)
    caught = net.exchange("a0", packet(4, n + 1, df=1), packet(6, n + 1))
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [n, n], "answers")
    f.same(leaks(), {}, "too big: left in clear")
    before = net.stats()
    for family, af in (4, socket.AF_INET), (6, socket.AF_INET6):
        with net.socket("g1", af, socket.SOCK_DGRAM) as s:
            s.bind(({4: "10.1.0.1", 6: "fd01::1"}[family], 0))
            for size in 100, 3000:
                s.sendto(MARK + pattern(size), (T.right[family], 9))
    net.settle()
    f.same(leaks(), {}, "own sockets: left in clear")
    f.same(net.counted(before).get("out_packets", 0) >= 4, True, "own sockets: ESP")
    before = net.stats()
    send_super_packets()
    f.same(leaks(), {}, "super-packets: left in clear")
    f.same(net.counted(before).get("out_packets"), 10, "super-packets: ESP")
    unrouted()


point("MPLS: fragments, too big ones, super-packets, the gateway's own", kinds, has_mpls)


def bulk(f):
    """TCP, as hosts do it."""
    mpls("wan")
    leaks()
    for family in 4, 6:
        net.transfer(f, T, family)
    f.same(leaks(), {}, "left in clear")
    net.settle()
    unrouted()


point("MPLS: TCP of hosts", bulk, has_mpls)


# ---- out: segment routing ----


def segments(dev, mode, more=""):
    return f"encap seg6 mode {mode} segs {VIA[dev][6].split()[1]}{more} dev {dev}"


def seg6(f):
    """Several segments, and more than are looked at in one piece."""
    for dev in "wan", "wan2":
        for mode in "encap", "encap.red", "inline", "l2encap", "l2encap.red":
            families = (6,) if mode == "inline" else (4, 6)
            if not has(segments(dev, mode)):
                continue
            n = 2 * len(families)
            for more in "", ",2001:db8:77::1", "".join(f",2001:db8:77::{i}" for i in range(7)):
                what = f"{mode}{more} by {dev}"
                routed(segments(dev, mode, more), families)
                goes(f, what, both(2, families), esp=False, out_packets=0, drop_out_encap=n)
                for family in families:
                    said = net.show(f"explain src {T.left[family]} dst {T.right[family]} proto udp")[0]
                    f.same((said["verdict"], said.get("reason")), ("drop", "drop_out_encap"), f"{what}: explained, IPv{family}")
                before = net.stats()
                net.exchange("a0", *both(2, families, dst=ELSEWHERE))
                f.same((leaks(), net.counted(before).get("drop_out_encap", 0)), ({dev: n}, 0), f"{what}: what no policy covers")
                unrouted(families)


has_seg6 = "SRv6 routes", has(segments("wan", "encap"))
point("a route puts packets into SRv6: what is covered is dropped, by any device; the rest goes as it is routed", seg6, has_seg6)


def seg6_kinds(f):
    """The gateway's own sockets, whose long datagrams are cut after that; super-packets, ICMP errors; policies for devices."""
    routed(segments("wan", "encap"))
    for family, af in (4, socket.AF_INET), (6, socket.AF_INET6):
        with net.socket("g1", af, socket.SOCK_DGRAM) as s:
            s.bind(({4: "10.1.0.1", 6: "fd01::1"}[family], 0))
            for size, pieces in (100, 1), (3000, 3):
                before = net.stats()
                s.sendto(MARK * (size // len(MARK)), (T.right[family], 9))
                net.settle()
                f.same((leaks(), net.counted(before).get("drop_out_encap", 0)), ({}, pieces), f"own, {size} bytes, IPv{family}")
    before = net.stats()
    send_super_packets()
    f.same((leaks(), net.counted(before).get("drop_out_encap", 0)), ({}, 2), "super-packets")
    quoted = ip4(T.right[4], T.left[4], UDP, udp(T.right[4], T.left[4], MARK))
    goes(f, "an error about a protected flow", [ip4("10.9.0.1", T.right[4], 1, b"\3\1\0\0" + bytes(4) + quoted)],
         esp=False, drop_out_encap=1)
    net.espgw("guard off")
    goes(f, "guard off", both(1), esp=False, clear={"wan": 2}, drop_out_encap=0)
    net.espgw("guard on")
    unrouted()


point("SRv6: the gateway's own, super-packets, errors; not with the guard off", seg6_kinds, has_seg6)

# ---- out: tags in the frame ----


def helped(ns, dev, words, on):
    """Whether hardware takes, or puts, tags."""
    subprocess.run(["ip", "netns", "exec", net.ns[ns], "ethtool", "-K", dev,
                    *(x for word in words for x in (word, "on" if on else "off"))], check=True, stdout=subprocess.DEVNULL)


GATEWAY = {4: R1[4], 6: "fe80::fe"}


def onlink(dev):
    return [f"neigh replace {a} lladdr {net.ports['r1'].mac.hex(':')} dev {dev} nud permanent" for a in GATEWAY.values()]


def tagged(f):
    """A VLAN device that writes its tag itself: of ID 0, whose packets are its parent's; and one that is attached."""
    for number, protocol in (0, "802.1Q"), (5, "802.1Q"), (6, "802.1ad"):
        for help_, reorder in (True, "off"), (False, "on"), (False, "off"):
            helped("g1", "wan", ("txvlan", "tx-vlan-stag-hw-insert"), help_)
            net.ip("g1", [f"link add link wan name x0 type vlan id {number} protocol {protocol} reorder_hdr {reorder}",
                          "link set x0 up"] +
                   onlink("x0"))
            if number:
                net.espgw("dev attach x0")
            else:
                watch.spare.add("x0")  # its packets meet the hooks of its parent
            routed({family: f"via {a} dev x0 onlink" for family, a in GATEWAY.items()})
            for guard in "on", "off":
                what = f"VLAN {number}, {protocol}, offload {help_}, reorder_hdr {reorder}, guard {guard}"
                net.espgw(f"guard {guard}")
                goes(f, what, both(1), out_packets=2, out_guarded=0)
            before = leaks()
            net.exchange("a0", *both(1, dst=ELSEWHERE))
            f.same((before, leaks()), ({}, {"wan": 2, **({"x0": 2} if number else {})}), f"{what}: what no policy covers")
            net.espgw("guard on")
            net.ip("g1", ["link del x0"])
            watch.spare.discard("x0")
            if number:
                net.espgw("dev detach x0 guarded")
    helped("g1", "wan", ("txvlan", "tx-vlan-stag-hw-insert"), True)


point("a VLAN device writes its tag into the frame: of its own, if attached, or VLAN 0: encrypted, guard or not", tagged)


def offload(f):
    """Tags that no hardware takes are written behind the hooks; one in another comes as both."""
    helped("g1", "wan", ("txvlan", "tx-vlan-stag-hw-insert"), False)
    net.ip("g1", ["link add link wan name s0 type vlan id 6 protocol 802.1ad", "link set s0 up",
                  "link add link s0 name x0 type vlan id 7 reorder_hdr off", "link set x0 up",
                  "link add link wan name z0 type vlan id 0", "link set z0 up"])
    watch.spare.add("z0")
    for dev, guarded in ("z0", 0), ("s0", 4), ("x0", 4):
        net.ip("g1", onlink(dev))
        routed({family: f"via {a} dev {dev} onlink" for family, a in GATEWAY.items()})
        goes(f, dev, both(2), out_packets=4, out_guarded=guarded)
    net.ip("g1", ["link del z0", "link del x0", "link del s0"])
    watch.spare.discard("z0")
    helped("g1", "wan", ("txvlan", "tx-vlan-stag-hw-insert"), True)


point("VLAN 0, a provider's tag, one in another, without the hardware's help: encrypted", offload)

# ---- in ----


def frame(port, p, head=b"", proto=None):
    """A frame with something before its IP packet; proto: what the frame says that it is."""
    raw = net.ports[port].frame(p)
    return raw[:12] + (struct.pack("!H", proto) if proto else raw[12:14]) + head + raw[14:]


def label(*numbers):
    return b"".join(struct.pack("!I", n << 12 | (i + 1 == len(numbers)) << 8 | 64) for i, n in enumerate(numbers))


def back(family, src=None, dst=None):
    return packet(family, src=src or T.right[family], dst=dst or T.left[family])


def arrives(f, what, frames, wanted, port="r1", **counted):
    """How many of the marked packets in these frames host a gets; what is counted."""
    before = net.stats()
    net.settle()
    for raw in frames:
        net.ports[port].tx.send(raw)
    caught = net.settle()
    f.same(sum(MARK in p.raw for p in caught["a0"]), wanted, f"{what}: arrived")
    got = {k: v for k, v in net.counted(before).items() if k.startswith("drop_in")}
    f.same(got, {k: v for k, v in counted.items() if v}, f"{what}: dropped")


def mpls_in():
    net.sysctl("g1", "mpls/platform_labels", 1000)
    for dev in "wan", "wan2", "lo":
        net.sysctl("g1", f"mpls/conf/{dev}/input", 1)
    for n, words in ((200, "dev lo"), (201, f"via inet {HOST[4]} dev lan"), (202, "as 200 dev lo"),
                     (206, f"via inet6 {HOST[6]} dev lan"), (300, "as 301 via inet 203.0.113.254 dev wan2")):
        subprocess.run(["ip", "-n", net.ns["g1"], "-M", "route", "replace", str(n), *words.split()], check=True)


def popped(f):
    mpls_in()
    for port in "r1", "r3":
        for stack in (200,), (202,), (200, 200):
            what = f"label {stack} by {port}"
            arrives(f, what, [frame(port, back(family), label(*stack), MPLS) for family in (4, 6)], 0, port, drop_in_cleartext=2)
            arrives(f, what + ", from elsewhere", [frame(port, back(family, src=ELSEWHERE[family]), label(*stack), MPLS)
                                                   for family in (4, 6)], 2, port)
        arrives(f, f"popped to the LAN, by {port}", [frame(port, back(4), label(201), MPLS), frame(port, back(6), label(206), MPLS)], 0,
                port, drop_in_cleartext=2)
        arrives(f, f"popped to the LAN from elsewhere, by {port}",
                [frame(port, back(4, src=ELSEWHERE[4]), label(201), MPLS), frame(port, back(6, src=ELSEWHERE[6]), label(206), MPLS)], 2, port)
        arrives(f, f"and a priority tag, by {port}", [frame(port, back(4), struct.pack("!HH", 0, MPLS) + label(200), VLAN)], 0, port,
                drop_in_cleartext=1)


point("clear text with MPLS labels, which this host takes off: dropped, counted; what no policy covers arrives", popped, has_router)


def popped_kinds(f):
    mpls_in()
    whole = back(4)
    pieces = [whole[20:][o:o + 80] for o in range(0, len(whole) - 20, 80)]
    arrives(f, "fragments", [frame("r1", ip4(T.right[4], T.left[4], UDP, p, off=o * 80, mf=o + 1 < len(pieces), ident=9), label(200), MPLS)
                             for o, p in enumerate(pieces)], 0, drop_in_cleartext=len(pieces))
    quoted = ip4(T.left[4], T.right[4], UDP, udp(T.left[4], T.right[4], MARK))
    arrives(f, "an error about a protected flow", [frame("r1", icmp4(R1[4], T.left[4], 3, 1, 0, quoted), label(200), MPLS)], 0,
            drop_in_cleartext=1)
    quoted = ip4(T.left[4], ELSEWHERE[4], UDP, udp(T.left[4], ELSEWHERE[4], MARK))
    arrives(f, "an error about another", [frame("r1", icmp4(R1[4], T.left[4], 3, 1, 0, quoted), label(200), MPLS)], 1)
    arrives(f, "cut short", [frame("r1", back(4)[:12], label(200), MPLS)], 0, drop_in_malformed=1)
    arrives(f, "labels without an end", [frame("r1", b"E", struct.pack("!I", 200 << 12 | 64) * 3, MPLS)], 0)
    # What is no IP behind its labels is not for the stack.
    arrives(f, "a pseudowire", [frame("r1", b"E", label(200) + bytes(4) + MARK, MPLS)], 0)


point("fragments, ICMP errors and malformed packets with MPLS labels", popped_kinds, has_router)


def switched(f):
    """What is only switched by its label, for others, passes if no policy covers it."""
    mpls_in()
    for src, left, counted in ((ELSEWHERE, {"wan2": 2}, {}), (T.right, {}, {"drop_in_cleartext": 2})):
        before = net.stats()
        leaks()
        for family in 4, 6:
            net.ports["r1"].tx.send(frame("r1", back(family, src=src[family]), label(300, 77), MPLS))
        net.settle()
        f.same(leaks(), left, f"from {src[4]}: left")
        f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop")}, counted, f"from {src[4]}: dropped")


point("what is only switched by its MPLS label passes, if no policy covers it", switched, has_router)


def priority(f):
    """In a VLAN, in a VLAN in a priority tag, in two."""
    net.ip("g1", ["link add link wan name x0 type vlan id 5", "link set x0 up", "link add link x0 name x1 type vlan id 7", "link set x1 up"])
    for help_ in False, True:
        helped("r", "r1", ("txvlan",), help_)
        helped("g1", "wan", ("rxvlan",), help_)
        for ids in (0,), (5,), (0, 5), (5, 7), (5, 0):
            for src, wanted, counted in ((T.right, 0, 2), (ELSEWHERE, 2, 0)):
                tags = b"".join(struct.pack("!HH", n, VLAN) for n in ids)[:-2]
                frames = []
                for family in 4, 6:
                    raw = net.ports["r1"].frame(back(family, src=src[family]))
                    frames.append(raw[:12] + struct.pack("!H", VLAN) + tags + raw[12:])
                arrives(f, f"tags {ids} from {src[4]}, offload {help_}", frames, wanted, drop_in_cleartext=counted)
    net.ip("g1", ["link del x1", "link del x0"])


point("clear text with VLAN tags, one in another, or a priority tag, whoever takes them off: dropped, counted", priority)

done()
