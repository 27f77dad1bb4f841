# SPDX-License-Identifier: GPL-2.0
"""Packets on the wire of lib.sh's network: made, sent, caught and compared, all in one process.

A Net has a packet socket on every link: a0 and b0 at the hosts, r1 and r2 at the router, each with what arrives there.
So a test sends a packet from a, and looks at what passed the router and what reached b, without starting a program
for each.  Lines "ok ..." and "not ok ..." are the test's points: see points_of in lib.sh.
"""

import contextlib
import ctypes
import fcntl
import functools
import hashlib
import hmac
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from ipaddress import ip_address

from schema import judged

ESP, UDP, TCP, ICMP, ICMPV6, FRAGMENT = 50, 17, 6, 1, 58, 44
DF, MF = 0x4000, 0x2000
G1 = {4: "192.0.2.1", 6: "2001:db8:1::1"}
G2 = {4: "198.51.100.1", 6: "2001:db8:2::1"}
R1 = {4: "192.0.2.254", 6: "2001:db8:1::fe"}
R2 = {4: "198.51.100.254", 6: "2001:db8:2::fe"}
ESPGW = os.environ.get("ESPGW", "espgw")
# How many times longer things may take: limits of time are for a machine that nothing slows down.
PATIENCE = 8 if os.environ.get("KSFT_MACHINE_SLOW") == "yes" else 1

failed = 0


def ok(good, what, why=""):
    """A point of the test; 'why' is a text or a list of what was wrong."""
    global failed
    failed += not good
    print(("ok " if good else "not ok ") + what, flush=True)
    if not good:
        why = why if isinstance(why, list) else [why]
        for line in [str(w) for w in why if w][:12] + (["..."] if len(why) > 12 else []):
            print("  " + line.replace("\n", "\n  "), flush=True)
    return good


def equal(got, wanted, what):
    return ok(got == wanted, what, f"got {short(got)}, wanted {short(wanted)}")


def short(x):
    """For a diagnostic: not whole packets."""
    text = repr(x)
    return text if len(text) <= 200 else text[:140] + "..." + hashlib.sha256(text.encode()).hexdigest()[:8]


class Faults(list):
    """What was wrong in one point that compares many things."""

    def same(self, got, wanted, what):
        if got != wanted:
            self.append(f"{what}: got {short(got)}, wanted {short(wanted)}")
        return got == wanted

    def point(self, what):
        return ok(not self, what, list(self))


# ---- packets ----

@functools.cache
def addr(text):
    return ip_address(text).packed


def checksum(data):
    # 2^16 is 1 modulo 65535: a remainder is the sum in ones' complement.
    n = int.from_bytes(data + bytes(len(data) & 1), "big")
    return -n % 0xffff if n else 0xffff


def pseudo(src, dst, proto, n):
    s, d = addr(src), addr(dst)
    return s + d + (struct.pack("!BBH", 0, proto, n) if len(s) == 4 else struct.pack("!IHBB", n, 0, 0, proto))


@functools.lru_cache(maxsize=64)
def pattern(n, seed=0):
    """Bytes in which no two places near each other look the same."""
    words = n // 4 + 1
    return struct.pack(f"!{words}I", *((i * 0x9E3779B1 + seed * 0x85EBCA6B) & 0xffffffff for i in range(words)))[:n]


def ip4(src, dst, proto, data, df=0, mf=0, off=0, ident=0x4242, ttl=64, tos=0, options=b""):
    ihl = 20 + len(options)
    h = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl // 4, tos, ihl + len(data), ident,
                    (DF if df else 0) | (MF if mf else 0) | off // 8, ttl, proto, 0, addr(src), addr(dst)) + options
    return h[:10] + struct.pack("!H", checksum(h)) + h[12:] + data


def ip6(src, dst, proto, data, ttl=64, tos=0):
    return struct.pack("!IHBB", 6 << 28 | tos << 20, len(data), proto, ttl) + addr(src) + addr(dst) + data


def udp(src, dst, data, sport=40000, dport=9):
    n = 8 + len(data)
    h = struct.pack("!HHHH", sport, dport, n, 0)
    c = checksum(pseudo(src, dst, UDP, n) + h + data) or 0xffff
    return h[:6] + struct.pack("!H", c) + data


def datagram(src, dst, length, seed=0, **more):
    """A UDP packet whose IP length is 'length', of the family of its addresses."""
    v4 = "." in src
    n = length - (20 + len(more.get("options", b"")) if v4 else 40) - 8
    if n < 0:
        raise ValueError("too short")
    return (ip4 if v4 else ip6)(src, dst, UDP, udp(src, dst, pattern(n, seed)), **more)


def icmp4(src, dst, kind, code, rest, data, bad=False, **more):
    m = struct.pack("!BBHI", kind, code, 0, rest) + data
    m = m[:2] + struct.pack("!H", checksum(m) ^ (0x55 if bad else 0)) + m[4:]
    return ip4(src, dst, ICMP, m, **more)


def icmp6(src, dst, kind, code, rest, data, bad=False):
    m = struct.pack("!BBHI", kind, code, 0, rest) + data
    c = checksum(pseudo(src, dst, ICMPV6, len(m)) + m) ^ (0x55 if bad else 0)
    return ip6(src, dst, ICMPV6, m[:2] + struct.pack("!H", c) + m[4:])


def forwarded(packet, hops=2):
    """What a packet is after so many routers."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes([packet[7] - hops]) + packet[8:]
    ihl = (packet[0] & 15) * 4
    h = packet[:8] + bytes([packet[8] - hops, packet[9], 0, 0]) + packet[12:ihl]
    return h[:10] + struct.pack("!H", checksum(h)) + h[12:] + packet[ihl:]


class Packet:
    """An IP packet, taken apart as far as tests look into it."""

    def __init__(self, raw):
        self.raw = raw
        self.version = raw[0] >> 4
        self.spi = self.seq = self.sport = self.dport = self.udp_check = None
        self.kind = self.code = self.rest = None
        if self.version == 4:
            self.hdr = (raw[0] & 15) * 4
            self.tos, self.len, self.id, frag, self.ttl, self.proto = struct.unpack("!xBHHHBB", raw[:10])
            self.df, self.mf, self.off = bool(frag & DF), bool(frag & MF), (frag & 0x1fff) * 8
            self.src, self.dst = str(ip_address(raw[12:16])), str(ip_address(raw[16:20]))
            self.good = checksum(raw[:self.hdr]) == 0
        else:
            word, n, self.proto, self.ttl = struct.unpack("!IHBB", raw[:8])
            self.tos, self.len, self.hdr = word >> 20 & 255, 40 + n, 40
            self.src, self.dst = str(ip_address(raw[8:24])), str(ip_address(raw[24:40]))
            self.df, self.mf, self.off, self.id, self.good = True, False, 0, None, True
            if self.proto == FRAGMENT:
                self.proto, frag, self.id = struct.unpack("!BxHI", raw[40:48])
                self.hdr, self.mf, self.off = 48, bool(frag & 1), frag & ~7
        self.payload = raw[self.hdr:self.len]
        p = self.payload
        if self.off:
            return
        if self.proto == UDP and len(p) >= 8:
            self.sport, self.dport, self.udp_check = struct.unpack("!HHxxH", p[:8])
            if 4500 in (self.sport, self.dport) and len(p) >= 16:
                self.spi, self.seq = struct.unpack("!II", p[8:16])
        elif self.proto == ESP and len(p) >= 8:
            self.spi, self.seq = struct.unpack("!II", p[:8])
        elif self.proto in (ICMP, ICMPV6) and len(p) >= 8:
            self.kind, self.code, self.rest = struct.unpack("!BBxxI", p[:8])

    @property
    def is_esp(self):
        return self.spi is not None

    @property
    def is_chatter(self):
        """ND or MLD, the latter behind hop-by-hop options."""
        return self.version == 6 and (self.proto == 0 and self.raw[40] == ICMPV6 or self.proto == ICMPV6 and
                                      self.kind in (130, 131, 132, 133, 134, 135, 136, 137, 143))

    def answer(self):
        """(MTU, quote) if this is a 3/4 or a packet too big, else None."""
        if self.proto == ICMP and (self.kind, self.code) == (3, 4):
            return self.rest & 0xffff, self.payload[8:]
        if self.proto == ICMPV6 and self.kind == 2:
            return self.rest, self.payload[8:]
        return None

    def __repr__(self):
        text = f"{self.src}>{self.dst} proto {self.proto} len {self.len}"
        if self.is_esp:
            text += f" spi {self.spi:#x} seq {self.seq}"
        if self.answer():
            text += f" mtu {self.answer()[0]}"
        if self.mf or self.off:
            text += f" frag {self.off}{'+' if self.mf else ''}"
        return text + (" DF" if self.df and self.version == 4 else "")


# ---- algorithms and tunnels ----

class Alg:
    def __init__(self, iv, icv, align, espgw, xfrm, *keys):
        self.iv, self.icv, self.align, self.espgw, self.xfrm, self.keys = iv, icv, align, espgw, xfrm, keys

    def words(self, template, seed):
        return template.format(*(key(n, seed) for n in self.keys))


def key(n, seed):
    return "0x" + key_bytes(n, seed).hex()


def key_bytes(n, seed):
    return hashlib.shake_128(f"{n} {seed}".encode()).digest(n)


ALGS = {
    "gcm128": Alg(8, 16, 4, "aead aes-gcm {0} 128", "aead rfc4106(gcm(aes)) {0} 128", 20),
    "gcm256": Alg(8, 16, 4, "aead rfc4106(gcm(aes)) {0} 128", "aead rfc4106(gcm(aes)) {0} 128", 36),
    "chacha": Alg(8, 16, 4, "aead chacha20-poly1305 {0} 128", "aead rfc7539esp(chacha20,poly1305) {0} 128", 36),
    "cbc-sha1": Alg(16, 12, 16, "enc aes-cbc {0} auth sha1 {1}", "enc cbc(aes) {0} auth-trunc hmac(sha1) {1} 96", 16, 20),
    "cbc-sha256": Alg(16, 16, 16, "enc aes-cbc {0} auth sha256 {1}",
                      "enc cbc(aes) {0} auth-trunc hmac(sha256) {1} 128", 16, 32),
    "cbc-sha384": Alg(16, 24, 16, "enc aes-cbc {0} auth sha384 {1}",
                      "enc cbc(aes) {0} auth-trunc hmac(sha384) {1} 192", 32, 48),
    "cbc-sha512": Alg(16, 32, 16, "enc aes-cbc {0} auth sha512 {1}",
                      "enc cbc(aes) {0} auth-trunc hmac(sha512) {1} 256", 32, 64),
    "null-sha256": Alg(0, 16, 4, "enc null 0x auth sha256 {0}",
                       'enc ecb(cipher_null) "" auth-trunc hmac(sha256) {0} 128', 32),
}


class Tunnel:
    """Number i: 10.1.0.0/16 - 10.2.i.0/24 and fd01::/16 - fd02:0:i::/48 over one pair of SAs.

    natt: in UDP, of port 4500 or of the port it says.
    seen: gateway 1's address and port as gateway 2 sees them, if there is a NAT between.
    """

    def __init__(self, i, alg, outer=4, natt=False, espgw="", espgw_out="", espgw_in="", xfrm_out="", xfrm_in="",
                 bad_key=False, seen=None):
        self.i, self.name, self.alg, self.outer, self.natt = i, alg, ALGS[alg], outer, natt
        self.spi_out, self.spi_in, self.reqid = 0x1000 + i, 0x2000 + i, i + 1
        self.espgw, self.espgw_out, self.espgw_in = espgw, espgw_out, espgw_in
        self.xfrm_out, self.xfrm_in, self.bad = xfrm_out, xfrm_in, bad_key
        self.port = 4500 if natt is True else natt
        self.seen = seen or (G1[outer], self.port)
        # Addresses that no host has, so that nobody answers; behind a and b they are.
        self.left, self.right = {4: "10.1.1.2", 6: "fd01:0:1::2"}, {4: f"10.2.{i}.9", 6: f"fd02:0:{i:x}::9"}
        self.over = (20 if outer == 4 else 40) + (8 if natt else 0) + 8 + self.alg.iv + self.alg.icv

    def __str__(self):
        return f"{self.name} over IPv{self.outer}{' NAT-T' if self.natt else ''}"

    def inner(self, p):
        """The largest inner packet at path MTU p: the formula of RFC 4303's layout."""
        return max(((p - self.over) // self.alg.align * self.alg.align) - 2, 0)

    def outer_len(self, n):
        """The length of the outer packet of an inner one."""
        return self.over + (n + 2 + self.alg.align - 1) // self.alg.align * self.alg.align

    def left_of(self, n, family):
        """The n-th address on a's side: answers are rate-limited by address."""
        return f"10.1.{2 + n // 250}.{2 + n % 250}" if family == 4 else f"fd01:0:2::{n:x}"

    def ends(self, gateway):
        """As a gateway sees it: own and the peer's outer address, own and the peer's UDP port, SPIs out and in."""
        if gateway == 1:
            return G1[self.outer], G2[self.outer], self.port, self.port, self.spi_out, self.spi_in
        return G2[self.outer], self.seen[0], self.port, self.seen[1], self.spi_in, self.spi_out

    def sas(self, gateway):
        """Its SAs: direction, source, destination, UDP ports, SPI."""
        s, d, sport, dport, spi_out, spi_in = self.ends(gateway)
        return ("out", s, d, f"{sport} {dport}", spi_out), ("in", d, s, f"{dport} {sport}", spi_in)

    def prefixes(self, gateway):
        """Own and the peer's inner prefix, of both families."""
        both = ("10.1.0.0/16", f"10.2.{self.i}.0/24"), ("fd01::/16", f"fd02:0:{self.i:x}::/48")
        return both if gateway == 1 else tuple(p[::-1] for p in both)

    def commands(self, gateway=1):
        """espgw commands for a gateway."""
        for (way, src, dst, ports, spi), more in zip(self.sas(gateway), (self.espgw_out, self.espgw_in)):
            natt = f" encap espinudp {ports}" if self.natt else ""
            yield (f"sa add dir {way} src {src} dst {dst} spi {spi:#x} reqid {self.reqid} "
                   f"{self.alg.words(self.alg.espgw, spi)}{natt} {self.espgw} {more}")
        s, d = self.ends(gateway)[:2]
        for left, right in self.prefixes(gateway):
            yield f"policy add src {left} dst {right} action protect reqid {self.reqid} src {s} dst {d}"

    def xfrm(self, gateway=2, flags=""):
        """Commands of ip for a gateway, by the kernel's own IPsec. flags: of its states, besides."""
        any_ = "0.0.0.0" if self.outer == 4 else "::"
        for (_, src, dst, ports, spi), more in zip(self.sas(gateway), (self.xfrm_out, self.xfrm_in)):
            natt = f" encap espinudp {ports} {any_}" if self.natt else ""
            esn = " esn" if "esn" in self.espgw.split() else ""
            yield (f"xfrm state add src {src} dst {dst} proto esp spi {spi:#x} reqid {self.reqid} mode tunnel "
                   f"{more} flag af-unspec{esn} {flags} {self.alg.words(self.alg.xfrm, spi + (7 if self.bad else 0))}{natt}")
        s, d = self.ends(gateway)[:2]
        for left, right in self.prefixes(gateway):
            for way in "out", "in", "fwd":
                x, y, ts, td = (left, right, s, d) if way == "out" else (right, left, d, s)
                yield (f"xfrm policy add src {x} dst {y} dir {way} "
                       f"tmpl src {ts} dst {td} proto esp reqid {self.reqid} mode tunnel")

    # null-sha256 can be made and read without any IPsec implementation

    def esp(self, spi, seq, inner, tfc=0, next_header=None, pad=None, pad_len=None, esn=False, bad=False, src=None, dst=None, tos=0):
        """An ESP packet of a null-sha256 SA, from gateway 2 to gateway 1."""
        assert self.name == "null-sha256"
        body = inner + bytes(tfc)
        n = -(len(body) + 2) % 4
        pad = bytes(range(1, n + 1)) if pad is None else pad
        if next_header is None:
            next_header = 4 if inner[0] >> 4 == 4 else 41
        text = struct.pack("!II", spi, seq & 0xffffffff) + body + pad + bytes([len(pad) if pad_len is None else pad_len, next_header])
        icv = hmac.new(key_bytes(32, spi), text + (struct.pack("!I", seq >> 32) if esn else b""), "sha256").digest()[:16]
        if bad:
            icv = bytes([icv[0] ^ 1]) + icv[1:]
        src, dst, text = src or G2[self.outer], dst or G1[self.outer], text + icv
        if self.natt:
            text = struct.pack("!HHHH", 4500, 4500, 8 + len(text), 0) + text
        proto = UDP if self.natt else ESP
        return ip4(src, dst, proto, text, df=1, ident=0, tos=tos) if self.outer == 4 else ip6(src, dst, proto, text, tos=tos)

    def read(self, packet):
        """The inner packet of a null-sha256 one, with what lies behind it: (inner, rest)."""
        assert self.name == "null-sha256"
        p = packet.payload[8 if self.natt else 0:]
        text = p[8:-16]
        text = text[:len(text) - 2 - text[-2]]
        n = struct.unpack("!H", text[2:4])[0] if text[0] >> 4 == 4 else 40 + struct.unpack("!H", text[4:6])[0]
        return text[:n], text[n:]


# ---- the network ----

class Port:
    """A link's end in a namespace: sends, and keeps what arrives."""

    read = Packet  # what takes it apart

    def __init__(self, net, name, ns, dev, peer_ns, peer_dev):
        self.name, self.ns, self.dev = name, ns, dev
        with net.inside(peer_ns):
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
                s.bind((peer_dev, 0))
                self.peer_mac = s.getsockname()[4]
        with net.inside(ns):
            s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
            s.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
            s.bind((dev, 3))  # ETH_P_ALL
            s.setblocking(False)
            self.mac = s.getsockname()[4]
            self.tx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.tx.bind((dev, 0))
            self.tx.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)  # SO_SNDBUFFORCE
            self.gso = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.gso.bind((dev, 0))
            self.gso.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
            self.gso.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)
        self.rx, self.got = s, []

    def frame(self, packet):
        return self.peer_mac + self.mac + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet

    def send(self, packet):
        self.tx.send(self.frame(packet))

    def send_gso(self, packet, size, hdr_len):
        """A super-packet of TCP (hdr_len: IP and TCP header) that becomes packets of 'size' payload bytes."""
        ihl = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
        kind = 1 if packet[0] >> 4 == 4 else 4
        self.gso.send(struct.pack("=BBHHHH", 1, kind, 14 + hdr_len, size, 14 + ihl, 16) + self.frame(packet))

    def poll(self):
        while True:
            try:
                raw, (_, proto, *_) = self.rx.recvfrom(70000)
            except BlockingIOError:
                return
            if proto not in (0x800, 0x86dd):  # ARP
                continue
            p = self.read(raw)
            if p.is_chatter:
                continue
            if p.kind in (0, 8) and p.payload[8:13] == b"fence":
                self.got.append(p.payload)
                continue
            self.got.append(p)


class Net:
    """The network that setup_net made, by the names in the environment."""

    def __init__(self, ports="a0 r1 r2 b0"):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.ns = {n: os.environ[n] for n in ("a", "g1", "r", "g2", "b")}
        # All on one processor: then packets stay in order from link to link, and a fence really is one.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        n = self.ns
        ends = {"a0": (n["a"], "a0", n["g1"], "lan"), "r1": (n["r"], "r1", n["g1"], "wan"),
                "r2": (n["r"], "r2", n["g2"], "wan"), "b0": (n["b"], "b0", n["g2"], "lan")}
        self.ports = {p: Port(self, p, *ends[p]) for p in ends}
        self.watched = ports.split()
        self.fences = 0
        self.keep = []
        self.tools = {}
        self.shown = []  # what the tool's last commands have shown
        self.hosts = {}
        p = self.ports
        for ns, dev, mac, names in (
                ("g1", "lan", p["a0"].mac, ("10.1.0.2", "fd01::2")), ("g1", "wan", p["r1"].mac, (R1[4], R1[6])),
                ("r", "r1", p["r1"].peer_mac, (G1[4], G1[6])), ("r", "r2", p["r2"].peer_mac, (G2[4], G2[6])),
                ("g2", "lan", p["b0"].mac, ("10.2.0.2", "fd02::2", "10.2.0.9", "fd02::9")), ("g2", "wan", p["r2"].mac, (R2[4], R2[6]))):
            self.ip(ns, [f"neigh replace {a} lladdr {mac.hex(':')} dev {dev} nud permanent" for a in names])

    def inside(self, ns):
        net = self

        class Inside:
            def __enter__(self):
                fd = os.open("/run/netns/" + ns, os.O_RDONLY)
                failed_ = net.libc.setns(fd, 0x40000000)
                os.close(fd)
                if failed_:
                    raise OSError(ctypes.get_errno(), "setns " + ns)

            def __exit__(self, *what):
                net.libc.setns(net.home, 0)

        return Inside()

    def socket(self, ns, *args):
        with self.inside(self.ns[ns]):
            return socket.socket(*args)

    def sysctl(self, ns, name, value):
        with self.inside(self.ns[ns]), open("/proc/sys/net/" + name, "w") as f:
            f.write(str(value))

    def ip(self, ns, commands):
        p = subprocess.run(["ip", "-n", self.ns[ns], "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if p.returncode:
            raise RuntimeError(f"ip -n {ns}: {p.stdout}")

    def nft(self, ns, text):
        p = subprocess.run(["ip", "netns", "exec", self.ns[ns], "nft", "-f", "-"], input=text, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if p.returncode:
            raise RuntimeError(f"nft in {ns}: {p.stdout}")

    def nft_packets(self, ns):
        """What the counters of rules have counted, by the rules' comments."""
        p = subprocess.run(["ip", "netns", "exec", self.ns[ns], "nft", "-j", "list", "ruleset"], text=True,
                           stdout=subprocess.PIPE, check=True)
        return {r["rule"].get("comment"): e["counter"]["packets"] for r in json.loads(p.stdout)["nftables"] if "rule" in r
                for e in r["rule"]["expr"] if "counter" in e}

    def mtu(self, **links):
        """mtu(a0=9000, r2=1400): of both ends of a link."""
        n = {"a0": (("a", "a0"), ("g1", "lan")), "r1": (("g1", "wan"), ("r", "r1")),
             "r2": (("r", "r2"), ("g2", "wan")), "b0": (("g2", "lan"), ("b", "b0"))}
        for link, value in links.items():
            for ns, dev in n[link]:
                with self.socket(ns, socket.AF_INET, socket.SOCK_DGRAM) as s:  # no process: slow in a VM
                    fcntl.ioctl(s, 0x8922, struct.pack("16si20x", dev.encode(), value))  # SIOCSIFMTU

    # espgw on gateway 1, unless another is named

    def tool(self, commands, ns):
        """Has one espgw process run commands, the same for all a test's commands: starting it costs most in a VM.

        Returns its lines of text, of which those that are JSON are as the schema says.  Everything is said when an extra
        command at the end has said its line.
        """
        p = self.tools.get(ns)
        if not p:
            p = self.tools[ns] = subprocess.Popen(
                ["stdbuf", "-oL", ESPGW, "-n", self.ns[ns], "-j", "-s", "-b", "-"], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        show = [c for c in commands if " show" in c or " get" in c or " stats" in c or c.startswith("explain ")] + ["default show"]
        try:
            p.stdin.write("\n".join([*commands, "default show"]) + "\n")
            p.stdin.flush()
        except BrokenPipeError:
            pass
        lines, self.shown = [], []
        while show:
            line = p.stdout.readline()
            if not line:
                del self.tools[ns]
                p.wait()
                raise RuntimeError("espgw: " + "".join(lines))
            lines.append(line)
            if line.startswith("["):
                self.shown.append(judged(show.pop(0), line))
        if ns != "g1":  # it would keep the namespace, when the test deletes that
            del self.tools[ns]
            p.communicate()
        return lines[:-1]

    def espgw(self, *commands, ns="g1"):
        """Runs commands, which must succeed."""
        return "".join(self.tool(commands, ns))

    def show(self, *what, ns="g1"):
        """What commands show, as parsed JSON; of several, a list."""
        self.tool(what, ns)
        found = self.shown[:-1]
        return found if len(what) > 1 else found[0]

    def stats(self, ns="g1"):
        return self.show("stats show", ns=ns)[0]

    def counted(self, before, ns="g1"):
        """The counters that changed since 'before' was taken, and by how much."""
        return {k: v - before.get(k, 0) for k, v in self.stats(ns).items() if v != before.get(k, 0)}

    def tunnels(self, tunnels, xfrm=True):
        """Sets tunnels up: espgw on gateway 1, the kernel's xfrm on gateway 2."""
        self.espgw("dev attach wan", *(c for t in tunnels for c in t.commands()))
        if xfrm:
            self.xfrm_tunnels(tunnels)

    def xfrm_tunnels(self, tunnels, gateway=2, flags=""):
        """The kernel's xfrm on a gateway."""
        ns = f"g{gateway}"
        self.ip(ns, [c for t in tunnels for c in t.xfrm(gateway, flags)])
        self.encap(ns, tunnels)

    def encap(self, ns, tunnels):
        """Sockets that take the tunnels' ESP in UDP for the kernel's own IPsec."""
        for port in sorted({t.port for t in tunnels if t.natt}):  # what an IKE daemon does
            for family, any_ in (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"):
                s = self.socket(ns, family, socket.SOCK_DGRAM)
                if family == socket.AF_INET6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.bind((any_, port))
                s.setsockopt(UDP, 100, 2)  # UDP_ENCAP, UDP_ENCAP_ESPINUDP
                self.keep.append(s)

    # sending and catching

    def send(self, port, *packets):
        for p in packets:
            self.ports[port].send(p)

    def fence(self):
        """Waits until an echo has gone a - g1 - r - g1 - a: as many hops as there are between a and b."""
        self.fences += 1
        mark = b"fence" + struct.pack("!I", self.fences)
        packet = icmp4("10.1.0.2", R1[4], 8, 0, self.fences & 0xffff, mark)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.send("a0", packet)
            again = time.monotonic() + 2
            while time.monotonic() < again:
                self.ports["a0"].poll()
                if any(isinstance(p, bytes) and p[8:] == mark for p in self.ports["a0"].got):
                    return
                time.sleep(0.002)
        raise RuntimeError("the network does not settle")

    def settle(self):
        """Waits until all that was sent has come to its end, and returns what was caught, by port.

        Mostly it has when a fence comes back.  Where a cipher works asynchronously it takes its time, on this
        processor: so it has to be quiet for some rounds.
        """
        quiet, seen = 0, None
        while quiet < 5:
            self.fence()
            now = 0
            for port in self.ports.values():
                port.poll()
                now += sum(not isinstance(p, bytes) for p in port.got)
            quiet = quiet + 1 if now == seen else 1
            seen = now
            if quiet < 5:
                time.sleep(0.004)
        caught = {}
        for name, port in self.ports.items():
            caught[name] = [p for p in port.got if not isinstance(p, bytes)]
            port.got = []
        return caught

    def exchange(self, port, *packets):
        """Sends and settles."""
        self.send(port, *packets)
        return self.settle()

    # what the hosts' own stacks send

    def ends(self, t, family, kind, ns="a"):
        """Sockets of host a (or gateway 1) and of host b, in the tunnel's prefixes; at addresses not used before, so
        that no route knows their path MTU."""
        if t.i not in self.hosts:
            self.hosts[t.i] = 0
            for host, prefixes in (("a", (f"10.1.{100 + t.i}.0/24", f"fd01:0:{100 + t.i}::/48")),
                                   ("b", (f"10.2.{t.i}.128/25", f"fd02:0:{t.i:x}:1::/64"))):
                self.ip(host, [f"route replace local {prefix} dev lo" for prefix in prefixes])
        self.hosts[t.i] += 1
        n = 128 + self.hosts[t.i] % 120
        if family == 4:
            level, freebind, left, right = socket.IPPROTO_IP, 15, f"10.1.{100 + t.i}.{n}", f"10.2.{t.i}.{n}"
        else:
            level, freebind, left, right = socket.IPPROTO_IPV6, 78, f"fd01:0:{100 + t.i}::{n}", f"fd02:0:{t.i:x}:1::{n}"
        if ns == "g1":
            left = "10.1.0.1" if family == 4 else "fd01::1"
        af = socket.AF_INET if family == 4 else socket.AF_INET6
        ends = self.socket(ns, af, kind), self.socket("b", af, kind)
        for s, address in zip(ends, (left, right)):
            s.setsockopt(level, freebind, 1)
            s.bind((address, 0))
        return ends

    def transfer(self, f, t, family, size=1 << 20, ns="a"):
        """A TCP connection with so many bytes each way, at once; returns the seconds it took."""
        client, listener = self.ends(t, family, socket.SOCK_STREAM, ns)
        sent, got = {"a": pattern(size, 1), "b": pattern(size, 2)}, {}

        def receive(who, s):
            data = bytearray()
            while part := s.recv(1 << 18):
                data += part
            got[who] = data

        begin = time.monotonic()
        with client, listener:
            listener.listen(1)
            client.settimeout(60)
            client.connect(listener.getsockname()[:2])
            server, _ = listener.accept()
            server.settimeout(60)
            with server:
                threads = [threading.Thread(target=x, args=y, daemon=True) for x, y in
                           ((client.sendall, (sent["a"],)), (server.sendall, (sent["b"],)),
                            (receive, ("a", server)), (receive, ("b", client)))]
                for x in threads[2:] + threads[:2]:
                    x.start()
                for x, s in zip(threads, (client, server)):
                    x.join(90)
                    s.shutdown(socket.SHUT_WR)
                for x in threads[2:]:
                    x.join(90)
        took = time.monotonic() - begin
        for who in sent:
            f.same((len(got.get(who, b"")), got.get(who) == sent[who]), (size, True), f"TCP from {who}: bytes")
        return took

    def stream(self, data, client, server):
        """By TCP, between two (namespace, address): (arrived whole, the longest wait for more of it in seconds)."""
        family = socket.AF_INET if "." in client[1] else socket.AF_INET6
        listener, tx = (self.socket(ns, family, socket.SOCK_STREAM) for ns in (server[0], client[0]))
        listener.bind((server[1], 5001))
        listener.listen()
        tx.bind((client[1], 0))
        tx.settimeout(20)
        tx.connect((server[1], 5001))
        rx, _ = listener.accept()
        for s in tx, rx:
            s.setblocking(False)
        got, sent, longest, last, end = bytearray(), 0, 0, time.monotonic(), time.monotonic() + 60
        with selectors.DefaultSelector() as ready:
            ready.register(rx, selectors.EVENT_READ)
            ready.register(tx, selectors.EVENT_WRITE)
            while len(got) < len(data) and time.monotonic() < end:
                for key, _ in ready.select(1):
                    if key.fileobj is tx:
                        sent += tx.send(data[sent:sent + (1 << 16)])
                        if sent == len(data):
                            ready.unregister(tx)
                        continue
                    got += rx.recv(1 << 18)
                    longest, last = max(longest, time.monotonic() - last), time.monotonic()
        for s in tx, rx, listener:
            s.close()
        return bytes(got) == data, longest


# Where allocations can be made to fail, on a kernel made for that.
FAILSLAB = "/sys/kernel/debug/failslab"
FAIL_NTH = "/proc/thread-self/fail-nth"


def failslab(**values):
    """failslab(probability=100, …): what fails (the kernel's Documentation/fault-injection)."""
    for k, v in values.items():
        with open(f"{FAILSLAB}/{k.replace('_', '-')}", "w") as x:
            x.write(f"{v}\n")


def module_text():
    """Where the module's code begins and ends."""
    with open("/sys/module/espgw/sections/.text") as x:
        begin = int(x.read(), 16)
    with open("/sys/module/espgw/coresize") as x:
        return begin, begin + int(x.read())


class Failing:
    """The n-th allocation that this thread asks for fails, once."""

    def __init__(self):
        self.fd = os.open(FAIL_NTH, os.O_RDWR)

    def arm(self, n):
        os.pwrite(self.fd, b"%d" % n, 0)

    def disarm(self):
        """Has one failed?"""
        left = os.pread(self.fd, 20, 0)
        os.pwrite(self.fd, b"0", 0)
        return int(left.split(b"\0")[0]) == 0

    def once(self, n, what):
        self.arm(n)
        try:
            return what(), self.disarm()
        finally:
            os.pwrite(self.fd, b"0", 0)


class Monitor:
    """espgw monitor on a gateway. nudge: a command that makes an event."""

    def __init__(self, net, words, nudge=f"sa set dst {G2[4]} spi 0x1001 dscp copy", ns="g1"):
        self.p = subprocess.Popen([ESPGW, "-n", net.ns[ns], "-j", "monitor", *words.split()], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(self.p.stdout.fileno(), False)
        self.rest = b""
        # It listens once it tells of something.
        for _ in range(600):
            net.espgw(nudge, ns=ns)
            time.sleep(0.05)
            if self.events():
                break
        else:
            raise RuntimeError("the monitor does not listen")
        time.sleep(0.1)
        self.events()

    def events(self, wait=0, object_=None):
        """Those that came; waits so many seconds for the first of that object."""
        end, found = time.monotonic() + wait, []
        while True:
            self.rest += self.p.stdout.read() or b""
            *lines, self.rest = self.rest.split(b"\n")
            found += [judged("monitor", line) for line in lines if line.strip()]
            if any(e["object"] == object_ for e in found) or time.monotonic() >= end:
                return [e for e in found if object_ in (None, e["object"])]
            time.sleep(0.02)


class Log:
    """Lines of the kernel's log that have one of these texts, from here on."""

    def __init__(self, *texts):
        self.texts = texts
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(os.read(self.fd, 8192).decode(errors="replace").partition(";")[2].split("\n")[0])
        return [line for line in found if any(text in line for text in self.texts)]


def fill(directory, **contents):
    """What is in a directory from now on: fill(d, a_conf=[…]) is a file a.conf of these lines."""
    for name in os.listdir(directory):
        os.unlink(f"{directory}/{name}")
    for name, lines in contents.items():
        with open(f"{directory}/{name.replace('_', '.')}", "w") as f:
            f.write("".join(line + "\n" for line in lines))


@contextlib.contextmanager
def no_memory(cache=None):
    """The module gets none; with the name of a slab cache, none of that."""
    begin, end = module_text()

    def only(on):
        if cache:
            with open(f"/sys/kernel/slab/{cache}/failslab", "w") as x:
                x.write(f"{on}\n")

    only(1)
    failslab(verbose=0, cache_filter=int(bool(cache)), ignore_gfp_wait="Y" if cache else "N", require_start=f"{begin:#x}",
             require_end=f"{end:#x}", stacktrace_depth=32, interval=1, times=-1, probability=100)
    try:
        yield
    finally:
        failslab(probability=0, times=0, cache_filter=0, ignore_gfp_wait="Y", require_start=0, require_end=f"{2**64 - 1:#x}")
        only(0)


def done(code=None):
    """The end of a test program: its status says that it came here."""
    sys.stdout.flush()
    os._exit(0 if code is None else code)
