# SPDX-License-Identifier: GPL-2.0
"""For tests that torture the netlink interface: the whole configuration, read and compared, made and made again."""

import ctypes
import os
import socket
import struct
import time

from nlspec import Spec
from rawnl import ACK, DUMP, NEWNET, REQUEST, Netlink, attrs

DONE, ERROR = 3, 2
# What changes by itself, or is counted: by set.
VOLATILE = {"sa": {"age-s", "last-s", "stats", "state", "pmtu", "inner-mtu"}, "policy": {"packets", "bytes"},
            "pmtu": {"pmtu", "inner-mtu", "source", "expires-s", "learned-s", "accepted", "rejected", "probe-state", "probe-size",
                     "probe-confirmed", "probe-failed", "probes-sent", "probes-answered", "probes-lost", "black-holes", "raised-by",
                     "raised-s", "lowered-by", "lowered-s"},
            "vfr": {"reassemblies", "held", "bytes", "stats"}, "xfrm-row": {"seq", "lease", "delay-us", "reason"}}
NO_CONFIGURATION = {"stats", "explain"}  # sets

spec = Spec()


class Lost(Exception):
    """There was no answer to a request: it may have been done or not."""


class Socket(Netlink):
    """Requests by the names of the specification, in this thread's network namespace."""

    # Whose memory is there already: what a program asks for must not be what fails.
    room = bytearray(1 << 18)

    def send(self, cmd, data=b"", flags=REQUEST | ACK, length=None, head=b"\2\0\0"):
        self.seq += 1
        body = bytes([cmd & 255]) + head + data
        self.s.send(struct.pack("=IHHII", 16 + len(body) if length is None else length, self.family, flags, self.seq, 0) + body)

    def answer(self):
        """The error number, and the answers' attributes; Lost, if the kernel says that it could not tell."""
        rows = []
        while True:
            try:
                data = bytes(self.room[:self.s.recv_into(self.room)])
            except OSError as e:
                raise Lost(e) from None
            while len(data) >= 16:
                n, kind, _, seq, _ = struct.unpack("=IHHII", data[:16])
                message, data = data[16:n], data[(n + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind in (ERROR, DONE):
                    return -struct.unpack("=i", message[:4])[0] if len(message) >= 4 else 0, rows
                rows.append(message[4:])

    def request(self, name, values=None, dump=False):
        """(error number, [attributes of an answer])"""
        op = spec.op(name)
        self.send(spec.cmd[name], spec.encode(op["attribute-set"], values or {}), REQUEST | (DUMP if dump else ACK))
        return self.answer()

    def must(self, name, values=None, dump=False):
        error, rows = self.request(name, values, dump)
        if error:
            raise RuntimeError(f"{name} {values}: {os.strerror(error)}")
        return rows


def lasting(set_name, row):
    """What of an answer does not change by itself."""
    known = spec.sets[set_name]
    out = VOLATILE.get(set_name, set())
    return tuple(sorted((known[n]["name"], value) for n, value in attrs(row) if n in known and known[n]["name"] not in out and
                        known[n]["type"] != "pad"))


def looks():
    """What shows all of the configuration: (command, values, is it a dump)."""
    for op in spec.requests:
        if op["name"].endswith("-get") and op["attribute-set"] not in NO_CONFIGURATION:
            if "dump" in op:
                yield op["name"], {n: True for n in spec.listed(op, "dump", "request") if n == "show-keys"}, True
            else:
                yield op["name"], {}, False
                if "default" in spec.listed(op, "do", "request"):
                    yield op["name"], {"default": True}, False


LOOKS = [(spec.cmd[name], spec.encode(spec.op(name)["attribute-set"], values), REQUEST | (DUMP if dump else ACK), name)
         for name, values, dump in looks()]


def configuration(nl):
    """All of the namespace's configuration: {command and its number here: rows}."""
    found = {}
    for i, (cmd, data, flags, name) in enumerate(LOOKS):
        nl.send(cmd, data, flags)
        error, rows = nl.answer()
        if error:
            raise RuntimeError(f"{name}: {os.strerror(error)}")
        found[name, i] = sorted(lasting(spec.op(name)["attribute-set"], row) for row in rows)
    return found


def difference(before, after):
    """What is in one and not in the other, as text."""
    lines = []
    for key in before:
        for sign, some, other in ("-", before, after), ("+", after, before):
            lines += [f"{sign} {key[0]} " + ", ".join(f"{n}={v.hex()}" for n, v in row if n not in ("key", "auth-key"))
                      for row in some[key] if row not in other[key]]
        if len(before[key]) != len(after[key]):
            lines.append(f"  {key[0]}: {len(before[key])} rows, then {len(after[key])}")
    return "\n".join(lines[:12])


def settled(nl, *wanted, seconds=5):
    """The configuration, once it is one of those wanted: what xfrm has is adopted a moment later."""
    end = time.monotonic() + seconds
    while (now := configuration(nl)) not in wanted and time.monotonic() < end:
        time.sleep(0.02)
    return now


MTU_DEFAULT = {"df": 1, "frag": 0, "split": 0, "inner-df": 0, "icmp-answer": 1, "mtu-cap": 0, "min-pmtu": 576, "pmtu-age": 600,
               "pmtu-learn": 1, "mss": 1, "probe": 2}


def clear(nl):
    """Nothing is configured any more."""
    nl.request("xfrm-set", {"on": 0, "default": True})  # who is root of a user namespace may not
    for name, values in (("policy-flush", {}), ("xfrm-set", {"on": 0}), ("sa-flush", {}), ("default-set", {"mtu": MTU_DEFAULT}),
                         ("guard-set", {"on": 1})):
        nl.must(name, values)
    index = {a["name"]: n for n, a in spec.sets["dev"].items()}
    names = []
    for row in nl.must("dev-get", dump=True):
        found = dict(attrs(row))
        if index["pattern"] not in found:  # else it goes with its pattern
            names.append(found[index["ifname"]][:-1].decode())
    for name in names:
        nl.must("dev-detach", {"ifname": name})
    numbers = {a["name"]: n for n, a in spec.sets["xfrm-conn"].items()}
    for row in nl.must("xfrm-conn-get", dump=True):
        found = dict(attrs(row))
        who = next(n for n in ("if-id", "reqid") if numbers[n] in found)
        nl.must("xfrm-conn-set", {who: struct.unpack("=I", found[numbers[who]])[0], "mtu": {"inherit": 0xffe}, "name": "", "comment": ""})


GCM = {"aead": "rfc4106(gcm(aes))", "key": bytes(range(20)).hex(), "icv-bits": 128}
CBC = {"enc": "cbc(aes)", "key": bytes(range(16)).hex(), "auth": "hmac(sha256)", "auth-key": bytes(range(32)).hex(), "icv-bits": 128}
WAY = {"src": "192.0.2.1", "dst": "198.51.100.1"}
BACK = {"src": "198.51.100.1", "dst": "192.0.2.1"}
NATT = {"encap-sport": 4500, "encap-dport": 4500}
OUT, IN, ESN = {"dst": "198.51.100.1", "spi": 0x1001}, {"dst": "192.0.2.1", "spi": 0x1002}, {"dst": "198.51.100.1", "spi": 0x1003}
NETS = {"src": "10.1.0.0", "src-len": 16, "dst": "10.2.0.0", "dst-len": 16}
NETS6 = {"src": "fd01::", "src-len": 16, "dst": "fd02::", "dst-len": 16}
DNS = {"prio": 3, "src": "10.1.0.0", "src-len": 16, "dst": "10.3.0.0", "dst-len": 16, "proto": 17, "dport-min": 53, "dport-max": 53}
PROTECT = {"action": 1, "reqid": 1, "tunnel-src": "192.0.2.1", "tunnel-dst": "198.51.100.1"}
# A configuration with something of everything. wan, d0 and pat0 are there, the rest is not.
RECIPE = [
    ("dev-attach", {"ifname": "wan", "mtu": {"mtu-cap": 1400}}),
    ("dev-attach", {"ifname": "d0"}),
    ("dev-attach", {"ifname": "pat*"}),
    ("dev-attach", {"ifname": "away"}),
    ("sa-add", {"dir": 2, **WAY, "spi": 0x1001, "reqid": 1, **GCM, "seq": 100, "name": "first", "comment": "as it is"}),
    ("sa-add", {"dir": 1, **BACK, "spi": 0x1002, "reqid": 1, **CBC, "replay-window": 256}),
    ("sa-add", {"dir": 2, **WAY, "spi": 0x1003, "reqid": 2, **GCM, "esn": True, **NATT, "keepalive": 3600,
                "limit": {"soft-bytes": 10**9, "hard-bytes": 10**10}, "mtu": {"mtu-cap": 1300}}),
    ("policy-add", {**NETS, **PROTECT}),
    ("policy-add", {**NETS6, **PROTECT, "name": "six"}),
    ("policy-add", {**DNS, "action": 2}),
    ("policy-add", {"ifname": "d0", **NETS, "action": 3}),
    ("pmtu-set", {**OUT, "mtu": 1300, "lock": True}),
    ("vfr-set", {"ifname": "wan", "dir": 1, "mode": 2, "max-fragments": 50}),
    ("xfrm-conn-set", {"reqid": 9, "mtu": {"mss": 1}, "name": "nine"}),
]


def make(nl):
    """Exactly that, whatever was there; and what it looks like."""
    clear(nl)
    for name, values in RECIPE:
        nl.must(name, values)
    return configuration(nl)


def enter(ns):
    """This thread is in a network namespace from now on; its /sys stays."""
    with open("/run/netns/" + ns) as f:
        if ctypes.CDLL(None).setns(f.fileno(), NEWNET):
            raise OSError("setns " + ns)
