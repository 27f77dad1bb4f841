# SPDX-License-Identifier: GPL-2.0
"""Who looks for clear text on all devices at once: packets of the tests have a mark in them, which must not be seen."""

import subprocess

from wire import *

MARK = b"in clear text: this must not be seen"
OUTGOING = 4


class Watch:
    """A packet socket of a namespace that sees all that leaves by any of its devices, whatever headers are around it;
    incoming: all that arrives there.  spare: devices where the mark may be seen."""

    def __init__(self, net, ns="g1", spare=("lan", "lo"), incoming=False, mark=MARK):
        self.spare, self.incoming, self.mark = set(spare), incoming, mark
        self.s = net.socket(ns, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.s.setblocking(False)

    def found(self):
        """By which devices packets have gone with the mark, how many each; since the last time."""
        found = {}
        while True:
            try:
                raw, (dev, _, kind, *_) = self.s.recvfrom(70000)
            except BlockingIOError:
                return found
            if (kind == OUTGOING) != self.incoming and dev not in self.spare and self.mark in raw:
                found[dev] = found.get(dev, 0) + 1

    def missed(self):
        """How many packets it had no room for, since the last time."""
        return struct.unpack("=II", self.s.getsockopt(263, 6, 8))[1]  # SOL_PACKET, PACKET_STATISTICS


# What the stack counts as lost.
LOST = ("InDiscards", "OutDiscards", "OutNoRoutes", "InNoRoutes", "InAddrErrors", "InHdrErrors", "FragFails", "ReasmFails")


def losses(net, ns):
    """What the stack and the devices of a namespace have lost."""
    found = {}
    with net.inside(net.ns[ns]):
        for name in "snmp", "netstat":
            with open("/proc/thread-self/net/" + name) as f:
                lines = f.read().split("\n")
            for names, values in zip(lines[::2], lines[1::2]):
                if names.startswith(("Ip:", "IpExt:")):
                    found.update(zip(["Ip" + n for n in names.split()[1:]], map(int, values.split()[1:])))
        with open("/proc/thread-self/net/snmp6") as f:
            found.update((n, int(v)) for n, v in (line.split() for line in f) if n.startswith("Ip6"))
        with open("/proc/thread-self/net/dev") as f:
            for line in list(f)[2:]:
                name, _, rest = line.partition(":")
                v = rest.split()
                found["dev " + name.strip()] = int(v[10]) + int(v[11]) + int(v[14])
    return {k: v for k, v in found.items() if k.startswith("dev") or k.removeprefix("Ip").removeprefix("6") in LOST}


def forget_flows(net, ns):
    """Connection tracking, and so a NAT, forgets all that it has: ctnetlink's IPCTNL_MSG_CT_DELETE without a name."""
    with net.socket(ns, socket.AF_NETLINK, socket.SOCK_RAW, 12) as s:
        s.settimeout(10)
        s.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 1, 0, 0, 0, 0))
        error = struct.unpack("=i", s.recv(1 << 16)[16:20])[0]
    if error:
        raise RuntimeError(f"conntrack: error {error}")


def tc(net, ns, *commands):
    p = subprocess.run(["tc", "-n", net.ns[ns], "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise RuntimeError("tc: " + p.stdout)
