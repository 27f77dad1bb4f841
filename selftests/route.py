# SPDX-License-Identifier: GPL-2.0
"""Several tunnels that would carry the same packets: which way they take, and what may come by which.

Gateway 1 runs espgw, gateway 2 kernel xfrm.  Tunnel X is between the gateways' addresses, tunnel Y between others of
theirs; both have the same selectors, and gateway 2 answers by whichever it is told to.
"""

from over import *

X, Y = Tunnel(0, "gcm128"), Over(1, "gcm128", ends=("192.168.7.1", "192.168.7.2"))
SELECTORS = {4: ("10.1.0.0/16", "10.2.0.0/16"), 6: ("fd01::/16", "fd02::/16")}
ends(7)
net.ip("r", [f"route add 192.168.7.1 via {G1[4]}", f"route add 192.168.7.2 via {G2[4]}"])


def outer(t):
    return getattr(t, "outer_ends", (G1[4], G2[4]))


def protect_by(t):
    return "action protect reqid {} src {} dst {}".format(t.reqid, *outer(t))


def template(t, back=False):
    return "tmpl src {} dst {} proto esp reqid {} mode tunnel".format(*outer(t)[::-1 if back else 1], t.reqid)


def answers_by(t):
    """What gateway 2 sends goes by one of them; it takes what comes by either."""
    net.ip("g2", [f"xfrm policy update src {right} dst {left} dir out {template(t, True)}"
                  for left, right in SELECTORS.values()])


def refuses(words):
    return subprocess.run([ESPGW, "-n", net.ns["g1"], *words.split()], stderr=subprocess.PIPE, text=True).stderr.strip()


def point(what, run):
    f = Faults()
    try:
        run(f)
    except Exception as e:  # an older module does not know the words
        f.append(repr(e)[:300])
    f.point(what)


COUNTED = ("out_packets", "out_no_policy", "in_packets", "drop_in_selector", "drop_in_cleartext", "drop_in_discard",
           "drop_in_frag_ports", "drop_out_discard")


def goes(f, what, t, *packets, port="a0", arrived=True, **counted):
    """Packets are sent by a tunnel, alone, and arrive; what was counted. t: None: by none."""
    before = net.stats()
    caught = net.exchange(port, *packets)
    wire, to = ("r1", "b0") if port == "a0" else ("r2", "a0")
    spi = t and (t.spi_out if port == "a0" else t.spi_in)
    f.same([p.spi for p in caught[wire] if p.is_esp], [spi] * len(packets) if t else [], f"{what}: SPIs")
    f.same([p.raw.hex() for p in caught[to] if not p.is_chatter], [forwarded(p).hex() for p in packets] if arrived else [],
           f"{what}: arrived")
    got = net.counted(before)
    got = {k: got[k] for k in COUNTED if k in got and (k in counted or k.startswith("drop"))}
    f.same(got, counted, f"{what}: counted")
    return caught


def there(family=4, n=200, **more):
    there.count += 1
    return datagram(X.left[family], X.right[family], n, seed=there.count, **more)


def back(family=4, n=200, src=None, dst=None, **more):
    there.count += 1
    return datagram(src or X.right[family], dst or X.left[family], n, seed=there.count, **more)


there.count = 0
net.espgw(*(c for t in (X, Y) for c in t.commands() if c.startswith("sa")))
net.ip("g2", [c for t in (X, Y) for c in t.xfrm() if c.startswith("xfrm state")])
net.ip("g2", [f"xfrm policy add src {left} dst {right} dir {way} {template(X)} level use {template(Y)} level use"
              for left, right in SELECTORS.values() for way in ("in", "fwd")])
for left, right in SELECTORS.values():
    net.espgw(f"policy add prio 10 src {left} dst {right} {protect_by(X)}",
              f"policy add prio 20 src {left} dst {right} {protect_by(Y)}")
answers_by(X)

# ---- what comes by which ----


def other(f):
    for t in X, Y, X:
        answers_by(t)
        goes(f, f"by X, answered by {t}", X, there(4), there(6), out_packets=2)
        goes(f, f"the answer by {t}", t, back(4), back(6), port="b0", in_packets=2)


point("two tunnels with the same selectors: the answer may come by either", other)


def kinds(f):
    """Fragments and ICMP errors, by the other one."""
    answers_by(Y)
    data = udp(X.right[4], X.left[4], pattern(1992, 3))
    goes(f, "fragments", Y, ip4(X.right[4], X.left[4], UDP, data[:1000], mf=1), ip4(X.right[4], X.left[4], UDP, data[1000:], off=1000),
         port="b0", in_packets=2)
    goes(f, "an echo", Y, icmp4(X.right[4], X.left[4], 8, 0, 1, b"x" * 60), port="b0", in_packets=1)
    # From a router there, whom no policy names: the peer sends it because its policy does.
    quote = forwarded(there(4), 1)[:28]
    net.ip("g2", [f"xfrm policy add src 172.31.0.0/16 dst 10.1.0.0/16 dir out {template(Y, True)}"])
    net.ip("g2", ["route add 172.31.0.0/16 via 10.2.0.2"])
    goes(f, "an ICMP error", Y, icmp4("172.31.0.1", X.left[4], 3, 1, 0, quote), port="b0", in_packets=1)
    quote = forwarded(datagram("10.9.0.1", X.right[4], 100), 1)[:28]
    goes(f, "one about another flow", Y, icmp4("172.31.0.1", X.left[4], 3, 1, 0, quote), port="b0", arrived=False,
         drop_in_selector=1)
    net.ip("g2", ["xfrm policy delete src 172.31.0.0/16 dst 10.1.0.0/16 dir out", "route del 172.31.0.0/16"])


point("fragments and ICMP errors as well", kinds)


def reassembled(f):
    """For this host, of fragments: what the stack has put together has come by the tunnel that its fragments came by."""
    net.espgw(f"policy add prio 4 src 192.0.2.0/24 dst 198.51.100.0/24 {protect_by(X)}",
              f"policy add prio 6 src 192.0.2.1/32 dst 198.51.100.0/24 {protect_by(Y)}")
    net.ip("g2", [f"xfrm policy add src 198.51.100.77 dst {G1[4]} dir out {template(Y, True)}"])
    s = net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((G1[4], 7777))
    s.settimeout(5)
    data = pattern(3000, 9)
    whole = udp("198.51.100.77", G1[4], data, dport=7777)
    before = net.stats()
    net.exchange("b0", *(ip4("198.51.100.77", G1[4], UDP, whole[o:o + 1000], off=o, mf=o + 1000 < len(whole), ident=77)
                         for o in range(0, len(whole), 1000)))
    try:
        f.same(s.recv(5000) == data, True, "the datagram")
    except TimeoutError:
        f.append("no datagram")
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop")}, {}, "drops")
    net.ip("g2", [f"xfrm policy delete src 198.51.100.77 dst {G1[4]} dir out"])
    net.espgw("policy del prio 4 src 192.0.2.0/24 dst 198.51.100.0/24", "policy del prio 6 src 192.0.2.1/32 dst 198.51.100.0/24")


point("a datagram for the gateway itself, in fragments, where the first policy covers the ends of its tunnel", reassembled)


def fails(f):
    """What is before a tunnel's own policy and does not protect counts; so does what another's names more narrowly."""
    answers_by(Y)
    for words, counted in (("prio 1 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", {"drop_in_selector": 1}),
                           ("prio 1 src 10.1.0.0/16 dst 10.2.0.0/16 action bypass", {"drop_in_selector": 1}),
                           ("prio 15 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", {"drop_in_selector": 1}),
                           (f"prio 5 src 10.1.0.0/16 dst 10.2.0.0/24 {protect_by(X)}", {"drop_in_selector": 1}),
                           (f"prio 5 src 0.0.0.0/0 dst 10.2.0.0/16 dev wan {protect_by(X)}", {"in_packets": 1}),
                           ("prio 30 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", {"in_packets": 1}),
                           (f"prio 30 src 10.1.0.0/16 dst 10.2.0.0/24 {protect_by(X)}", {"in_packets": 1})):
        net.espgw(f"policy add {words}")
        goes(f, words, Y, back(), port="b0", arrived="in_packets" in counted, **counted)
        net.espgw(f"policy del {words.split(' action')[0]}")
    goes(f, "a source that none covers", Y, back(dst="10.1.1.2"), port="b0", in_packets=1)
    before = net.stats()
    net.exchange("r1", forwarded(back(), 1), forwarded(back(6), 1))
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop")}, {"drop_in_cleartext": 2}, "clear text")


point("discard and bypass before it, or what another tunnel has more narrowly, are in the way", fails)

# ---- by mark ----


def marks(f):
    for left, right in SELECTORS.values():
        net.espgw(f"policy add prio 10 src {left} dst {right} mark 0x20/0xf0 {protect_by(Y)}",
                  f"policy add prio 5 src {left} dst {right} mark 7 action discard")
    net.nft("g1", "table inet t { chain c { type filter hook prerouting priority -150;\n"
        "ip dscp 1 meta mark set 0x20; ip6 dscp 1 meta mark set 0x20; ip dscp 2 meta mark set 0x12f\n"
        "ip dscp 3 meta mark set 0x30; ip dscp 4 meta mark set 7; ip6 dscp 4 meta mark set 7\n"
        "ip dscp 5 meta mark set 0x107\n}\n}")
    goes(f, "no mark", X, there(), there(6), out_packets=2)
    goes(f, "mark 0x20", Y, there(tos=4), there(6, tos=4), out_packets=2)
    goes(f, "mark 0x12f", Y, there(tos=8), out_packets=1)
    goes(f, "mark 0x30", X, there(tos=12), out_packets=1)
    goes(f, "mark 7", None, there(tos=16), there(6, tos=16), arrived=False, drop_out_discard=2)
    goes(f, "mark 0x107", X, there(tos=20), out_packets=1)
    for t in X, Y:
        answers_by(t)
        goes(f, f"back by {t}", t, back(), back(6), port="b0", in_packets=2)
    net.nft("g1", "delete table inet t")


point("of equal policies, the mark of the packet chooses; what comes by either is accepted", marks)


def alone(f):
    """With no policy but those for marks."""
    for left, right in SELECTORS.values():
        net.espgw(f"policy del prio 10 src {left} dst {right}", f"policy del prio 20 src {left} dst {right}",
                  f"policy add prio 20 src {left} dst {right} mark 0x10/0xf0 {protect_by(X)}")
    net.nft("g1", "table inet t { chain c { type filter hook prerouting priority -150;\n"
        "ip dscp 1 meta mark set 0x20; ip dscp 2 meta mark set 0x10\n}\n}")
    goes(f, "mark 0x20", Y, there(tos=4), out_packets=1)
    goes(f, "mark 0x10", X, there(tos=8), out_packets=1)
    for t in X, Y:
        answers_by(t)
        goes(f, f"back by {t}", t, back(), back(6), port="b0", in_packets=2)
    before = net.stats()
    net.exchange("r1", forwarded(back(), 1))
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop")}, {"drop_in_cleartext": 1}, "clear text")
    net.nft("g1", "delete table inet t")
    for left, right in SELECTORS.values():
        net.espgw(f"policy add prio 10 src {left} dst {right} {protect_by(X)}",
                  f"policy add prio 30 src {left} dst {right} {protect_by(Y)}")


point("policies for marks alone: clear text that one may protect is dropped as it arrives", alone)


def words(f):
    rows = [(p["prio"], p.get("mark"), p.get("mark_mask"), p["action"]) for p in net.show("policy show") if p["src"] == SELECTORS[4][0]]
    f.same(sorted(rows, key=str), [(10, 0x20, 0xf0, "protect"), (10, None, None, "protect"), (20, 0x10, 0xf0, "protect"),
                                   (30, None, None, "protect"), (5, 7, 0xffffffff, "discard")], "policy show")
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], "save"], text=True, stdout=subprocess.PIPE, check=True)
    f.same([line for line in p.stdout.splitlines() if " mark " in line and "10.1.0.0" in line],
           [f"policy add prio 10 src 10.1.0.0/16 dst 10.2.0.0/16 mark 0x20/0xf0 {protect_by(Y)}",
            "policy add prio 5 src 10.1.0.0/16 dst 10.2.0.0/16 mark 0x7/0xffffffff action discard",
            f"policy add prio 20 src 10.1.0.0/16 dst 10.2.0.0/16 mark 0x10/0xf0 {protect_by(X)}"], "save")
    name = "prio 10 src 10.1.0.0/16 dst 10.2.0.0/16"
    net.espgw(f"policy replace {name} mark 0x20/0xf0 action bypass")
    f.same(net.show(f"policy get {name} mark 0x20/0xf0")[0]["action"], "bypass", "replaced")
    f.same(net.show(f"policy get {name}")[0]["action"], "protect", "the other one")
    f.same("exists" in refuses(f"policy add {name} mark 0x20/0xf0 action bypass"), True, "a second one is refused")
    f.same("no policy has this" in refuses(f"policy del {name} mark 0x20"), True, "another mask is another policy")
    net.espgw(f"policy replace {name} mark 0x20/0xf0 {protect_by(Y)}")
    for bad in "mark 0/0", "mark 0x100/0xff", "mark 0x1ffffffff", "mark x":
        f.same(refuses(f"policy add prio 99 src 10.1.0.0/16 dst 10.2.0.0/16 {bad} action discard").startswith("espgw: "), True, bad)


point("the mark names a policy: show, save, replace, get, del, and what is refused", words)


def probes(f):
    """The path of either finds an address to ask by its own policies."""
    net.ip("g2", ["xfrm policy delete src 10.2.0.0/16 dst 10.1.0.0/16 dir out"])
    net.ip("g2", [f"xfrm policy add src 10.2.0.0/16 dst 10.1.0.0/16 dir out {template(Y, True)}"])
    net.espgw(f"pmtu probe spi {Y.spi_out:#x} dst 192.168.7.2 echo 10.2.0.2")
    end = time.monotonic() + 30
    state = None
    while state not in ("complete", "error") and time.monotonic() < end:
        time.sleep(0.2)
        state = next(r["probe_state"] for r in net.show("pmtu show") if int(r["spi"], 16) == Y.spi_out)
    f.same(state, "complete", "the search")


point("probes find their way by the tunnel that is not the first", probes)
done()
