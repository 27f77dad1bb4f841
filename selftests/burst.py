# SPDX-License-Identifier: GPL-2.0
"""Very many frames by few system calls."""

import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Msghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)),
                ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int)]


class Mmsghdr(ctypes.Structure):
    _fields_ = [("hdr", Msghdr), ("len", ctypes.c_uint)]


class Burst:
    """Frames for a packet socket, which stand one behind the other in a buffer."""

    def __init__(self, socket, frames):
        self.socket, self.count = socket, len(frames)
        self.buffer = bytearray(b"".join(frames))
        self.keep = (ctypes.c_char * len(self.buffer)).from_buffer(self.buffer)
        at, self.iovs = ctypes.addressof(self.keep), (Iovec * self.count)()
        for iov, frame in zip(self.iovs, frames):
            iov.base, iov.len = at, len(frame)
            at += len(frame)
        self.messages = (Mmsghdr * self.count)(*(Mmsghdr(Msghdr(None, 0, ctypes.pointer(iov), 1)) for iov in self.iovs))

    def send(self, first, last):
        """Sends those from first on, before last. Returns how many; the next one was refused, if they are not all."""
        n = libc.sendmmsg(self.socket.fileno(), ctypes.byref(self.messages, first * ctypes.sizeof(Mmsghdr)), last - first, 0)
        if n > 0:
            return n
        if ctypes.get_errno() != errno.ENOBUFS:
            raise OSError(ctypes.get_errno(), "sendmmsg")
        return 0
