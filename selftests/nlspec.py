# SPDX-License-Identifier: GPL-2.0
"""The specification of the netlink interface, Documentation/netlink/specs/espgw.yaml: what there is, and how it is written."""

import os
import struct
import sys
from ipaddress import ip_address

import yaml

SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
NESTED = 0x8000


def number(entries, value):
    """By number: attributes, commands."""
    found = {}
    for entry in entries:
        value = entry.get("value", value)
        found[value] = entry
        value += 1
    return found


def attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


class Spec:
    def __init__(self):
        with open(os.environ["ESPGW_SPEC"], encoding="utf-8") as f:
            spec = yaml.load(f, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.consts = {d["name"]: d["value"] for d in spec["definitions"] if d["type"] == "const"}
        self.enums = {d["name"]: list(number(d["entries"], d.get("value-start", 0)))
                      for d in spec["definitions"] if d["type"] == "enum"}
        self.sets = {s["name"]: number(s["attributes"], 1) for s in spec["attribute-sets"]}
        self.ops = number(spec["operations"]["list"], 1)
        self.cmd = {op["name"]: n for n, op in self.ops.items()}
        self.requests = [op for op in self.ops.values() if "event" not in op]
        self.groups = [g["name"] for g in spec["mcast-groups"]["list"]]

    def op(self, name):
        return self.ops[self.cmd[name]]

    def listed(self, op, mode, way):
        return ((op.get(mode) or {}).get(way) or {}).get("attributes", [])

    def limit(self, value):
        """A limit as a number: "alg-name-max - 1"."""
        name, _, less = str(value).partition(" - ")
        return {**self.consts, "s32-max": 2**31 - 1}[name] - int(less or 0) if name[0].isalpha() else int(value)

    def limits(self, a):
        """The least and the greatest number that an attribute may have."""
        if "enum" in a:
            return min(self.enums[a["enum"]]), max(self.enums[a["enum"]])
        checks = a.get("checks", {})
        return self.limit(checks.get("min", 0)), self.limit(checks.get("max", 256 ** SIZES[a["type"]] - 1))

    def encode(self, set_name, values):
        """Attributes by name; None: some value that the policy allows."""
        data, numbers = b"", {a["name"]: (n, a) for n, a in self.sets[set_name].items()}
        for name, value in values.items():
            n, a = numbers[name]
            if a["type"] in SIZES:
                value = self.limits(a)[0] if value is None else value
                payload = value.to_bytes(SIZES[a["type"]], "big" if "byte-order" in a else sys.byteorder)
            elif a["type"] == "string":
                payload = ("x" if value is None else value).encode() + b"\0"
            elif a["type"] == "binary":
                payload = (ip_address(value or "192.0.2.7").packed if "ipv4" in a.get("display-hint", "") else
                           bytes.fromhex(value or "00"))
            elif a["type"] == "nest":
                payload, n = self.encode(a["nested-attributes"], value or {}), n | NESTED
            else:
                payload = b""
            data += attribute(n, payload)
        return data
