#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: transfer.py tcp|udp A-NAMESPACE B-NAMESPACE B-ADDRESS FILE COPY

Sends FILE from host A to host B, where COPY is written.  Prints how many packets had to be sent again (UDP).
"""

import os
import socket
import struct
import sys
import threading

sys.dont_write_bytecode = True
from netns import socket_in  # noqa: E402

PORT = 7000
IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE = 10, 4  # DF=0, and never smaller than the device allows
DATA = 1500 - 20 - 8 - 4  # with a number in front, a packet of 1500 bytes
BATCH = 16


def tcp(a, b, address, source, copy):
    listener = socket_in(b, lambda: socket.create_server((address, PORT)))
    sender = socket_in(a, lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))

    def receive():
        connection, _ = listener.accept()
        connection.settimeout(60)
        with open(copy, "wb") as f:
            while data := connection.recv(1 << 16):
                f.write(data)
        connection.sendall(b"!")
        connection.close()

    thread = threading.Thread(target=receive, daemon=True)
    thread.start()
    sender.settimeout(60)
    sender.connect((address, PORT))
    with open(source, "rb") as f:
        sender.sendall(f.read())
    sender.shutdown(socket.SHUT_WR)
    if sender.recv(1) != b"!":
        sys.exit("the other end did not confirm")
    thread.join(60)


def udp(a, b, address, source, copy):
    """Batches of packets, each batch confirmed; one that is not within a second is sent again."""
    receiver = socket_in(b, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    receiver.bind((address, PORT))
    sender = socket_in(a, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE)
    sender.connect((address, PORT))
    sender.settimeout(1)
    with open(source, "rb") as f:
        data = f.read()
    pieces = [data[i:i + DATA] for i in range(0, len(data), DATA)]
    batches = [range(i, min(i + BATCH, len(pieces))) for i in range(0, len(pieces), BATCH)]

    def receive():
        got = {}
        while True:
            packet, peer = receiver.recvfrom(65536)
            number = struct.unpack("!I", packet[:4])[0]
            if number == 0xffffffff:
                break
            got[number] = packet[4:]
            batch = number // BATCH
            if all(n in got for n in batches[batch]):
                receiver.sendto(struct.pack("!I", batch), peer)
        with open(copy, "wb") as f:
            for n in sorted(got):
                f.write(got[n])

    thread = threading.Thread(target=receive, daemon=True)
    thread.start()
    again = 0
    for i, batch in enumerate(batches):
        for attempt in range(10):
            again += len(batch) if attempt else 0
            for n in batch:
                sender.send(struct.pack("!I", n) + pieces[n])
            try:
                while struct.unpack("!I", sender.recv(4))[0] != i:
                    pass
                break
            except socket.timeout:
                pass
        else:
            sys.exit(f"packets {batch[0]} to {batch[-1]} do not arrive")
    while thread.is_alive():
        sender.send(b"\xff" * 4)
        thread.join(0.5)
    print(again)


if __name__ == "__main__":
    {"tcp": tcp, "udp": udp}[sys.argv[1]](*sys.argv[2:7])
    sys.stdout.flush()
    os._exit(0)
