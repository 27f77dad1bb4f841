# SPDX-License-Identifier: GPL-2.0
"""Each allocation of the module on a packet's way fails once, for packets of every kind.

A packet that a task writes to a tap device, or sends by a socket, goes all its way through the gateway in that task, where
fail-nth counts its allocations: those that the module has asked for, itself or by what it calls.  What is lost then is that
packet, or what is left of it, and it is counted with a reason; nothing else comes, and the next one passes as ever.
"""

from torture_wire import *

MOST = 300
FORGET = [f"vfr set dev {dev} dir {way} {mode}" for dev, way in (("wan", "out"), ("wan2", "in")) for mode in ("off", "on")]
PASSERS_BY = {"out_no_policy", "event_lost"}  # what the gateway says by itself; what nobody could be told
LOST = {ICMP, ICMPV6}  # answers; whoever had to send one has dropped and counted the packet that it is about


class Kind:
    """One or more packets. send(): in this task. before(): what has to be sent or set first, without failures.

    answers: what comes is an answer, or what is heard of a packet that was dropped elsewhere: it may be lost uncounted.
    """

    def __init__(self, what, send, before=lambda: None, answers=False, count=1):
        self.what, self.send, self.before, self.answers, self.count = what, send, before, answers, count


def things(caught):
    """What came, by where, protocol and length: numbers, ICVs and identifications differ each time."""
    found = [(port, p.proto, p.len, p.off) for port in ("a0", "r1") for p in caught[port]]
    for frame in lan2.received():
        p = read(frame[14:])
        if not p.is_chatter and frame[12:14] in (b"\x08\0", b"\x86\xdd"):
            found.append(("lan2", p.proto, p.len, p.off))
    return sorted(found, key=str)


def less(some, all_):
    """What of all_ is not among some; None if there are others."""
    missing = list(all_)
    for x in some:
        if x not in missing:
            return None
        missing.remove(x)
    return missing


def once(kind, n):
    """(what came, what was counted, has one failed?)"""
    kind.before()
    net.espgw(*FORGET)  # fragments, of which VFR would give up some later
    things(net.settle())
    before = net.stats()
    hit = False
    if n:
        _, hit = failing.once(n, kind.send)
    else:
        kind.send()
    came = things(net.settle())
    return came, {k: v for k, v in net.counted(before).items() if not k.endswith("bytes") and k not in PASSERS_BY}, hit


def drops(c):
    return sum(v for k, v in c.items() if k.startswith("drop_"))


def each(kind):
    f = Faults()
    once(kind, 0)  # routes and neighbours are there from now on
    usual, counted, _ = once(kind, 0)
    f.same(bool(usual), True, f"without a failure: something comes; {counted}")
    lost = 0
    for n in range(1, MOST):
        came, c, hit = once(kind, n)
        if not hit:
            f.same((came, c), (usual, counted), f"after {n - 1} failures, without one")
            break
        missing, more = less(came, usual), drops(c) - drops(counted)
        lost += more > 0
        what = f"allocation {n}: came {came}, counted {c}; without a failure {usual}, {counted}"
        if missing is None:
            f.append(f"something else came: {what}")
        elif more == 0 and not (kind.answers and {proto for _, proto, _, _ in missing} <= LOST) and (missing or c != counted):
            f.append(f"lost without a reason: {what}")
        elif not 0 <= more <= kind.count:
            f.append(f"{more} more are counted as dropped: {what}")
    else:
        f.append(f"{MOST} allocations, and no end")
    print(f"  {kind.what}: {n - 1} allocations failed, {lost} lost a packet", flush=True)
    total[0] += n - 1
    total[1] += lost
    faults.extend(f"{kind.what}: {x}" for x in f)


# ---- kinds ----

def source(family=4):
    """Answers are rate-limited by whom they go to."""
    n = next(sources)
    return f"10.1.200.{2 + n % 250}" if family == 4 else f"fd01:0:c8::{2 + n:x}"


def lan(dst, length, **more):
    def send():
        lan2.send(datagram(source(4 if "." in dst else 6), dst, length, **more))

    return send


def held():
    """A later fragment, which waits for the first one."""
    src = source()
    for piece in reversed(fragments(src, OUT.right[4])):
        lan2.send(piece)


def fragments(src, dst, dport=53):
    body = udp(src, dst, pattern(600), dport=dport, sport=dport)
    ident = next(idents)
    return [ip4(src, dst, UDP, body[:304], mf=1, ident=ident), ip4(src, dst, UDP, body[304:], off=304, ident=ident)]


def tcp(src, dst, flags, options, size, sums=True):
    h = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 5 + len(options) // 4 << 4, flags, 1000, 0, 0) + options + pattern(size)
    c = checksum(pseudo(src, dst, TCP, len(h)) + h) if sums else ~checksum(pseudo(src, dst, TCP, len(h))) & 0xffff
    return ip4(src, dst, TCP, h[:16] + struct.pack("!H", c) + h[18:], df=sums)


def syn():
    lan2.send(tcp(source(), OUT.right[4], 2, struct.pack("!BBH", 2, 4, 1460), 0))


def split():
    src = source()
    packet = tcp(src, OUT.right[4], 0x18, b"", 1400)
    packet = packet[:6] + b"\0\0" + packet[8:10] + b"\0\0" + packet[12:]
    lan2.send(packet[:10] + struct.pack("!H", checksum(packet[:20])) + packet[12:])


def supers(proto):
    """A super-packet of gateway 1's packet socket, in five segments."""
    def send():
        src, dst = source(), OUT.right[4]
        if proto == TCP:
            packet, head, kind, at = tcp(src, dst, 0x10, b"", 5000, sums=False), 40, 1, 16
        else:
            n = 5008
            c = ~checksum(pseudo(src, dst, UDP, n)) & 0xffff
            packet, head, kind, at = ip4(src, dst, UDP, struct.pack("!HHHH", 40000, 9, n, c) + pattern(5000)), 28, 5, 6
        frame = wan.peer_mac + wan.mac + b"\x08\0" + packet
        wan.gso.send(struct.pack("=BBHHHH", 1, kind, 14 + head, 1000, 34, at) + frame)

    return send


def own(size):
    """A socket of the gateway's."""
    def send():
        with contextlib.suppress(OSError):  # it is told that it is too big
            own_socket.sendto(pattern(size), (OUT.right[4], 9))

    return send


def decrypted(t, family, length, at=(), tap=None):
    def send():
        (tap or wan2).send(esp(t, datagram(t.right[family], t.left[family], length)), at)

    return send


def esp(t, inner):
    seqs[t] = seqs.get(t, 0) + 1
    return t.esp(t.spi_in, seqs[t], inner)


def held_in():
    for piece in reversed(fragments(OUT.right[4], OUT.left[4])):
        wan2.send(esp(OUT, piece))


def quoted():
    """A packet that a router says was too big: its sender is told."""
    net.espgw("pmtu flush")
    sent.clear()
    net.settle()
    lan2.send(datagram(source(), OUT.right[4], 1400, df=1))
    sent.extend(p for p in net.settle()["r1"] if p.is_esp)
    lan2.received()


def too_big():
    wan2.send(icmp4(R1[4], G1[4], 3, 4, 1300, sent[-1].raw[:28 + 64]))


def policy(words):
    return lambda: net.espgw("default set " + words)

Port.read = staticmethod(read)
net = Net()
OUT, OUT6, NATT = Tunnel(1, "null-sha256"), Tunnel(2, "null-sha256", outer=6), Tunnel(3, "null-sha256", natt=True)
sources, idents, seqs, sent, faults, total = iter(range(1, 1 << 20)), iter(range(1, 1 << 16)), {}, [], Faults(), [0, 0]
net.tunnels([OUT, OUT6, NATT], xfrm=False)
lan2, wan2, paged, wan = Tap(net, "lan2"), Tap(net, "wan2"), Tap(net, "paged", True), Sender(net, net.ports["r1"])
net.ip("g1", ["addr add 10.1.200.1/24 dev lan2", "addr add fd01:0:c8::1/64 dev lan2 nodad", "link set lan2 arp off"])
net.espgw("dev attach wan2", "dev attach paged", "default set probe off",
          f"policy add prio 5 src 10.1.0.0/16 dst 10.2.1.0/24 proto udp dport 53 action protect reqid 2 src {G1[4]} dst {G2[4]}")
own_socket = net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)
own_socket.bind(("10.1.0.1", 0))
clones = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, 0)
failing = Failing()

KINDS = [
    Kind("what fits", lan(OUT.right[4], 600)),
    Kind("what fits, IPv6 in IPv6", lan(OUT6.right[6], 600)),
    Kind("what fits, in UDP", lan(NATT.right[4], 600)),
    Kind("cut before encryption", lan(OUT.right[4], 1500)),
    Kind("fragmented after it", lan(OUT.right[4], 1500), policy("frag after df clear")),
    Kind("a super-packet of TCP", supers(TCP)),
    Kind("a super-packet of UDP", supers(UDP)),
    Kind("a SYN", syn),
    Kind("cut into segments", split, policy("split tcp mtu-cap 1000")),
    Kind("refused, and answered", lan(OUT.right[4], 1500, df=1), answers=True),
    Kind("refused, and answered, IPv6", lan(OUT.right[6], 1500), answers=True),
    Kind("a socket's of the gateway", own(600)),
    Kind("a socket's of the gateway, cut", own(1472)),
    Kind("fragments that wait for the first", held, count=2),
    Kind("decrypted", decrypted(OUT, 4, 600)),
    Kind("decrypted, IPv6 in IPv6", decrypted(OUT6, 6, 600)),
    Kind("decrypted, out of UDP", decrypted(NATT, 4, 600)),
    Kind("decrypted, in pages", lambda: decrypted(OUT, 4, 600, (60, 200), paged)()),
    Kind("decrypted, of which somebody has a clone", decrypted(OUT, 4, 600), lambda: clones.bind(("wan2", 3))),
    Kind("inner fragments that wait for the first", held_in, count=2),
    Kind("an ICMP error about what was sent", too_big, quoted, answers=True),
]

begin, end = (f"{x:#x}" for x in module_text())
failslab(verbose=0, ignore_gfp_wait="N", require_start=begin, require_end=end, stacktrace_depth=32)
try:
    for kind_ in KINDS:
        net.espgw("default set frag before df copy split equal inner-df honor mtu-cap none", "pmtu flush")
        each(kind_)
finally:
    failslab(ignore_gfp_wait="Y", require_start=0, require_end=2**64 - 1)
print(f"  {total[0]} allocations, {total[1]} lost a packet, of {len(KINDS)} kinds", flush=True)
faults.same(total[0] > len(KINDS) // 2, True, f"allocations of packets: {total[0]}")
faults.point(f"each allocation on the way of {len(KINDS)} kinds of packets fails once: that one is lost at most, with a reason")
done()
