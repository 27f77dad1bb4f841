# SPDX-License-Identifier: GPL-2.0
"""Sockets in other network namespaces."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def socket_in(namespace, make):
    """What make() returns, called in the namespace of that name; a socket stays where it was made."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + namespace, os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            return make()
        finally:
            LIBC.setns(home, CLONE_NEWNET)
    finally:
        os.close(home)
        os.close(there)
