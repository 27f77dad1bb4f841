# SPDX-License-Identifier: GPL-2.0
"""Raw generic netlink at the family espgw, past the tool: requests, and the constants of the interface."""

import ctypes
import errno
import os
import re
import socket
import struct

HERE = os.path.dirname(os.path.realpath(__file__))
REQUEST, ACK, DUMP = 1, 4, 0x300
NESTED = 0x8000
NEWUSER, NEWNET = 0x10000000, 0x40000000  # CLONE_…


def enums():
    """The constants of the interface: {"ESPGW_SA_A_DST": 3, ...}"""
    with open(os.environ["ESPGW_UAPI"]) as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    found = {}
    for body in re.findall(r"enum \w+ \{(.*?)\};", text, re.S):
        value = -1
        for name, given in re.findall(r"(\w+)(?:\s*=\s*([^,]+))?,?", body):
            if given and not given.strip().isdigit():
                continue
            value = int(given) if given else value + 1
            found[name] = value
    return found


E = enums()
CMDS = {n[len("ESPGW_CMD_"):]: v for n, v in E.items() if re.fullmatch(r"ESPGW_CMD_(?!UNSPEC|.*_NTF)\w+_(ADD|DEL|GET|SET|REPLACE|FLUSH|RESET|ATTACH|DETACH|PROBE)", n)}


def attr(kind, data=b"", length=None):
    length = 4 + len(data) if length is None else length
    return struct.pack("=HH", length, kind) + data + bytes(-len(data) % 4)


def u8(v):
    return struct.pack("=B", v)


def u32(v):
    return struct.pack("=I", v)


class Netlink:
    def __init__(self, name="espgw"):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.setsockopt(270, 11, 1)  # SOL_NETLINK, NETLINK_EXT_ACK
        self.s.setsockopt(270, 12, 1)  # NETLINK_GET_STRICT_CHK
        self.s.settimeout(10)
        self.seq = 0
        body = self.ask(16, 3, attr(2, name.encode() + b"\0"), version=1, want=True)
        self.family = struct.unpack("=H", re.search(rb"\x06\x00\x01\x00(..)", body, re.S)[1])[0]

    def ask(self, family, cmd, attrs, version=1, flags=REQUEST | ACK, want=False, length=None, extra=b"\0\0"):
        """The error number and text of a request; with 'want' its answer."""
        self.seq += 1
        body = struct.pack("=BB", cmd & 255, version) + extra + attrs
        length = 16 + len(body) if length is None else length
        self.s.send(struct.pack("=IHHII", length, family, flags, self.seq, 0) + body)
        answer = b""
        while True:
            data = self.s.recv(1 << 18)
            while len(data) >= 16:
                n, kind, _, seq, _ = struct.unpack("=IHHII", data[:16])
                message, data = data[16:n], data[(n + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind in (2, 3):
                    error = -struct.unpack("=i", message[:4])[0]
                    return answer if want else (error, self.text(message) if kind == 2 else "")
                answer += message

    @staticmethod
    def text(message):
        """The extended ACK's text, behind the request that the error quotes."""
        at = 4 + (struct.unpack("=I", message[4:8])[0] + 3 & ~3)
        while at + 4 <= len(message):
            length, kind = struct.unpack("=HH", message[at:at + 4])
            if kind == 1:
                return message[at + 4:at + length].rstrip(b"\0").decode()
            at += max(4, length + 3 & ~3)
        return ""

    def dump(self, cmd, between=None):
        """The flags of a dump's messages, all of them together; something is done after the first part."""
        self.seq += 1
        body = struct.pack("=BB", CMDS[cmd], 1) + b"\0\0"
        self.s.send(struct.pack("=IHHII", 16 + len(body), self.family, REQUEST | DUMP, self.seq, 0) + body)
        together = parts = kind = 0
        while kind != 3:
            data, parts = self.s.recv(1 << 18), parts + 1
            while len(data) >= 16:
                n, kind, flags = struct.unpack("=IHH", data[:8])
                together, data = together | flags, data[(n + 3) & ~3:]
            if between:
                between = between()
        return together, parts

    def espgw(self, cmd, *attrs, **more):
        return self.ask(self.family, CMDS[cmd] if isinstance(cmd, str) else cmd, b"".join(attrs), **more)

    def groups(self):
        """The family's multicast groups: {name: number}."""
        message = self.ask(16, 3, attr(2, b"espgw\0"), version=1, want=True)
        found = dict(attrs(message[4:]))  # behind the generic header
        both = (dict(attrs(group)) for _, group in attrs(found[7]))
        return {g[1].rstrip(b"\0").decode(): struct.unpack("=I", g[2])[0] for g in both}


def attrs(data):
    """(number, contents) of the attributes there."""
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        yield kind & ~NESTED, data[4:length]
        data = data[max(4, length + 3 & ~3):]


class Listener:
    """A socket that is told of events of these groups. room: so many bytes may wait for it; it is not read meanwhile."""

    def __init__(self, netlink, *groups, room=None):
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        if room:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        else:
            self.s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.s.bind((0, 0))
        known = netlink.groups()
        self.missing = [g for g in groups if g not in known]
        for g in groups:
            if g in known:
                self.s.setsockopt(270, 1, known[g])  # SOL_NETLINK, NETLINK_ADD_MEMBERSHIP
        self.s.setblocking(False)

    def take(self):
        """What has come: ([(command, {attribute: contents})], how often it was told that something is missing)."""
        found, lost = [], 0
        while True:
            try:
                data = self.s.recv(1 << 18)
            except BlockingIOError:
                return found, lost
            except OSError as e:
                if e.errno != errno.ENOBUFS:
                    raise
                lost += 1
                continue
            while len(data) >= 16:
                n = struct.unpack("=I", data[:4])[0]
                found.append((data[16], dict(attrs(data[20:n]))))
                data = data[(n + 3) & ~3:]


def as_nobody(point, what, run, unshare=0):
    """Points: run(what), in a process that is nobody's, and root of new namespaces if it is to have some."""
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            if unshare and ctypes.CDLL(None).unshare(unshare):
                point(True, what + " # SKIP nobody may make a user namespace here")
            else:
                run(what)
        except Exception as e:
            point(False, what, repr(e))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
