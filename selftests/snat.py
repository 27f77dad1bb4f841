# SPDX-License-Identifier: GPL-2.0
"""NAT on gateway 1, before the tunnel: who is told that a packet was too big, of what, and how many answers it gets."""

from wire import *

OWN = {4: "10.1.0.1", 6: "fd01::1"}
POOL = {4: "10.1.250.250", 6: "fd01:0:fa::fa"}  # in the policies' prefix, no address of the gateway
VIP = {4: "10.77.0.9", 6: "fd77::9"}
NAME = {4: "ip", 6: "ip6"}
HOSTS = 100

net = Net()
T = Tunnel(1, "gcm128")
net.tunnels([T])
net.ip("g1", [f"route add {VIP[4]} via {R1[4]}", f"route add {VIP[6]} via {R1[6]}"])


def nat(rules):
    subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "-f", "-"], check=True, text=True, input="table inet nat "
                   "{ }; delete table inet nat; table inet nat { chain post { type nat hook postrouting priority 100; "
                   + "".join(r for r in rules if r.startswith("oif")) + "}; chain pre { type nat hook prerouting "
                   "priority -100; " + "".join(r for r in rules if not r.startswith("oif")) + "}; }")


def told(caught):
    """What came to a0: (source, destination, MTU, the quoted packet)."""
    return [(q.src, q.dst, q.answer()[0], Packet(q.answer()[1])) for q in caught["a0"] if q.answer()]


def quoted(p):
    """What an answer has to say of a packet: all by which its sender knows it."""
    return p.src, p.dst, p.len, *((p.sport, p.dport) if p.proto == UDP else (p.payload[:2], p.payload[4:6])
                                  if p.kind is not None else (p.payload[:4],))


def sent(src, dst, n, family, seed=0, sport=40000, dport=9):
    """A UDP packet of n bytes that must not be fragmented."""
    text = udp(src, dst, pattern(n - (28 if family == 4 else 48), seed), sport, dport)
    return ip4(src, dst, UDP, text, df=1) if family == 4 else ip6(src, dst, UDP, text)


def echo(src, dst, n, ident, family):
    data = pattern(n - (28 if family == 4 else 48), ident)
    return (icmp4(src, dst, 8, 0, ident << 16 | 1, data, df=1) if family == 4 else
            icmp6(src, dst, 128, 0, ident << 16 | 1, data))


def tcp(src, dst, n, sport, family):
    head = 20 if family == 4 else 40
    text = struct.pack("!HHIIBBHHH", sport, 80, 1, 1, 5 << 4, 0x10, 1000, 0, 0) + pattern(n - head - 20, sport)
    text = text[:16] + struct.pack("!H", checksum(pseudo(src, dst, TCP, len(text)) + text)) + text[18:]
    return ip4(src, dst, TCP, text, df=1) if family == 4 else ip6(src, dst, TCP, text)


def answers(f, family, packets, mtu, before, source=None, **more):
    """Each of these packets is answered, to its sender and about itself."""
    caught = net.exchange("a0", *packets)
    got, of = told(caught), [Packet(p) for p in packets]
    f.same([e for e in caught["r1"] if len(e.raw) > 1500 or not e.is_esp], [], "on the wire")
    f.same(len(got), len(of), "answers")
    f.same(sorted(g[:3] for g in got), sorted((source or OWN[family], p.src, mtu) for p in of), "from, to, MTU")
    f.same(sorted(map(str, (quoted(g[3]) for g in got))), sorted(map(str, (quoted(p) for p in of))),
           "quoted")
    f.same([g for g in got if not g[3].good], [], "a quoted header's checksum")
    counted = net.counted(before)
    f.same({k: counted.get(k, 0) for k in ("icmp_answered", "icmp_suppressed", "icmp_relayed")},
           {"icmp_answered": len(of), "icmp_suppressed": 0, "icmp_relayed": 0} | more, "counted")


mtu = T.inner(1500)
for family in 4, 6:
    hosts, dst = [T.left_of(i, family) for i in range(HOSTS)], T.right[family]
    # All ports alike: NAT has to change all but the first one's.
    for what, to in ("its LAN address", OWN[family]), ("one of a pool", POOL[family]):
        f = Faults()
        nat([f"oifname wan meta l4proto {{ udp, tcp, icmp, icmpv6 }} meta nfproto ipv{family} {NAME[family]} saddr "
             f"!= {to} snat {NAME[family]} to {to}; "])
        before = net.stats()
        answers(f, family, [sent(h, dst, mtu + 1, family, i) for i, h in enumerate(hosts)], mtu, before)
        f.point(f"IPv{family}, {HOSTS} hosts behind {what}: {HOSTS} answers, each to its host about its own packet")

    f, before = Faults(), net.stats()
    answers(f, family, [echo(h, dst, mtu + 1, 7, family) for h in hosts[:3]] +
            [tcp(h, dst, mtu + 1, 5000, family) for h in hosts[:3]], mtu, before)
    f.point(f"IPv{family}: an echo request's identifier and TCP's ports are those that the host has chosen")

    f, before = Faults(), net.stats()
    few = [f"10.1.99.{i + 1}" if family == 4 else f"fd01:0:63::{i + 1:x}" for i in range(2)]
    caught = net.exchange("a0", *(sent(few[0], dst, mtu + 1, family, i) for i in range(70)),
                          *(sent(few[1], dst, mtu + 1, family, i) for i in range(10)))
    got = [g[1] for g in told(caught)]
    f.same((50 <= got.count(few[0]) < 70, got.count(few[1])), (True, 10), f"answers to each: {got.count(few[0])}")
    counted = net.counted(before)
    f.same(counted.get("icmp_suppressed", 0), 70 - got.count(few[0]), "suppressed")
    f.point(f"IPv{family}: of one host's 70 only 50 are answered, and 10 for each second; another's all")

    # A router on the path drops what fits no longer: the one whose packet it was is told.
    f = Faults()
    net.mtu(r2=1400)
    before, mtu2 = net.stats(), max(T.inner(1400), 1280 if family == 6 else 0)
    answers(f, family, [sent(hosts[60], dst, mtu, family)], mtu2, before,
            icmp_relayed=1)
    net.mtu(r2=1500)
    net.espgw("pmtu flush")
    f.point(f"IPv{family}: a link of 1400 on the way: the host is told of its own packet")

    f = Faults()
    nat([f"meta nfproto ipv{family} {NAME[family]} daddr {VIP[family]} udp dport 99 dnat {NAME[family]} to " +
         (f"{dst}:9; " if family == 4 else f"[{dst}]:9; ")])
    before = net.stats()
    answers(f, family, [sent(hosts[70], VIP[family], mtu + 1, family, dport=99)], mtu, before, source=VIP[family])
    f.point(f"IPv{family}: what was sent to another address and port is quoted with that")
    nat([])

    # Nothing of the answer's making is left where no NAT is
    f, before = Faults(), net.stats()
    answers(f, family, [sent(hosts[80], dst, mtu + 1, family)], mtu, before)
    caught = net.exchange("a0", sent(hosts[80], dst, mtu, family))
    f.same([len(p.raw) for p in caught["r1"] if p.is_esp], [T.outer_len(mtu)], "what fits")
    f.point(f"IPv{family}: without NAT as ever, and what fits goes on")
done()
