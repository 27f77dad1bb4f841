# SPDX-License-Identifier: GPL-2.0
"""Policies, selectors, the outer header, and what else is in an ESP packet.

Gateway 1 runs espgw; the router plays its peer, with packets made here (NULL encryption, HMAC-SHA-256).  What a policy
lets pass in clear goes to 10.3.0.0/16 and fd03::/16: the test's capture takes anything else in clear for a leak.
"""

from peer import *

net.espgw(*(sa_out(0x1000 + i, i) for i in range(1, 7)), sa_in(SPI_IN, 1))

# ---- order ----

# A prefix pair that is the only one of its lengths is compared, of several the right one is looked up.
net.espgw(f"policy add prio 7 src 10.1.0.0/16 dst 10.3.1.0/24 {protect(1)}")
leave("one prefix pair", (packet("10.3.1.1"), 0x1001), (packet("10.3.2.1"), "clear"))
net.espgw(f"policy add src 10.1.0.0/16 dst 10.3.2.0/24 {protect(2)}", f"policy add src 10.1.0.0/16 dst 10.3.1.0/24 {protect(3)}")
leave("two of the same lengths", (packet("10.3.1.1"), 0x1003), (packet("10.3.2.1"), 0x1002), (packet("10.3.3.1"), "clear"))
net.espgw("policy del prio 7 src 10.1.0.0/16 dst 10.3.1.0/24", "policy del src 10.1.0.0/16 dst 10.3.1.0/24")
leave("one again", (packet("10.3.1.1"), "clear"), (packet("10.3.2.1"), 0x1002))
net.espgw("policy del src 10.1.0.0/16 dst 10.3.2.0/24", f"policy add src 10.1.0.0/16 dst 10.3.3.0/24 {protect(4)}")
leave("another one", (packet("10.3.2.1"), "clear"), (packet("10.3.3.1"), 0x1004))
net.espgw("policy flush")

net.espgw(
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.0.0/16 {protect(1)}",
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 {protect(2)}",
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 proto udp {protect(3)}",
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 proto udp dport 1000-2000 {protect(4)}",
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 proto udp dport 1500 {protect(5)}",
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 proto udp dport 1500 dscp 46 {protect(6)}",
    "policy add prio 50 src 10.1.0.0/16 dst 10.3.0.8/29 action bypass",
    "policy add prio 40 src 10.1.0.0/16 dst 10.3.5.0/24 action discard",
    f"policy add prio 60 src 10.1.0.0/16 dst 10.3.5.7/32 {protect(2)}",
    f"policy add prio 100 src 10.1.0.0/16 dst 10.3.6.0/24 proto tcp sport 5000-5010 dport 80 {protect(2)}",
    "policy add prio 10 dev lan src 10.1.0.0/16 dst 10.3.7.0/24 action discard",
    "policy add prio 10 dev wan src 10.1.0.0/16 dst 10.3.8.0/24 action discard",
    f"policy add prio 100 src fd01::/16 dst fd03::/16 {protect(1)}",
    f"policy add prio 100 src fd01::/16 dst fd03:0:4::/48 {protect(2)}",
    "policy add prio 90 src fd01::/16 dst fd03:0:5::/48 action bypass",
)
leave("among equal priorities the most specific policy counts: prefix, protocol, ports, DSCP",
      (packet("10.3.9.1"), 0x1001), (packet("10.3.4.1", proto=132), 0x1002), (packet("10.3.4.1", 999), 0x1003),
      (packet("10.3.4.1", 1000), 0x1004), (packet("10.3.4.1", 2000), 0x1004), (packet("10.3.4.1", 2001), 0x1003),
      (packet("10.3.4.1", 1500), 0x1005), (packet("10.3.4.1", 1500, tos=46 << 2), 0x1006),
      (packet("10.3.4.1", 1500, tos=46 << 2 | 2), 0x1006), (packet("10.3.4.1", 1500, tos=0x20), 0x1005))
_, n = leave("the lowest priority number counts before specificity",
             (packet("10.3.5.7"), "dropped"), (packet("10.3.5.1"), "dropped"), (packet("10.3.0.9"), "clear"),
             (packet("10.3.0.16"), 0x1001))
equal((n.get("drop_out_discard"), n.get("out_bypass")), (2, 1), "discard and bypass are counted")
leave("ranges of both ports, and protocols", (packet("10.3.6.1", 80, 5000, TCP), 0x1002),
      (packet("10.3.6.1", 80, 5010, TCP), 0x1002), (packet("10.3.6.1", 80, 5011, TCP), 0x1001),
      (packet("10.3.6.1", 81, 5000, TCP), 0x1001), (packet("10.3.6.1", 80, 5000), 0x1001))
leave("a policy of a device applies to that device only", (packet("10.3.7.1"), 0x1001), (packet("10.3.8.1"), "dropped"))
leave("prefixes of IPv6", (packet("fd03::1"), 0x1001), (packet("fd03:0:4::1"), 0x1002), (packet("fd03:0:5::1"), "clear"),
      (packet("fd03:0:4:ffff::1"), 0x1002))
_, n = leave("what no policy matches passes", (packet("10.9.0.1"), "clear"), (packet("10.3.9.1", src="10.200.0.1"), "clear"))
ok(n.get("out_no_policy", 0) >= 2, "and is counted", n)
net.espgw(f"policy replace prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 {protect(6)}",
          "policy del prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 proto udp dport 1500 dscp 46")
leave("a policy replaced, a policy deleted", (packet("10.3.4.1", proto=132), 0x1006),
      (packet("10.3.4.1", 1500, tos=46 << 2), 0x1005))
net.espgw(f"policy replace prio 100 src 10.1.0.0/16 dst 10.3.4.0/24 {protect(2)}")
rows = {(r["dst"], r.get("dport_min"), r.get("proto"), r.get("dscp")): r for r in net.show("policy show")}
ok(any(r["packets"] for r in rows.values()), "policies count their packets", json.dumps(list(rows.values())[:2]))

# ---- no SA ----

monitor = Monitor(net, "acquire alert sa")
net.espgw(f"policy add prio 7 src 10.1.0.0/16 dst 10.3.20.0/24 {protect(77)}")
_, n = leave("a protect policy without SA drops", (packet("10.3.20.1", 4321, 1234, tos=0x28), "dropped"))
equal((n.get("drop_out_no_sa"), n.get("acquire")), (1, 1), "and counts")
event = (monitor.events(10, "acquire") or [{}])[0]
event.pop("time", None)
equal(event, {"object": "acquire", "src": A, "dst": "10.3.20.1", "proto": 17, "sport": 1234, "dport": 4321, "dscp": 10,
              "prio": 7, "reqid": 77, "tunnel_src": G1[4], "tunnel_dst": G2[4]}, "the acquire event")
net.espgw(sa_out(0x1077, 77))
leave("an SA added later serves", (packet("10.3.20.1"), 0x1077))

# ---- what may arrive ----

back = {d: packet(A, src=d) for d in ("10.3.9.1", "10.3.5.1", "10.3.0.9", "10.9.0.1")}
arrives("clear text that a protect policy covers is dropped", [back["10.3.9.1"]], [], {"drop_in_cleartext": 1})
event = (monitor.events(10, "alert") or [{}])[0]
equal((event.get("event"), event.get("src"), event.get("dst")), ("cleartext", "10.3.9.1", A), "and an alert is given")
arrives("clear text that a discard policy covers is dropped", [back["10.3.5.1"]], [], {"drop_in_discard": 1})
arrives("clear text that a bypass policy, or none, covers arrives", [back["10.3.0.9"], back["10.9.0.1"]],
        [back["10.3.0.9"], back["10.9.0.1"]], {})


def tagged(packet, *tags):
    raw = net.ports["r1"].frame(packet)
    return raw[:12] + b"".join(struct.pack("!HH", kind, vid) for kind, vid in tags) + raw[12:]


Q, AD = 0x8100, 0x88a8
f, before = Faults(), net.stats()
for p in back["10.3.9.1"], back["10.3.0.9"]:
    for tags in ((Q, 0),), ((Q, 0), (Q, 0)), ((AD, 0), (Q, 0)), ((Q, 0), (Q, 0), (Q, 0)), ((Q, 5),), ((Q, 0), (Q, 5)):
        net.ports["r1"].tx.send(tagged(p, *tags))
caught = net.settle()
f.same([p.raw.hex() for p in caught["a0"] if p.proto == UDP], [forwarded(back["10.3.0.9"], 1).hex()], "what arrived")
got = net.counted(before)
f.same((got.get("drop_in_cleartext"), got.get("drop_in_malformed")), (1, 6), "counters")
f.point("clear text with a priority tag is treated as without; behind two or more it is dropped and counted")
good = [packet(A, src="10.3.9.1"), packet(A6, src="fd03::1")]
arrives("what the SA's policy covers arrives", [esp(p) for p in good], good, {})
arrives("what another SA's policy, a bypass policy or none covers does not",
        [esp(packet(A, src=s)) for s in ("10.3.4.1", "10.3.0.9", "10.9.0.1", "10.3.5.1")] +
        [esp(packet("10.99.0.1", src="10.3.9.1")), esp(packet(A6, src="fd03:0:4::1"))], [], {"drop_in_selector": 6})

# ---- fragments and ports; vfr.sh has them followed ----

net.espgw("vfr set dev wan dir out off", "vfr set dev wan dir in off")
_, n = leave("a fragment without ports where a policy has ports is dropped",
             (ip4(A, "10.3.4.1", UDP, pattern(64), off=64, ident=7), "dropped"),
             (ip4(A, "10.3.9.1", UDP, pattern(64), off=64, ident=8), 0x1001))
equal(n.get("drop_out_frag_ports"), 1, "and counted")
arrives("in both directions", [ip4("10.3.4.1", A, UDP, pattern(64), off=64, ident=9)], [], {"drop_in_frag_ports": 1})
net.espgw("vfr set dev wan dir out auto", "vfr set dev wan dir in auto")

# ---- between the gateways ----

net.espgw(f"policy add prio 200 src 192.0.2.0/24 dst 198.51.100.0/24 {protect(1)}",
          f"policy add prio 200 src ::/0 dst ::/0 {protect(1)}")
sock = net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)
for port in 500, 4500, 1234:
    sock.sendto(b"\0\0\0\0IKE", (G2[4], port))
caught = net.settle()
equal(sorted((p.proto, p.dport if p.proto == UDP else p.spi) for p in caught["r1"] if p.proto in (UDP, ESP)),
      [(UDP, 500), (UDP, 4500), (ESP, 0x1001)], "IKE between the gateways passes, other packets between them do not")
sock, other = (net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
sock.bind(("", 500))
other.bind(("", 1234))
before = net.stats()
net.exchange("r1", *(packet(G1[4], port, port, src=G2[4]) for port in (500, 1234)))
sock.setblocking(False)
other.setblocking(False)


def receives(s):
    try:
        return bool(s.recv(2000))
    except BlockingIOError:
        return False


equal((receives(sock), receives(other), net.counted(before).get("drop_in_cleartext")), (True, False, 1),
      "and so it does on its way in")
net.ip("g1", [f"neigh del {R1[6]} dev wan"])
subprocess.run(["ip", "netns", "exec", net.ns["g1"], "ping", "-6", "-q", "-c", "1", "-W", "1", R1[6]],
               stdout=subprocess.DEVNULL)
shown = subprocess.run(["ip", "-n", net.ns["g1"], "neigh", "show", R1[6]], stdout=subprocess.PIPE, text=True).stdout
ok("lladdr" in shown, "neighbour discovery passes a policy for all of IPv6", shown)
net.espgw("policy del prio 200 src ::/0 dst ::/0", "policy del prio 200 src 192.0.2.0/24 dst 198.51.100.0/24")

# ---- which SA, and the outer header ----

net.espgw(sa_out(0x1100, 10), sa_out(0x1101, 10, "class 46,10"),
          f"policy add src 10.1.0.0/16 dst 10.3.30.0/24 {protect(10)}")
leave("SAs by DSCP class", (packet("10.3.30.1", tos=46 << 2), 0x1101), (packet("10.3.30.1", tos=10 << 2), 0x1101),
      (packet("10.3.30.1", tos=12 << 2), 0x1100), (packet("10.3.30.1"), 0x1100))
net.espgw(sa_out(0x1102, 10, "class 46"), sa_out(0x1103, 10))
leave("of several usable SAs the newest serves", (packet("10.3.30.1", tos=46 << 2), 0x1102), (packet("10.3.30.1"), 0x1103))
net.espgw(f"sa del dst {G2[4]} spi 0x1102", f"sa del dst {G2[4]} spi 0x1103")
leave("and an older one when it is gone", (packet("10.3.30.1", tos=46 << 2), 0x1101), (packet("10.3.30.1"), 0x1100))


def outer(words, *sent):
    """(tos, ttl) of the outer headers, with the SA set so."""
    net.espgw(f"sa set dst {G2[4]} spi 0x1001 {words}")
    got = [p for p in net.exchange("a0", *sent)["r1"] if p.is_esp]
    return [(p.tos, p.ttl) for p in got]


inner = [packet("10.3.9.1", tos=t, ttl=77) for t in (0xb8, 0xb9, 0xba, 0xbb)] + [packet("fd03::1", tos=0x2a, ttl=50)]
equal([t for t, _ in outer("dscp copy ecn on", *inner)], [0xb8, 0xb9, 0xba, 0xbb, 0x2a], "dscp copy, ecn on: both are copied")
equal([t for t, _ in outer("dscp copy ecn off", *inner)], [0xb8] * 4 + [0x28], "ecn off: the outer packet has no ECT")
equal([t for t, _ in outer("dscp 10 ecn on", *inner)], [0x28, 0x29, 0x2a, 0x2b, 0x2a], "dscp 10: whatever is inside")
equal([t for _, t in outer("ttl copy", *inner)], [76] * 4 + [49], "ttl copy: from the inner packet, as forwarded")
equal([t for _, t in outer("ttl 33", *inner)], [33] * 5, "ttl 33")
net.espgw(f"sa set dst {G2[4]} spi 0x1001 dscp copy tfc 500")
short, long = packet("10.3.9.1", n=60), packet("10.3.9.1", n=700)
got = [p for p in net.exchange("a0", short, long)["r1"] if p.is_esp]
equal([(p.len, T.read(p) == (forwarded(s, 1), bytes(max(0, 500 - len(s))))) for p, s in zip(got, (short, long))],
      [(T.outer_len(500), True), (T.outer_len(728), True)], "tfc 500: shorter packets are padded, longer ones are not")
net.espgw(f"sa set dst {G2[4]} spi 0x1001 tfc 0")

# ---- the way in: ECN, marks, what is behind the ESP header ----

NOT, ECT1, ECT0, CE = 0, 1, 2, 3
TABLE = {  # RFC 6040 figure 4: inner: {outer: result}
    NOT: {NOT: NOT, ECT0: NOT, ECT1: NOT, CE: None}, ECT0: {NOT: ECT0, ECT0: ECT0, ECT1: ECT1, CE: CE},
    ECT1: {NOT: ECT1, ECT0: ECT1, ECT1: ECT1, CE: CE}, CE: {NOT: CE, ECT0: CE, ECT1: CE, CE: CE}}
f, before = Faults(), net.stats()
for src, dst in ("10.3.9.1", A), ("fd03::1", A6):
    for i, row in TABLE.items():
        for o, wanted in row.items():
            got = net.exchange("r1", esp(packet(dst, src=src, tos=0xb8 | i), tos=o))["a0"]
            got = [(p.tos, p.good) for p in got if p.proto == UDP]
            f.same(got, [] if wanted is None else [(0xb8 | wanted, True)], f"{src}: inner {i}, outer {o}")
f.same(net.counted(before).get("drop_in_ecn"), 2, "drops counted")
f.point("ECN on decapsulation as in RFC 6040")

nft = ["ip", "netns", "exec", net.ns["g1"], "nft"]
subprocess.run(nft + ["-f", "-"], check=True, text=True,
               input="table inet t {\n chain c {\n  type filter hook prerouting priority -300;\n"
                     "  meta mark & 0xff == 0x55 counter\n }\n}\n")
tc = ["tc", "-n", net.ns["g1"]]
subprocess.run(tc + "qdisc add dev wan clsact".split(), check=True)
has_fw = not subprocess.run(tc + "filter add dev wan egress handle 0x1234 fw action ok".split()).returncode
net.espgw(f"sa set dst {G1[4]} spi {SPI_IN:#x} mark 0x55/0xff", f"sa set dst {G2[4]} spi 0x1001 mark 0x1234")
net.exchange("r1", esp(packet(A, src="10.3.9.1")), packet(A, src="10.9.0.1"))
net.exchange("a0", packet("10.3.9.1"), packet("10.9.0.1"))
shown = subprocess.run(nft + ["list", "ruleset"], stdout=subprocess.PIPE, text=True).stdout
ok("packets 1 bytes" in shown, "an inbound SA's mark is there for the firewall, on what was decrypted only", shown)
shown = subprocess.run(tc + "-s filter show dev wan egress".split(), stdout=subprocess.PIPE, text=True).stdout
what = "an outbound SA's mark is there for tc, on what was encrypted only"
ok(not has_fw or " 1 pkt" in shown, what if has_fw else what + " # SKIP this kernel has no classifier for marks", shown)

monitor.events()
inner = packet(A, src="10.3.9.1")
arrives("TFC padding is trimmed", [esp(inner, tfc=37)], [inner], {})
arrives("dummy packets are dropped silently", [esp(b"\0" * 40, next_header=59)], [], {"in_dummy": 1})
arrives("padding that is not 1, 2, 3 ... is refused", [esp(inner, pad=b"\2\1"), esp(inner, pad=bytes(6))], [],
        {"drop_in_padding": 2})
arrives("a next header that is no IP is refused", [esp(inner, next_header=6)], [], {"drop_in_next_header": 1})
arrives("an inner packet that is malformed, or not of its family, is refused",
        [esp(inner, next_header=41), esp(b"\x45" + bytes(40), next_header=4), esp(b"\x45\0\0\x40" + bytes(16))], [],
        {"drop_in_inner": 3})
arrives("a wrong ICV is refused", [esp(inner, bad=True)], [], {"drop_in_integrity": 1})
event = (monitor.events(10, "alert") or [{}])[0]
equal((event.get("event"), event.get("spi")), ("integrity", f"{SPI_IN:#010x}"), "and an alert is given")
arrives("another outer source is refused", [esp(inner, src="198.51.100.77")], [], {"drop_in_src": 1})
p = esp(inner)
arrives("ESP that is too short, or of an odd length, is refused",
        [ip4(G2[4], G1[4], ESP, p[20:20 + n]) for n in (9, 20, 25)] + [ip4(G2[4], G1[4], ESP, p[20:-1])], [],
        {"drop_in_length": 4})
done()
