# SPDX-License-Identifier: GPL-2.0
"""WireGuard devices between two namespaces, set up by netlink: the tool for that is not everywhere."""

import os
import socket
import struct

from rawnl import ACK, DUMP, NESTED, REQUEST, Netlink, attr, attrs

GET, SET = 0, 1
NAME, PRIVATE_KEY, PUBLIC_KEY, PORT, PEERS = 2, 3, 4, 6, 8
PEER_KEY, ENDPOINT, ALLOWED = 1, 4, 9


def configure(net, ns, dev, *words):
    """The device's public key."""
    with net.inside(net.ns[ns]):
        nl = Netlink("wireguard")
    name = attr(NAME, dev.encode() + b"\0")
    error = nl.ask(nl.family, SET, name + b"".join(words))
    if error[0]:
        raise RuntimeError(f"WireGuard: {error}")
    return dict(attrs(nl.ask(nl.family, GET, name, flags=REQUEST | ACK | DUMP, want=True)[4:]))[PUBLIC_KEY]


def wireguard(net, left, right):
    """Two devices, each (namespace, name, own address), which know one another and take everything from there."""
    keys = [configure(net, ns, dev, attr(PRIVATE_KEY, os.urandom(32)), attr(PORT, struct.pack("=H", 51820)))
            for ns, dev, _ in (left, right)]
    anywhere = b"".join(attr(NESTED, attr(1, struct.pack("=H", family)) + attr(2, bytes(n)) + attr(3, b"\0"))
                        for family, n in ((socket.AF_INET, 4), (socket.AF_INET6, 16)))
    for (ns, dev, _), (_, _, far), key in zip((left, right), (right, left), keys[::-1]):
        endpoint = struct.pack("=H", socket.AF_INET) + struct.pack("!H", 51820) + socket.inet_aton(far) + bytes(8)
        peer = attr(PEER_KEY, key) + attr(ENDPOINT, endpoint) + attr(ALLOWED | NESTED, anywhere)
        configure(net, ns, dev, attr(PEERS | NESTED, attr(NESTED, peer)))
