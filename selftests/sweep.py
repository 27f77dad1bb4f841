# SPDX-License-Identifier: GPL-2.0
"""Every inner length, at path MTUs from 576 to 9216: each packet is a flow, and of each it is known what became of it.

A model says what must be seen of a packet: each outer packet's SA, length and fragment field at the router, each inner
packet's bytes as kernel xfrm decrypts them at b, or the answer that comes back to a.  All that is seen is struck off;
what is left over, on either side, is a fault.
"""

from collections import Counter

from wire import *

LAST = 9000
KINDS = {"IPv4 UDP, DF=0": (4, UDP, 0), "IPv4 UDP, DF=1": (4, UDP, 1), "IPv4 TCP, DF=0": (4, TCP, 0),
         "IPv4 TCP, DF=1": (4, TCP, 1), "IPv6 UDP": (6, UDP, 0), "IPv6 TCP": (6, TCP, 0)}
LEAST = {(4, UDP): 28, (4, TCP): 40, (6, UDP): 48, (6, TCP): 60}
PATTERN = pattern(1 << 17)
# Sums of its words, so that a part of it has its checksum at once
SUMS = [0]
for word in struct.unpack(f"!{len(PATTERN) // 2}H", PATTERN):
    SUMS.append(SUMS[-1] + word)

net = Net()
net.mtu(a0=9500, r1=9216, r2=9500, b0=9500)
tunnels = []


def tunnel(p, by, alg, words="", rule="", **more):
    """A tunnel whose path MTU p is known by "set", by "cap" or from the "device"; 'rule' is what is special."""
    t = Tunnel(1 + len(tunnels), alg, espgw_out=words + (f" mtu-cap {p}" if by == "cap" else ""), **more)
    t.p, t.by, t.rule = p, by, rule
    tunnels.append(t)
    return t


for args in ((576, "set", "gcm128"), (576, "cap", "cbc-sha256"), (1280, "set", "chacha"), (1400, "set", "gcm256"),
             (1492, "set", "cbc-sha1"), (1500, "cap", "gcm128"), (4352, "set", "null-sha256"), (9000, "set", "gcm128"),
             (9216, "device", "gcm256")):
    tunnel(*args)
for args in ((1280, "cap", "cbc-sha512"), (1400, "set", "null-sha256"), (1500, "set", "chacha"),
             (4352, "cap", "gcm128"), (9000, "cap", "cbc-sha256"), (9216, "device", "gcm128")):
    tunnel(*args, outer=6)
tunnel(1492, "set", "gcm128", natt=True)
tunnel(4352, "cap", "cbc-sha384", natt=True, outer=6)
tunnel(1500, "set", "gcm128", "split max", "max")
tunnel(1500, "set", "gcm128", "df clear frag after", "after")
tunnel(2002, "set", "null-sha256", "df clear frag after", "after", outer=6)
tunnel(1500, "cap", "chacha", "inner-df clear", "df clear")
tunnel(1500, "set", "gcm128", "icmp-answer off", "silent")
tunnel(1500, "cap", "gcm256", "df set frag after", "drop")
net.tunnels(tunnels)
net.espgw(*(f"pmtu set spi {t.spi_out:#x} dst {G2[t.outer]} mtu {t.p}" for t in tunnels if t.by == "set"))


def cuts(n, limit, equal_=True):
    """The payload lengths that an IPv4 packet of n bytes is cut into: as few as can be, then as even as can be."""
    payload, most = n - 20, (limit - 20) // 8 * 8
    count = 1
    while (count - 1) * most + limit - 20 < payload:
        count += 1
    size = most
    if equal_:
        size = min(-(-payload // count) + 7 & ~7, most)
    return [size] * (count - 1) + [payload - size * (count - 1)]


def outer_fragments(t, whole, p):
    """(length, fragment field) of what ESP becomes that is fragmented after encryption."""
    base, hdr = (20, 20) if t.outer == 4 else (40, 48)
    left, size, off = whole - base, (p - hdr) // 8 * 8, 0
    while left > 0:
        n = min(size, left)
        left -= n
        yield hdr + n, (off // 8 | (MF if left else 0)) if t.outer == 4 else off | bool(left)
        off += n


class Sweep:
    """Flows on their way, and the sum of what became of all."""

    def __init__(self):
        self.sent, self.delivered, self.answered, self.silent = Counter(), Counter(), Counter(), Counter()
        self.faults = {k: Faults() for k in KINDS}
        self.lengths = {k: set() for k in KINDS}
        self.count = Counter()  # espgw's counters
        self.flows = {4: 0, 6: 0}
        self.patience = 15  # seconds
        self.kind = None  # of the last packet
        self.clear()

    def clear(self):
        self.at_b, self.at_a, self.at_r, self.batch = {}, {}, Counter(), Counter()

    def outer(self, t, n, fragments=False):
        """An outer packet, of n inner bytes, must be seen."""
        self.count["out_packets"] += 1
        self.count["out_bytes"] += n
        whole = t.outer_len(n)
        if not fragments:
            assert whole <= t.p
            self.at_r[t.spi_out, whole, DF if t.outer == 4 and t.rule != "after" else 0] += 1
            return
        self.count["out_postfrag"] += 1
        for length, field in outer_fragments(t, whole, t.p):
            assert length <= t.p
            first = not field & (0x1fff if t.outer == 4 else ~7)
            self.at_r[t.spi_out if first else 0, length, field] += 1

    def flow(self, t, kind, n, source=None):
        """Sends a packet of n bytes, and notes what must be seen of it."""
        family, proto, df = KINDS[kind]
        i = self.flows[family]
        self.flows[family] += 1
        who = i if source is None else source
        if family == 4:  # as left_of() says, in bytes
            src, dst = bytes((10, 1, 2 + who // 250, 2 + who % 250)), bytes((10, 2, t.i, 9))
        else:
            src = b"\xfd\1\0\0\0\2" + bytes(6) + struct.pack("!I", who)
            dst = b"\xfd\2\0\0" + struct.pack("!H", t.i) + bytes(9) + b"\t"
        ports = 10000 + i % 50000, 20000 + t.i
        size = n - (20 if family == 4 else 40)
        hdr = 8 if proto == UDP else 20
        at = 2 * (i * 7 % 60000)
        body = PATTERN[at:at + size - hdr]
        total = SUMS[at + len(body) >> 1] - SUMS[at >> 1] + (body[-1] << 8 if len(body) & 1 else 0)
        total += int.from_bytes(src + dst, "big") + proto + size
        if proto == UDP:
            h = struct.pack("!HHH", *ports, size)
            body = h + struct.pack("!H", -(total + int.from_bytes(h, "big")) % 0xffff or 0xffff) + body
        else:
            h = struct.pack("!HHIIHH", *ports, i, 1, 0x5018, 1000)
            body = h + struct.pack("!HH", -(total + int.from_bytes(h, "big")) % 0xffff, 0) + body

        if family == 4:
            def ip(ttl, length, field, data):
                h = struct.pack("!BBHHHBBH", 0x45, 0, length, i & 0xffff, field, ttl, proto, 0) + src + dst
                return h[:10] + struct.pack("!H", -int.from_bytes(h, "big") % 0xffff) + h[12:] + data
            packet = ip(64, n, DF if df else 0, body)
        else:
            packet = struct.pack("!IHBB", 6 << 28, size, proto, 64) + src + dst + body
        self.kind = kind
        self.sent[kind] += 1
        self.lengths[kind].add(n)

        inner = t.inner(t.p)
        pieces = None
        if n <= inner:
            self.outer(t, n)
            pieces = [size]
        elif family == 6 and n <= 1280 or family == 4 and t.rule == "after":
            self.outer(t, n, True)
            self.count["out_df_overridden"] += df
            pieces = [size]
        elif family == 4 and (not df or t.rule == "df clear") and t.rule != "drop":
            pieces = cuts(n, inner, t.rule != "max")
            self.count["out_prefrag"] += 1
            self.count["out_df_overridden"] += df
            self.count["out_prefrag_pieces"] += len(pieces)
            for x in pieces:
                self.outer(t, 20 + x)
        else:
            self.count["drop_out_too_big"] += 1
            if t.rule == "silent" or t.rule == "drop" and not df and family == 4:
                self.silent[kind] += 1
            elif source is None:
                self.count["icmp_answered"] += 1
                hops = packet[:7] + b"\x3f" + packet[8:] if family == 6 else ip(63, n, DF if df else 0, body)
                self.at_a[src] = max(inner, 1280) if family == 6 else inner, hops, kind
        if pieces == [size] and family == 6:
            self.at_b[src, 0] = packet[:7] + b"\x3e" + packet[8:], kind
        elif pieces:
            off = 0
            for x in pieces:
                field = off // 8 | (MF if off + x < size else 0) | (DF if df and len(pieces) == 1 else 0)
                self.at_b[src, field] = ip(62, 20 + x, field, body[off:off + x]), kind
                off += x
        if pieces:
            self.batch[kind] += 1
        net.ports["a0"].send(packet)
        # The kernel's ICMP socket has room for some 50 answers under way, and loses others.
        if len(self.at_b) > 400 or len(self.at_a) > 24:
            self.collect()

    def read(self, name, see, most=65535, flags=0):
        rx, buffer = net.ports[name].rx, bytearray(most)
        found = False
        while True:
            try:
                n = rx.recv_into(buffer, most, flags)
            except BlockingIOError:
                return found
            found = True
            see(buffer, n)

    def see_b(self, raw, n):
        if raw[0] == 0x45:
            key_ = bytes(raw[12:16]), raw[6] << 8 | raw[7]
        else:
            key_ = bytes(raw[8:24]), 0
        want = self.at_b.get(key_)
        if want and want[0] == raw[:n]:
            del self.at_b[key_]
        else:
            self.other("b", raw, n)

    def see_r(self, raw, n):
        if raw[0] >> 4 == 4:
            at, length, field, proto, off = 20, *struct.unpack_from("!xxHxxHxB", raw), 0
            off = field & 0x1fff
        else:
            at, field, off, proto, length = 40, 0, 0, raw[6], 40 + (raw[4] << 8 | raw[5])
            if proto == FRAGMENT:
                proto, at, field = raw[40], 48, raw[42] << 8 | raw[43]
                off = field & ~7
        if proto == UDP:
            at += 8
        elif proto != ESP:
            return self.other("r", raw, n)
        key_ = 0 if off else struct.unpack_from("!I", raw, at)[0], length, field
        if n != length or not self.at_r[key_]:
            return self.other("r", raw, n)
        self.at_r[key_] -= 1
        if not self.at_r[key_]:
            del self.at_r[key_]

    def see_a(self, raw, n):
        p = Packet(bytes(raw[:n]))
        answer = p.answer()
        if not answer:
            return self.other("a", raw, n)
        to = bytes(raw[16:20] if p.version == 4 else raw[24:40])
        mtu, packet, kind = self.at_a.pop(to, (None, b"", self.kind))
        quote = packet[:548 if p.version == 4 else 1232]
        if p.version == 4:
            good, me = not checksum(p.payload), "10.1.0.1"
        else:
            good, me = not checksum(pseudo(p.src, p.dst, ICMPV6, len(p.payload)) + p.payload), "fd01::1"
        if not self.faults[kind].same((answer[0], p.src, good), (mtu, me, True), f"answer {p}: MTU, source, checksum"):
            return
        self.faults[kind].same(answer[1] == quote, True, f"answer {p}: its quote")
        self.answered[kind] += 1

    def other(self, where, raw, n):
        """What no packet is expected to look like: a fault, but for what hosts say to their neighbours."""
        p = Packet(bytes(raw[:n]))
        if not p.is_chatter:
            self.fault(f"at {where}: not expected: {p!r}")

    def fault(self, text):
        """One that is not known to be about this or that kind of packet."""
        self.faults[self.kind].append(text)

    def collect(self):
        """Waits for all that must be seen."""
        end = time.monotonic() + self.patience
        while self.at_b or self.at_a or self.at_r:
            busy = self.read("r1", self.see_r, 80, socket.MSG_TRUNC)
            busy |= self.read("b0", self.see_b)
            busy |= self.read("a0", self.see_a)
            if not busy:
                if time.monotonic() > end:
                    self.patience = 1
                    break
                time.sleep(0.002)
        lost = {(key_[0], kind) for key_, (_, kind) in self.at_b.items()}
        self.delivered += self.batch - Counter(kind for _, kind in lost)
        for (src, field), (packet, kind) in self.at_b.items():
            self.faults[kind].append(f"not seen at b: {Packet(packet)!r}")
        for mtu, packet, kind in self.at_a.values():
            self.faults[kind].append(f"not answered with {mtu}: {Packet(packet)!r}")
        for key_, n in self.at_r.items():
            self.fault(f"not seen at r: {n} of SPI {key_[0]:#x} length {key_[1]} field {key_[2]:#x}")
        self.clear()

    def finish(self):
        """The end of a phase: nothing else may come."""
        self.collect()
        for name, caught in net.settle().items():
            if caught:
                self.fault(f"at {name}: not expected: {caught}")


def stats():
    return {k: v for k, v in net.stats().items() if k not in ("out_no_policy", "out_async")}


def difference(before):
    return {k: v - before[k] for k, v in stats().items() if v != before[k]}


def sums(s, before, what):
    """Points: espgw's counters, and that each flow is where it has to be."""
    counted = difference(before)
    equal(counted, {k: v for k, v in s.count.items() if v}, f"{what}: the counters are exact")
    suppressed, answered = counted.get("icmp_suppressed", 0), counted.get("icmp_answered", 0)
    silent = counted.get("drop_out_too_big", 0) - answered - suppressed
    seen = sum(s.delivered.values()), sum(s.answered.values()), suppressed, silent
    equal((sum(seen), silent), (sum(s.sent.values()), sum(s.silent.values())),
          f"{what}: {sum(s.sent.values())} sent = {seen[0]} delivered + {seen[1]} answered + {suppressed} suppressed + "
          f"{silent} counted without an answer")


# Every length, each kind of packet, the tunnels taking turns; and around each tunnel's own limit
s = Sweep()
before = stats()
begin = time.monotonic()
for number, (kind, (family, proto, df)) in enumerate(KINDS.items()):
    least = LEAST[family, proto]
    for n in range(least, LAST + 1):
        s.flow(tunnels[(n + 5 * number) % len(tunnels)], kind, n)
    for t in tunnels:
        limit = t.inner(t.p) if family == 4 else max(t.inner(t.p), 1280)
        for n in range(limit - 2, limit + 3):
            s.flow(t, kind, n)
    s.finish()
    s.faults[kind].same(set(range(least, LAST + 1)) - s.lengths[kind], set(), "lengths left out")
    s.faults[kind].point(f"{kind}, {least} to {LAST} bytes: {s.sent[kind]} flows: {s.delivered[kind]} whole, "
                         f"{s.answered[kind]} answered, {s.silent[kind]} counted")
    s.faults[kind].clear()
seconds = time.monotonic() - begin
print(f"{sum(s.sent.values())} flows, {s.count['out_packets']} ESP packets in {seconds:.1f} s: "
      f"{sum(s.sent.values()) / seconds:.0f} flows/s")
print(dict(s.count))
ok(sum(s.sent.values()) >= 48000, "at least 48,000 flows")
sums(s, before, "all")

# The path MTU is the device's: what is longer than that is neither cut nor answered by the stack
for mtu in 4352, 1492:
    net.mtu(r1=mtu)
    s = Sweep()
    before = stats()
    mine = [t for t in tunnels if t.by == "device"]
    for t in mine:
        t.p = mtu
    for number, (kind, (family, proto, df)) in enumerate(KINDS.items()):
        for n in range(LEAST[family, proto] + number, LAST, 37):
            s.flow(mine[n & 1], kind, n)
        for t in mine:
            for n in range(t.inner(mtu) - 1, mtu + 2):
                s.flow(t, kind, n)
    s.finish()
    f = Faults()
    for kind in KINDS:
        f.extend(s.faults[kind])
    f.point(f"a link of {mtu}: {sum(s.sent.values())} flows")
    sums(s, before, f"a link of {mtu}")

# Many packets that are too big, from one source: answers are limited, and what is withheld is counted
net.mtu(r1=9216)
for t in tunnels:
    t.p = 9216 if t.by == "device" else t.p
s = Sweep()
before, begin = stats(), time.monotonic()
f = Faults()
for i in range(400):
    s.flow(tunnels[5], "IPv4 UDP, DF=1", 1600 + i, 60000)
    s.flow(tunnels[5], "IPv6 UDP", 1600 + i, 0x20000)
    if i % 10 == 9:
        net.fence()
caught = net.settle()
took = time.monotonic() - begin
got = Counter(p.dst for p in caught["a0"] if p.answer())
counted = difference(before)
f.same({p.answer()[0] for p in caught["a0"] if p.answer()}, {tunnels[5].inner(1500)}, "MTU in the answers")
for source, n in got.items():
    f.same(50 <= n <= 50 + 10 * (took + 1), True, f"{n} answers to {source} in {took:.1f} s")
f.same(len(got), 2, "sources")
f.same(counted, {"drop_out_too_big": 800, "icmp_answered": sum(got.values()),
                 "icmp_suppressed": 800 - sum(got.values())}, "counters")
f.same((caught["r1"], caught["b0"]), ([], []), "on the wire")
f.point("400 packets that are too big from each of two sources: 50 answers at once, 10 a second, the rest is counted")
done()
