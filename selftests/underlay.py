# SPDX-License-Identifier: GPL-2.0
"""ESP that goes by another tunnel of the same host, whose path shrinks. Gateway 2 is the kernel's own xfrm."""

from over import *

TRIES = 6
# Kind, family of its own outer packets, what it puts before ESP, words for ip; the families that it takes as ESP's.
KINDS = [("gre", 4, 24, "", (4, 6)), ("ipip", 4, 20, "", (4,)), ("sit", 4, 20, "", (6,)),
         ("ip6gre", 6, 44, "encaplimit none", (4, 6)), ("ip6tnl", 6, 40, "mode any encaplimit none", (4, 6))]


def packet(t, n, family, seed=0):
    more = {"df": 1} if family == 4 else {}
    return datagram(t.left[family], t.right[family], n, seed=seed, **more)


def answers(caught):
    return [p.answer()[0] for p in caught["a0"] if p.answer()]


def forget():
    """What the gateways' routes have learned, and espgw. (Routes of IPv6 learn anew with a new route.)"""
    for ns in "g1", "g2":
        net.sysctl(ns, "ipv4/route/flush", 1)
        net.sysctl(ns, "ipv6/route/flush", 1)
    net.ip("g1", [f"route replace default via {R1[6]}"])
    net.ip("g2", [f"route replace default via {R2[6]}"])
    net.espgw("pmtu flush")


number = 0
for kind, under, head, words, families in KINDS:
    name = f"{kind}9"
    device(name, kind, G1[under], G2[under], f"{words} ttl 64" if under == 4 else words, number + 1)
    net.espgw(f"dev attach {name}")
    for outer in families:
        number += 1
        t = Over(number, "gcm128", outer=outer, ends=ends(number, outer))
        for ns, far, near in ("g1", t.outer_ends[1], t.outer_ends[0]), ("g2", t.outer_ends[0], t.outer_ends[1]):
            net.ip(ns, [f"route add {far} dev {name} src {near}"])
        net.espgw(*t.commands())
        net.ip("g2", t.xfrm())
        through(name, number)
        what = f"IPv{outer} ESP in {kind}"
        mtu = 1500 - head
        one, two = t.inner(mtu), t.inner(1400 - head)
        for family in 4, 6:
            least = 1280 if family == 6 else 0
            f = Faults()
            net.settle()
            caught = net.exchange("a0", packet(t, one + 1, family))
            f.same(answers(caught), [max(one, least)], "answers to one byte more")
            caught = net.exchange("a0", packet(t, one, family, 1))
            f.same((answers(caught), [p.raw for p in caught["b0"]]), ([], [forwarded(packet(t, one, family, 1))]),
                   "what fits: answers, at b")
            net.mtu(r2=1400)
            before, told = net.stats(), []
            for i in range(TRIES):
                caught = net.exchange("a0", packet(t, one, family, i))
                told.append(answers(caught))
            c = net.counted(before)
            print(f"{what}, IPv{family} inside: {told} {c}")
            lost = sum(not x for x in told)
            f.same(lost in (0, 1, 2), True, f"{lost} of {TRIES} unanswered")
            f.same({n for x in told for n in x}, {max(two, least)}, "answers")
            f.same(row(t)[:2], (1400 - head, two), "path MTU, inner MTU")
            n = max(two, least)
            caught = net.exchange("a0", packet(t, n, family, 9))
            f.same((answers(caught), [p.raw for p in caught["b0"]]), ([], [forwarded(packet(t, n, family, 9))]),
                   "what fits now: answers, at b")
            f.same(net.exchange("a0", packet(t, n + 1, family, 10))["b0"], [], "one byte more arrives")
            f.point(f"{what}, IPv{family} inside: the path shrinks to 1400: {n} fits, as the sender is told")
            net.mtu(r2=1500)
            forget()

        f = Faults()
        a, b = ((f"10.1.{100 + number}.77", f"10.2.{number}.177") if outer == 4 else
                (f"fd01:0:{100 + number}::77", f"fd02:0:{number:x}:1::77"))
        for ns, address in ("a", a), ("b", b):
            net.ip(ns, [f"addr add {address}/{32 if outer == 4 else 128} dev lo"])
        net.mtu(r2=1400)
        whole, longest = net.stream(pattern(1 << 19), ("a", a), ("b", b))
        f.same(whole, True, "all of it arrived")
        f.same(longest < 5 * PATIENCE, True, f"the longest pause: {longest:.2f} s")
        net.settle()
        net.mtu(r2=1500)
        forget()
        f.point(f"{what}: TCP goes on")
done()
