#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A TCP transfer: what the processor did for it, in nanoseconds that it was not idle.

usage: tcp.py receive | tcp.py send ADDRESS BYTES [STREAMS]
"""

import re
import selectors
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
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
            elif not key.fileobj.recv(1 << 20, socket.MSG_TRUNC):  # read, and nowhere copied to
                selector.unregister(key.fileobj)
                key.fileobj.close()


def send(address, size, streams):
    data = memoryview(bytes(1 << 16))
    connections = [socket.create_connection((address, PORT)) for _ in range(streams)]
    left = dict.fromkeys(connections, size // streams)
    selector = selectors.DefaultSelector()
    for s in connections:
        s.setblocking(streams == 1)
        selector.register(s, selectors.EVENT_WRITE)
    began, slept = time.monotonic_ns(), idle()
    while left:
        for key, _ in selector.select() if streams > 1 else [(selector.get_key(connections[0]), 0)]:
            s = key.fileobj
            left[s] -= s.send(data[:left[s]])
            if not left[s]:
                del left[s]
                selector.unregister(s)
                s.shutdown(socket.SHUT_WR)
    for s in connections:
        s.setblocking(True)
        s.recv(1)  # the end: all of it has arrived
    print(time.monotonic_ns() - began - (idle() - slept))


if __name__ == "__main__":
    if sys.argv[1] == "receive":
        receive()
    else:
        send(sys.argv[2], int(sys.argv[3]), int((sys.argv[4:] or ["1"])[0]))
