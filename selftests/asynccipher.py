# SPDX-License-Identifier: GPL-2.0
"""ChaCha20-Poly1305 that is computed asynchronously, on another processor or in a worker, whatever the machine has."""

import os
import re
import socket
import struct
import time

# pcrypt's padata nests two locks of one class, which lockdep reports: there cryptd. TORTURE_CRYPTO says another.
ASYNC_CIPHER = (os.environ.get("TORTURE_CRYPTO") or ("cryptd" if os.path.exists("/proc/lockdep") else "pcrypt")) + "(rfc7539esp(chacha20-generic,poly1305-generic))"
NEWALG, DELALG, UPDATEALG = 0x10, 0x11, 0x12


def crypto(kind, name=""):
    """A request about the asynchronous cipher, with a priority above all others; the error number."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 21) as s:
        body = struct.pack("=64s64s64sIIII", name.encode(), ASYNC_CIPHER.encode(), b"", 3, 0xf, 0, 0)
        body += struct.pack("=HHI", 8, 1, 10000) if kind != DELALG else b""
        s.send(struct.pack("=IHHII", 16 + len(body), kind, 5, 1, 0) + body)
        return -struct.unpack("=i", s.recv(4096)[16:20])[0]


def asynchronous():
    """From now on ChaCha20-Poly1305 is computed so. Its parts may have to be found first."""
    try:
        crypto(NEWALG), crypto(NEWALG), crypto(UPDATEALG)
    except OSError:
        return False
    with open("/proc/crypto") as f:
        return any(ASYNC_CIPHER in a and re.search(r"selftest +: passed", a) for a in f.read().split("\n\n"))


def synchronous():
    """As before, once nothing uses it any more."""
    end = time.monotonic() + 20
    while crypto(DELALG, "rfc7539esp(chacha20,poly1305)"):
        if time.monotonic() > end:
            raise RuntimeError("the asynchronous cipher is still in use")
        time.sleep(0.1)
