# SPDX-License-Identifier: GPL-2.0
"""Draws packets that something is wrong with, or that are odd, and says of some what has to become of them.

All is drawn from one number: the same number draws the same packets.
"""

import random
import struct

from wire import DF, ESP, FRAGMENT, ICMP, ICMPV6, MF, TCP, UDP, checksum, datagram, icmp4, icmp6, ip4, ip6, pattern, pseudo, udp

NONE, HOPOPTS, ROUTING, DSTOPTS, AH, GRE = 59, 0, 43, 60, 51, 47
EXT_MOST = 8  # extension headers that espgw reads
ODD = {4: "0.0.0.0 127.0.0.1 224.0.0.5 255.255.255.255 10.1.0.1 10.1.255.255 192.0.2.1 198.51.100.1 203.0.113.7".split(),
       6: ":: ::1 ff02::1 ff0e::1 fe80::1 fd01::1 2001:db8:1::1 2001:db8:2::1 ::ffff:10.1.1.2".split()}
OPTIONS4 = (b"\1", b"\0", b"\x94\4\0\0", b"\x07\x07\4\0\0\0\0", b"\x44\x08\5\0\0\0\0\0", b"\x83\x07\4\x0a\1\0\1", b"\x89\7\4\x0a\1\0\1",
            b"\x82\x0b" + bytes(9), b"\x44\0", b"\7\xff", b"\x88\1")
TCP_OPTIONS = (b"\1", b"\0", b"\2\4\5\xb4", b"\2\4\0\0", b"\2\0", b"\2\3\1", b"\3\3\7", b"\4\2", b"\x08\x0a" + bytes(8), b"\x13\x12" + bytes(16),
               b"\x1d\x10" + bytes(14), b"\5\x12" + bytes(16), b"\xfe\x29")


class Draw(random.Random):
    def chance(self, percent):
        return self.random() * 100 < percent

    def bytes(self, n):
        return pattern(n, self.getrandbits(16))

    def cut(self, data):
        """Mostly all of it."""
        return data if self.chance(70) else data[:self.choice([0, 1, 2, 3, 4, 7, 8, 12, 13, 19, 20, self.randrange(len(data) + 1)])]

    def spoiled(self, data, percent=100, first=60):
        """Some of its first bytes are others."""
        data = bytearray(data)
        if data and self.chance(percent):
            for _ in range(self.randrange(1, 5)):
                data[self.randrange(min(len(data), first))] = self.choice([0, 1, 0x7f, 0x80, 0xff, self.randrange(256)])
        return bytes(data)

    def ends(self, src, dst, odd=15):
        """These, or mostly."""
        family = 4 if "." in src else 6
        return tuple(self.choice(ODD[family]) if self.chance(odd) else end for end in (src, dst))

    # what is inside of IP

    def tcp(self, src, dst):
        options = b"".join(self.choice(TCP_OPTIONS) for _ in range(self.randrange(6)))[:40]
        options += bytes(-len(options) % 4 if self.chance(85) else 0)
        words = 5 + len(options) // 4 if self.chance(85) else self.randrange(16)
        data = self.bytes(self.choice([0, 0, 1, 7, 100, 1000]))
        flags = self.choice([2, 2, 0x12, 0x10, 0x18, 4, 1, 0x3f, self.randrange(256)])
        t = struct.pack("!HHIIBBHHH", self.choice([80, 4500, 1234]), self.choice([80, 4500, 22]), self.getrandbits(32), self.getrandbits(32),
                        words << 4, flags, 8192, 0, self.choice([0, 0, 5])) + options + data
        return t[:16] + struct.pack("!H", checksum(pseudo(src, dst, TCP, len(t)) + t) if self.chance(85) else 0) + t[18:]

    def udp(self, src, dst):
        u = udp(src, dst, self.bytes(self.choice([0, 1, 8, 100, 1000])), self.choice([500, 4500, 53, 9, 40000]), self.choice([500, 4500, 53, 9]))
        return u if self.chance(80) else u[:4] + struct.pack("!H", self.choice([0, 7, 8, 65535])) + u[6:]

    def icmp(self, src, dst):
        """Mostly an error, about a packet of the other direction."""
        v4 = "." in src
        kind, code = (self.choice([(3, 4), (3, 1), (3, 3), (11, 0), (5, 1), (8, 0), (0, 0), (12, 0), (13, 0)]) if v4 else
                      self.choice([(2, 0), (1, 0), (1, 4), (3, 0), (4, 1), (128, 0), (129, 0), (135, 0), (136, 0), (143, 0), (130, 0)]))
        quote = self.packet(dst, src, depth=1)
        quote = quote[:self.randrange(len(quote) + 1)]
        whole = (icmp4 if v4 else icmp6)(src, dst, kind, code, self.choice([0, 68, 576, 1280, 1400, 65535, 0xffffffff]), quote, bad=self.chance(15))
        return whole[20 if v4 else 40:]

    def upper(self, src, dst, depth):
        """(protocol, what is behind the IP header)"""
        v4 = "." in src
        what = self.randrange(8 if depth == 0 else 3)
        if what == 0:
            return TCP, self.cut(self.tcp(src, dst))
        if what in (1, 2):
            return UDP, self.cut(self.udp(src, dst))
        if what in (3, 4):
            return ICMP if v4 else ICMPV6, self.cut(self.icmp(src, dst))
        if what == 5:
            return self.choice([4, 41]), self.packet(src, dst, depth=1)
        if what == 6:
            head = self.choice([b"\0\0\x08\0", b"\0\0\x86\xdd", b"\x20\0\x08\0" + bytes(4), b"\xb0\0\x08\0" + bytes(12), b"\0"])
            return GRE, head + self.packet(src, dst, depth=1)
        return self.choice([ESP, AH, NONE, 132, 115, self.randrange(256)]), self.bytes(self.choice([0, 1, 4, 8, 40, 500]))

    def header(self, kind, following):
        """An extension header."""
        if kind == FRAGMENT:
            return struct.pack("!BBHI", following, self.choice([0, 255]), self.choice([0, 0, 1, 8, 0xfff8, 0xfff9, self.getrandbits(16)]),
                               self.getrandbits(3))
        n = self.choice([0, 0, 1, 2, 14])
        if kind == ROUTING:
            body = bytes([self.choice([0, 2, 3, 4, 253]), self.choice([0, 1, 255]), 0, 0, 0, 0])
        else:
            body = self.choice([bytes(6), b"\1\4\0\0\0\0", b"\5\2\0\0\1\0", b"\xc2\4\0\1\0\0", b"\x3e\xff\0\0\0\0"])
        return bytes([following, n]) + body + bytes(8 * n)

    def chain(self, proto, data):
        """(next header, headers and data): some of them, in any order, some shorter than they say"""
        for _ in range(self.choice([0, 1, 1, 2, 3, 7, 8, 9, 12])):
            kind = self.choice([HOPOPTS, ROUTING, FRAGMENT, DSTOPTS, DSTOPTS, AH, 135, 140])
            data = self.spoiled(self.header(kind, proto), 10, 8) + data
            proto = kind
        return proto, data

    def packet(self, src, dst, depth=0, odd=15):
        """An IP packet; most have something that is wrong, or odd."""
        src, dst = self.ends(src, dst, odd if depth == 0 else 0)
        proto, data = self.upper(src, dst, depth)
        ttl = self.choice([64, 64, 64, 255, 1, 0])
        tos = self.choice([0, 0, 1, 2, 3, 0xb8])
        if "." in src:
            part = self.chance(20)
            options = b"".join(self.choice(OPTIONS4) for _ in range(self.choice([0, 0, 0, 1, 2, 5])))[:40]
            p = ip4(src, dst, proto, data, df=self.chance(40), mf=part and self.chance(50), off=8 * self.choice([0, 1, 3, 100, 8191]) if part else 0,
                    ident=self.getrandbits(16), ttl=ttl, tos=tos, options=options + bytes(-len(options) % 4))
        else:
            if self.chance(40):
                proto, data = self.chain(proto, data)
            p = ip6(src, dst, proto, data, ttl=ttl, tos=tos)
        p = self.spoiled(p, 15)
        if self.chance(10):
            p = p[:self.randrange(len(p) + 1)]
        if self.chance(6):
            p += self.bytes(self.choice([1, 4, 30, 300]))
        if self.chance(5) and len(p) > 4:
            p = p[:2] + self.choice([b"\0\0", b"\0\x13", b"\xff\xff", self.bytes(2)]) + p[4:]
        return p

    def short(self, src, dst, most, **more):
        """One that is not longer."""
        while len(p := self.packet(src, dst, **more)) > most:
            pass
        return p

    # fragments

    def fragments(self, p, ident):
        """A packet in fragments: (packets, is it whole). Some overlap, are missing, are there twice, or were cut again."""
        size = 8 * self.choice([1, 2, 8, 30, 60])
        v4 = p[0] >> 4 == 4
        data = p[20 if v4 else 40:]
        size = max(8, min(max(size, len(data) // 30 // 8 * 8), len(data) // 2 // 8 * 8))
        pieces = [(off, data[off:off + size], off + size < len(data)) for off in range(0, len(data), size)]
        whole, what = True, self.choice("right right right order again twice hole overlap end".split())
        if what == "order":
            self.shuffle(pieces)
        elif what == "again" and len(pieces[0][1]) >= 16:  # a router on the way cut it once more
            off, part, mf = pieces.pop(0)
            pieces[:0] = [(off, part[:8], True), (off + 8, part[8:], mf)]
        elif what == "twice" and len(pieces) > 1:
            pieces.insert(0, pieces[0])
        elif what in ("hole", "overlap", "end") and len(pieces) > 2:
            whole, at = False, self.randrange(1, len(pieces) - 1)
            off, part, mf = pieces[at]
            if what == "hole":
                del pieces[at]
            elif what == "overlap":  # first, so that it is never whole before
                pieces.insert(0, (off - 8, b"\xaa" * 8 + part, mf))
            else:
                pieces.insert(0, (off, part, False))
        return [self.fragment(p, off, part, mf, ident) for off, part, mf in pieces], whole

    def fragment(self, p, off, part, mf, ident):
        if p[0] >> 4 == 4:
            h = p[:2] + struct.pack("!HHHBBH", 20 + len(part), ident & 0xffff, (MF if mf else 0) | off // 8, p[8], p[9], 0) + p[12:20]
            return h[:10] + struct.pack("!H", checksum(h)) + h[12:] + part
        return p[:4] + struct.pack("!HB", 8 + len(part), FRAGMENT) + p[7:40] + struct.pack("!BBHI", p[6], 0, off | mf, ident) + part

    # whose end is known

    def chained(self, src, dst, most):
        """(IPv6 packet with so many bytes of extension headers, about; the counter that it ends in)"""
        n = self.choice([1, 2, 3, 7, 8, 8, 9, 10])
        kinds = [self.choice([ROUTING, DSTOPTS, DSTOPTS]) for _ in range(n)]
        wrong = self.choice(["", "", "", "hop", "twice", "long"]) if n > 2 else ""
        if self.chance(30):
            kinds[0] = HOPOPTS
        if self.chance(30) or wrong == "twice":
            kinds[1:2] = [FRAGMENT] if n > 1 else []
        if wrong == "hop":
            kinds[2] = HOPOPTS
        elif wrong == "twice":
            kinds[2] = FRAGMENT
        proto, data = UDP, udp(src, dst, self.bytes(self.choice([0, 8, 100])))
        for kind in reversed(kinds):
            words = self.randrange(min(most // n // 8, 255) + 1)
            if kind == FRAGMENT:  # of a datagram that is in one piece
                data = struct.pack("!BBHI", proto, 0, 0, self.getrandbits(32)) + data
            else:
                data = bytes([proto, words]) + (b"\4\0" if kind == ROUTING else b"\1\4") + bytes(4 + 8 * words) + data
            proto = kind
        if wrong == "long" and len(data) < 2048:
            data = data[:1] + b"\xff" + data[2:]
        bad = n > EXT_MOST or wrong in ("hop", "twice") or (wrong == "long" and len(data) < 2048)
        return ip6(src, dst, proto, data), "drop_in_inner" if bad else "in_packets"

    def trailer(self, src, dst):
        """(words of Tunnel.esp(), the counter that it ends in): in most something is wrong, behind the inner packet or in its beginning."""
        inner = datagram(src, dst, self.randrange(60, 1100), self.getrandbits(8))
        v4 = "." in src
        right, fill = 4 if v4 else 41, -(len(inner) + 2) % 4
        whole = list(range(fill, 256, 4))  # of padding
        what = self.randrange(14)
        if what == 0:
            return dict(inner=self.bytes(self.randrange(1, 900)), next_header=NONE), "in_dummy"
        if what == 1:
            return dict(inner=inner, next_header=self.choice([n for n in range(256) if n not in (4, 41, NONE)])), "drop_in_next_header"
        if what == 2:
            return dict(inner=inner, next_header=45 - right), "drop_in_inner"
        if what == 3:
            return dict(inner=inner, pad=bytes(range(1, self.choice(whole) + 1))), "in_packets"
        if what == 4:
            pad = bytearray(range(1, self.choice(whole[1:]) + 1))
            pad[self.randrange(len(pad))] ^= 1 << self.randrange(8)
            return dict(inner=inner, pad=bytes(pad)), "drop_in_padding"
        if what == 5:  # more than there is
            inner = inner[:self.randrange(100)]
            return dict(inner=inner, next_header=right, pad_len=self.randrange(len(inner) + 4, 256)), "drop_in_padding"
        if what == 6:
            return dict(inner=inner[:self.randrange(20 if v4 else 40)], next_header=right), "drop_in_inner"
        if what == 7:
            return dict(inner=inner, bad=True), "drop_in_integrity"
        if what == 8:
            return dict(inner=inner, tfc=self.randrange(1, 200)), "in_packets"
        if what == 9:  # its length says more than there is
            at = 2 if v4 else 4
            return dict(inner=inner[:at] + struct.pack("!H", self.randrange(len(inner) + 1, 65536)) + inner[at + 2:]), "drop_in_inner"
        if what == 10:
            return dict(inner=bytes([self.choice([0, 5, 0x15, 0x35, 0x50, 0x75, 0xf5] + [0x40, 0x41, 0x44] * v4)]) + inner[1:],
                        next_header=right), "drop_in_inner"
        if what == 11:
            return dict(inner=inner, cut=self.randrange(1, 4)), "drop_in_length"
        if what == 12:
            return dict(inner=inner, again=True), "drop_in_replay"
        return dict(inner=inner), "in_packets"
