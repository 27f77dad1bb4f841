#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A TCP transfer: what the processor did for it, in nanoseconds that it was not idle.

usage: tcp.py receive | tcp.py send ADDRESS BYTES
"""

import re
import socket
import sys
import time

PORT = 5201


def idle():
    """Nanoseconds for which the processors have slept, up to their last waking."""
    with open("/proc/timer_list") as f:
        return sum(map(int, re.findall(r"\.idle_sleeptime *: (\d+) nsecs", f.read())))


def receive():
    listener = socket.create_server(("", PORT))
    while True:
        connection, _ = listener.accept()
        while connection.recv(1 << 20, socket.MSG_TRUNC):  # read, and nowhere copied to
            pass
        connection.close()


def send(address, size):
    data = memoryview(bytes(1 << 16))
    s = socket.create_connection((address, PORT))
    began, slept = time.monotonic_ns(), idle()
    while size:
        size -= s.send(data[:size])
    s.shutdown(socket.SHUT_WR)
    s.recv(1)  # the end: all of it has arrived
    print(time.monotonic_ns() - began - (idle() - slept))


if sys.argv[1] == "receive":
    receive()
else:
    send(sys.argv[2], int(sys.argv[3]))
