# SPDX-License-Identifier: GPL-2.0
"""Flows of numbered datagrams at a fixed rate, each by a process of its own; how many of them arrive."""

import traceback

from wire import *


class Child:
    """A process that runs a function, whose result is awaited."""

    def __init__(self, function):
        self.fd, w = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.write(w, json.dumps(function()).encode())
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(w)

    def result(self):
        with os.fdopen(self.fd) as f:
            text = f.read()
        os.waitpid(self.pid, 0)
        return json.loads(text)


class Flow:
    """Datagrams of a tunnel's hosts, so many a second from a to b and from b to a, of an IP length.

    Their process comes before all others: what is lost is lost on the way.
    """

    def __init__(self, net, tunnel, family=4, length=228, rate=100):
        self.ends = net.ends(tunnel, family, socket.SOCK_DGRAM)
        for s, other in zip(self.ends, self.ends[::-1]):
            s.connect(other.getsockname()[:2])
            s.setblocking(False)
            # IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: nobody is told that something was too big: it is cut, or lost
            s.setsockopt(*((socket.IPPROTO_IP, 10) if family == 4 else (socket.IPPROTO_IPV6, 23)), 0)
        self.data = pattern(length - (32 if family == 4 else 52))
        self.rate, self.next = rate, 0

    def run(self, first, seconds):
        """[sent from a, arrived at b, sent from b, arrived at a]"""
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        count, begin = int(seconds * self.rate), time.monotonic()
        got = bytearray(count), bytearray(count)  # whether that one has come

        def read():
            for s, came in zip(self.ends, got):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        data = s.recv(65536)
                        n = struct.unpack("!I", data[:4])[0] - first
                        if 0 <= n < count and data[4:] == self.data:
                            came[n] = 1

        for i in range(count):
            for s in self.ends:
                s.send(struct.pack("!I", first + i) + self.data)
            time.sleep(max(0, begin + (i + 1) / self.rate - time.monotonic()))
            read()
        now, quiet = (sum(got[0]), sum(got[1])), 0
        while now != (count, count) and quiet < 20:  # a second in which nothing comes
            time.sleep(0.05)
            read()
            was, now = now, (sum(got[0]), sum(got[1]))
            quiet = quiet + 1 if now == was else 0
        return count, now[1], count, now[0]

    def start(self, seconds):
        first, self.next = self.next, self.next + int(seconds * self.rate)
        return Child(lambda: self.run(first, seconds))


def memory():
    """Bytes that the kernel holds and cannot take back."""
    with open("/proc/meminfo") as f:
        found = {k: int(v.split()[0]) << 10 for k, v in (line.split(":") for line in f)}
    return found["SUnreclaim"] + found["Percpu"]
