# SPDX-License-Identifier: GPL-2.0
"""Very many fragments, each of another datagram, by few system calls."""

from burst import Burst
from pieces import *

BATCH = 512  # frames


def bytes_of(numbers):
    """Their high bytes, their low bytes."""
    both = struct.pack(f"!{len(numbers)}H", *numbers)
    return both[::2], both[1::2]


NUMBER = bytes_of(range(65536))
# At the sum of all else and of the identification: an IPv4 header's checksum.
CHECKSUM = bytes_of([65535 - n for n in range(65536)] + [65534 - n for n in range(65535)] + [0])


class Flood:
    """Frames from a port to its gateway: fragments of IPv4, or IPv6, that are alike but for source and identification.

    sources: of the k-th frame of each batch, the number of its source, below 200.
    """

    def __init__(self, net, port, way, sources):
        self.net, self.port, self.way, self.sources = net, net.ports[port], way, sources
        self.sent = 0
        with net.inside(self.port.ns):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.bind((self.port.dev, 0))

    def frames(self):
        """Anew, to another destination: 65536 identifications are used up."""
        way, epoch = self.way, self.sent // 65536
        made = []
        for k, n in enumerate(self.sources):
            src, _ = way.ends(n, 3)
            dst = (f"10.{1 if way.dir == 'in' else 3}.64.{1 + epoch}" if way.family == 4 else
                   f"fd0{1 if way.dir == 'in' else 3}:0:40::{1 + epoch:x}")
            # Every second one is a first fragment: it is let go at once, the others are held.
            piece = Piece(0 if k & 1 else 64, bytes(24))
            if way.family == 4:  # the type of service makes the same sum with any source
                raw = ip4(src, dst, UDP, piece.data, mf=True, off=piece.off, tos=255 - n)
                raw = raw[:4] + b"\0\0" + raw[6:10] + b"\0\0" + raw[12:]
                self.sums[k & 1] = 0xffff - checksum(raw[:20])
            else:
                raw = quick(src, dst, piece, epoch << 16)
            made.append(self.port.frame(raw))
        self.size = len(made[0])
        self.burst = Burst(self.socket, made)

    sums = [0, 0]

    def batch(self):
        """Sends BATCH fragments of as many datagrams."""
        if self.sent % 65536 == 0:
            self.frames()
        first, b, size = self.sent % 65536, self.burst.buffer, self.size
        at = 14 + (4 if self.way.family == 4 else 46)
        for i in 0, 1:
            b[at + i::size] = NUMBER[i][first:first + BATCH]
            if self.way.family == 4:
                for odd in 0, 1:
                    low = self.sums[odd] + first + odd
                    b[24 + i + odd * size::2 * size] = CHECKSUM[i][low:low + BATCH:2]
        at = 0
        while at < BATCH:
            n = self.burst.send(at, BATCH)
            if not n:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            at += n
        self.sent += BATCH
