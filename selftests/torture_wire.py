# SPDX-License-Identifier: GPL-2.0
"""For tests that send packets which are none: what is caught may be none either, and goes by tap devices and in super-packets."""

from wire import *


class Unreadable:
    """What was caught and is no packet."""

    version, proto, kind, is_esp, is_chatter, spi, off, mf, src, dst = 0, None, None, False, False, None, 0, False, None, None

    def __init__(self, raw):
        self.raw, self.len, self.payload = raw, len(raw), b""

    def answer(self):
        return None


def read(raw):
    try:
        return Packet(raw)
    except (struct.error, IndexError, ValueError):
        return Unreadable(raw)


def ethertype(packet):
    return b"\x86\xdd" if packet[:1] and packet[0] >> 4 == 6 else b"\x08\0"


class Sender:
    """A device of gateway 1, as packet sockets send by it."""

    def __init__(self, net, port):
        self.peer_mac, self.mac = port.mac, port.peer_mac
        with net.inside(net.ns["g1"]):
            self.tx, self.gso = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(2))
        for s in self.tx, self.gso:
            s.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)  # SO_SNDBUFFORCE
        self.gso.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
        for s in self.tx, self.gso:
            s.bind(("wan", 0))


class Tap:
    """A device of gateway 1: what is written arrives there, at once, in the task that writes."""

    def __init__(self, net, name, frags=False):
        """frags: in pages, and by receive offload."""
        with net.inside(net.ns["g1"]):
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            # TUNSETIFF, IFF_TAP | IFF_NO_PI; IFF_NAPI | IFF_NAPI_FRAGS
            fcntl.ioctl(self.fd, 0x400454ca, struct.pack("16sH22x", name.encode(), 0x1002 | (0x30 if frags else 0)))
        net.ip("g1", [f"link set {name} addrgenmode none", f"link set {name} up"])
        with net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
            s.bind((name, 0))
            self.mac = s.getsockname()[4]

    def send(self, packet, at=()):
        """at: where in the frame pages end, behind its link-layer header."""
        frame = self.mac + b"\2\0\0\0\0\1" + ethertype(packet) + packet
        at = sorted({0, len(frame)} | {x for x in at if 14 <= x < len(frame)})
        os.writev(self.fd, [frame[a:b][i:i + 4096] for a, b in zip(at, at[1:]) for i in range(0, b - a, 4096)])

    def received(self):
        """Frames that left by it since."""
        frames = []
        with contextlib.suppress(BlockingIOError):
            while True:
                frames.append(os.read(self.fd, 70000))
        return frames


def relength(packet):
    """With the lengths that it has, and a checksum that is right."""
    if packet[0] >> 4 == 4:
        h = packet[:2] + struct.pack("!H", len(packet)) + packet[4:10] + b"\0\0" + packet[12:20]
        h = h[:10] + struct.pack("!H", checksum(h)) + h[12:]
    else:
        h = packet[:4] + struct.pack("!H", len(packet) - 40) + packet[6:40]
    rest = packet[len(h):]
    if (packet[9] if len(h) == 20 else packet[6]) == UDP:
        rest = rest[:4] + struct.pack("!H", len(rest)) + rest[6:]
    return h + rest
