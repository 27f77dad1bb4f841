# SPDX-License-Identifier: GPL-2.0
"""A program of XDP that passes all, in generic form."""

import ctypes
import os
import platform
import socket
import struct

# XDP_PASS: r0 = 2; exit
PROGRAM = struct.pack("=BBhi", 0xb7, 0, 0, 2) + struct.pack("=BBhi", 0x95, 0, 0, 0)
BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
PROG_LOAD, XDP = 5, 6
IFLA_XDP, IFLA_XDP_FD, IFLA_XDP_FLAGS, SKB_MODE = 43, 1, 3, 2


def loaded():
    """The program's file descriptor."""
    program, licence = ctypes.create_string_buffer(PROGRAM), ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("=IIQQ", XDP, len(PROGRAM) // 8, ctypes.addressof(program), ctypes.addressof(licence)).ljust(128, b"\0")
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(BPF, PROG_LOAD, attr, len(attr))
    if fd < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return fd


def attach(net, dev, fd):
    """On a device of gateway 1; fd -1: off."""
    nest = struct.pack("=HHiHHI", 8, IFLA_XDP_FD, fd, 8, IFLA_XDP_FLAGS, SKB_MODE)
    with net.socket("g1", socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        with net.inside(net.ns["g1"]):
            index = socket.if_nametoindex(dev)
        body = struct.pack("=BxHiII", 0, 0, index, 0, 0) + struct.pack("=HH", 4 + len(nest), IFLA_XDP | 0x8000) + nest
        s.send(struct.pack("=IHHII", 16 + len(body), 19, 5, 1, 0) + body)  # RTM_SETLINK, REQUEST | ACK
        error, = struct.unpack("=i", s.recv(4096)[16:20])
        if error:
            raise OSError(-error, f"XDP on {dev}")
