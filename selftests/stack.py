# SPDX-License-Identifier: GPL-2.0
"""Links between gateway 1 and the router that are stacks of devices, of every kind that there are two ends of."""

import hashlib
import select

from wire import *

# What lies on an Ethernet device: does the router need the other end of it, and the words for `ip link add`.
ETHERNET = {
    "bridge": (False, "type bridge"),
    "bond": (False, "type bond mode active-backup"),
    "vlan": (True, "type vlan id {id}"),
    "qinq": (True, "type vlan id {id} protocol 802.1ad"),
    "macvlan": (False, "type macvlan mode bridge"),
}

# Tunnels: the family of their own packets, the words, whether Ethernet is in them, what else they carry, and what they
# put around it.
TUNNELS = {
    "ipip": (4, "type ipip local {local} remote {remote} ttl 64", False, (4,), 20),
    "sit": (4, "type sit mode any local {local} remote {remote} ttl 64", False, (4, 6), 20),
    "gre": (4, "type gre local {local} remote {remote} ttl 64", False, (4, 6), 24),
    "gretap": (4, "type gretap local {local} remote {remote} ttl 64", True, (4, 6), 38),
    "vxlan": (4, "type vxlan id {id} dstport 4789 local {local} remote {remote} ttl 64", True, (4, 6), 50),
    "ip6tnl": (6, "type ip6tnl mode any encaplimit none local {local} remote {remote}", False, (4, 6), 40),
    "ip6gre": (6, "type ip6gre encaplimit none local {local} remote {remote}", False, (4, 6), 44),
    "WireGuard": (4, "type wireguard", False, (4, 6), 60),
    "tun": (4, "mode tun", False, (4, 6), 28),  # of a program that sends by UDP
}
KINDS = [*ETHERNET, *TUNNELS]


def adding(name, words, low=None):
    """The command that makes a device. low: what it lies on, where it has to be said."""
    return f"tuntap add dev {name} {words}" if words.startswith("mode ") else f"link add {f'link {low} ' if low else ''}name {name} {words}"


class Device:
    """A device of a stack: its name here and at the router, or that of what is below it, if nothing is its other end."""

    def __init__(self, kind, here, there, ether, carries, mtu):
        self.kind, self.here, self.there, self.ether, self.carries, self.mtu = kind, here, there, ether, carries, mtu

    def __repr__(self):
        return f"{self.kind} {self.here}"


class Stack:
    """Number n. of a link's devices, the veth at the bottom first."""

    def __init__(self, net, n, ns="g1", peer="r"):
        self.net, self.n, self.ns, self.peer, self.devices, self.gone = net, n, ns, peer, [], False

    def __repr__(self):
        return " < ".join(map(repr, self.devices))

    @property
    def top(self):
        return self.devices[-1]

    def fits(self, kind):
        """Can a device of that kind be put upon what is there?"""
        t = self.top
        if kind in TUNNELS:
            family, *_, head = TUNNELS[kind]
            return family in t.carries and t.mtu - head >= 1280 + 80
        return t.ether and not (kind == "bridge" and any(d.kind == "bridge" for d in self.devices) or
                                kind == "bond" and any(d.kind in ("bond", "bridge") for d in self.devices))

    def plan(self, kinds):
        """The devices, not yet made."""
        self.devices = [Device("veth", f"u{self.n}x0", f"r{self.n}x0", True, (4, 6), 1500)]
        for kind in kinds:
            i, t = len(self.devices), self.top
            here, there = f"u{self.n}x{i}", f"r{self.n}x{i}"
            if kind in TUNNELS:
                _, _, ether, carries, head = TUNNELS[kind]
                self.devices.append(Device(kind, here, there, ether, carries, t.mtu - head))
            else:
                # A tag is on top of the MTU, but where a tunnel counts Ethernet's header there is no room for it.
                tag = 4 if kind in ("vlan", "qinq") and any(d.kind in TUNNELS for d in self.devices) else 0
                self.devices.append(Device(kind, here, there if ETHERNET[kind][0] else t.there, True, (4, 6), t.mtu - tag))
        return self

    def ends(self, i, family):
        n = self.n * 16 + i
        return (f"172.20.{n}.1", f"172.20.{n}.2") if family == 4 else (f"fd20:0:{n:x}::1", f"fd20:0:{n:x}::2")

    def commands(self, i):
        """What makes device i: here, and at the router."""
        d = self.devices[i]
        if not i:
            return [], [f"link add {d.there} type veth peer name {d.here} netns {self.net.ns[self.ns]}", f"link set {d.there} up"]
        low, ident = self.devices[i - 1], 100 + self.n * 16 + i
        if d.kind in ETHERNET:
            both, words = ETHERNET[d.kind]
            words = words.format(id=ident)
            if d.kind in ("bridge", "bond"):
                return [adding(d.here, words), f"link set {d.here} mtu {d.mtu}", *([f"link set {low.here} down"] if d.kind == "bond" else []),
                        f"link set {low.here} master {d.here}", f"link set {low.here} up"], []
            return ([adding(d.here, words, low.here), f"link set {d.here} mtu {d.mtu}"],
                    [adding(d.there, words, low.there), f"link set {d.there} mtu {d.mtu}", f"link set {d.there} up"] if both else [])
        family, words, *_ = TUNNELS[d.kind]
        a, b = self.ends(i, family)
        more = " nodad" if family == 6 else ""
        return tuple([f"addr replace {x}/{24 if family == 4 else 64} dev {dev}{more}",
                      adding(name, words.format(id=ident, local=x, remote=y)), f"link set {name} mtu {d.mtu}",
                      *([f"link set {name} up"] if name == d.there else [])]
                     for x, y, dev, name in ((a, b, low.here, d.here), (b, a, low.there, d.there)))

    def make(self, level=0):
        """All from that level on."""
        here, there = [], []
        if not level:
            self.net.ip(self.peer, self.commands(0)[1])
            here.append(f"link set {self.devices[0].here} up")
        for i in range(max(level, 1), len(self.devices)):
            x, y = self.commands(i)
            here += x + [f"link set {self.devices[i].here} up"]
            there += y
        if there:
            self.net.ip(self.peer, there)
        if here:
            self.net.ip(self.ns, here)
        # What is made again may have another address: the peer would keep to the old one for half a minute, if it has heard
        # of that within the last second (arp(7), locktime).
        self.net.ip(self.peer, [f"neigh flush dev {there}" for there in {d.there for d in self.devices[level:]}])
        for i in range(level, len(self.devices)):
            if self.devices[i].kind == "WireGuard":
                self.wireguard(i)
            elif self.devices[i].kind == "tun":
                d, ends = self.devices[i], self.ends(i, 4)
                Relay(self.net, ((self.ns, d.here, ends[0]), (self.peer, d.there, ends[1]))).start()
        self.gone = False

    def unmake(self, level=0):
        """All from that level on, the uppermost first."""
        for ns, names in ((self.peer, [d.there for d in self.devices]), (self.ns, [d.here for d in self.devices])):
            # What has no other end is the device below; the other end of the veth goes with it.
            mine = [name for i, name in enumerate(names) if i >= level and (i or ns == self.ns) and name not in names[:i]]
            if mine:
                self.net.ip(ns, [f"link del {name}" for name in reversed(mine)])
        self.gone = not level

    def wireguard(self, i):
        d, (a, b) = self.devices[i], self.ends(i, 4)
        port = 51820 + self.n * 16 + i
        secret = [hashlib.sha256(f"{x} {port}".encode()).digest() for x in "ab"]
        for ns, name, own, other, end in ((self.ns, d.here, secret[0], secret[1], b), (self.peer, d.there, secret[1], secret[0], a)):
            wireguard(self.net, ns, name, own, x25519(other), port, end)


class Relay(threading.Thread):
    """The program behind two tun devices: what goes into one leaves by UDP, and comes out of the other. ends: namespace,
    device and address of each. It ends when one of the devices does."""

    port = 51000

    def __init__(self, net, ends):
        super().__init__(daemon=True)
        Relay.port += 1
        self.tuns, self.sockets = [], []
        for ns, name, address in ends:
            with net.inside(net.ns[ns]):
                fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", name.encode(), 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
            s = net.socket(ns, socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((address, Relay.port))
            s.setsockopt(socket.IPPROTO_IP, 10, 0)  # DF is not its own to set
            s.setblocking(False)
            self.tuns.append(fd)
            self.sockets.append(s)
        for s, (_, _, address) in zip(self.sockets, ends[::-1]):
            s.connect((address, Relay.port))

    def move(self, i, out):
        """All that is there, from device i to its socket, or back."""
        fd, s = self.tuns[i], self.sockets[i]
        while True:
            try:
                data = os.read(fd, 70000) if out else s.recv(70000)
            except BlockingIOError:
                return
            except OSError:
                if out:
                    raise
                return  # what an ICMP error has said to the socket
            try:
                if out:
                    s.send(data)
                else:
                    os.write(fd, data)
            except OSError:  # lost: as on any link
                pass

    def run(self):
        poll, ways = select.poll(), {}
        for i in 0, 1:
            for fd, out in (self.tuns[i], True), (self.sockets[i].fileno(), False):
                ways[fd] = i, out
                poll.register(fd, select.POLLIN)
        try:
            while True:
                for fd, event in poll.poll():
                    if ways[fd][1] and event & select.POLLERR:
                        return
                    self.move(*ways[fd])
        except OSError:
            pass
        finally:
            for fd in self.tuns:
                os.close(fd)
            for s in self.sockets:
                s.close()


def x25519(secret, u=9):
    """RFC 7748 5: the public key of a secret one."""
    p = 2 ** 255 - 19
    k = int.from_bytes(secret, "little") & ~7 & ~(1 << 255) | 1 << 254
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % p, c * b % p, a * a % p, b * b % p
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % p, u * (da - cb) ** 2 % p
        x2, z2 = aa * bb % p, e * (aa + 121665 * e) % p
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def wireguard(net, ns, name, secret, peer, port, end):
    """Keys, port and the one peer of a device: to it goes everything (linux/wireguard.h; generic netlink)."""
    s = net.socket(ns, socket.AF_NETLINK, socket.SOCK_RAW, 16)

    def ask(family, cmd, version, attrs):
        body = struct.pack("=BBH", cmd, version, 0) + attrs
        s.send(struct.pack("=IHHII", 16 + len(body), family, 5, 1, 0) + body)  # NLM_F_REQUEST, NLM_F_ACK
        answer = s.recv(65536)
        kind, = struct.unpack("=H", answer[4:6])
        if kind == 2 and struct.unpack("=i", answer[16:20])[0]:
            raise RuntimeError(f"WireGuard: error {struct.unpack('=i', answer[16:20])[0]}")
        return answer[20:]

    attrs = ask(16, 3, 1, attr(2, b"wireguard\0"))  # CTRL_CMD_GETFAMILY
    while attrs:
        n, kind = struct.unpack("=HH", attrs[:4])
        if kind == 1:
            family, = struct.unpack("=H", attrs[4:6])
        attrs = attrs[(n + 3) & ~3:]
    s.recv(65536)
    anywhere = b"".join(attr(i | 0x8000, attr(1, struct.pack("=H", af)) + attr(2, bytes(n)) + attr(3, b"\0"))
                        for i, (af, n) in enumerate(((socket.AF_INET, 4), (socket.AF_INET6, 16))))
    if ":" in end:
        end = struct.pack("=HHI", socket.AF_INET6, socket.htons(port), 0) + addr(end) + bytes(4)
    else:
        end = struct.pack("=HH", socket.AF_INET, socket.htons(port)) + addr(end) + bytes(8)
    peers = attr(0x8000, attr(1, peer) + attr(4, end) + attr(9 | 0x8000, anywhere))
    ask(family, 1, 1, attr(2, name.encode() + b"\0") + attr(3, secret) + attr(6, struct.pack("=H", port)) + attr(8 | 0x8000, peers))
    s.close()
