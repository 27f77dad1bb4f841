#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: probe.py A R B LENGTH DF

Host A sends host B one UDP packet of LENGTH bytes with DF set or not (1, 0).  Prints, as JSON, what was captured:

  sent     from gateway 1, as it arrived at the router      answer   ICMP that host A got
  passed   on the router's link to gateway 2                told     ICMP that the router sent gateway 1
  arrived  at host B, packet by packet                      whole    whether host B's program got the datagram
"""

import json
import os
import select
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
from netns import socket_in  # noqa: E402

A, B, PORT = "10.1.0.2", "10.2.0.2", 9
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 10, 3  # whatever host A learned before, send it as it is
PACKET_OUTGOING = 4


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def sniffer(device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    s.bind((device, 3))
    return s


def describe(data):
    """A captured IPv4 packet; None for anything else."""
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    length, ident, off = struct.unpack("!HHH", data[2:8])
    p = {"len": length, "id": ident, "df": off >> 14 & 1, "mf": off >> 13 & 1, "off": (off & 0x1fff) * 8,
         "proto": data[9], "src": socket.inet_ntoa(data[12:16]), "dst": socket.inet_ntoa(data[16:20])}
    header = (data[0] & 15) * 4
    if p["proto"] == 1 and not p["off"] and len(data) >= header + 8:
        p["type"], p["code"], p["mtu"] = data[header], data[header + 1], struct.unpack("!H", data[header + 6:header + 8])[0]
    return p


def main():
    a, r, b = sys.argv[1:4]
    length, df = int(sys.argv[4]), int(sys.argv[5])
    taps = {"a": socket_in(a, lambda: sniffer("a0")), "r1": socket_in(r, lambda: sniffer("r1")),
            "r2": socket_in(r, lambda: sniffer("r2")), "b": socket_in(b, lambda: sniffer("b0"))}
    program = socket_in(b, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    program.bind((B, PORT))
    raw = socket_in(a, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
    raw.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)

    payload = os.urandom(length - 28)
    udp = struct.pack("!HHHH", PORT, PORT, length - 20, 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, int(time.time()) & 0xffff or 1, df << 14, 64, 17, 0,
                     socket.inet_aton(A), socket.inet_aton(B))
    raw.sendto(ip + udp + payload, (B, 0))

    seen = {"sent": [], "passed": [], "arrived": [], "answer": [], "told": [], "whole": False}
    names = {s: name for name, s in taps.items()}
    end, settle = time.monotonic() + 3, None
    while time.monotonic() < (settle or end):
        readable, _, _ = select.select([*names, program], [], [], 0.1)
        for s in readable:
            if s is program:
                seen["whole"] = program.recv(65536) == payload
                settle = settle or time.monotonic() + 0.5
                continue
            data, address = s.recvfrom(65536)
            p, out = describe(data), address[2] == PACKET_OUTGOING
            if not p:
                continue
            icmp = p["proto"] == 1 and p.get("type") == 3
            if names[s] == "a" and icmp and not out:
                seen["answer"].append(p)
            elif names[s] == "r1" and not out and not icmp:
                seen["sent"].append(p)
            elif names[s] == "r1" and out and icmp:
                seen["told"].append(p)
            elif names[s] == "r2" and out and not icmp:
                seen["passed"].append(p)
            elif names[s] == "b" and not out and p["proto"] == 17:
                seen["arrived"].append(p)
            else:
                continue
            if seen["answer"] or seen["told"]:
                settle = settle or time.monotonic() + 0.5
    json.dump(seen, sys.stdout)
    print()


if __name__ == "__main__":
    main()
