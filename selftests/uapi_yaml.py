#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Check that the descriptions of the netlink interface agree: the YAML spec, the uapi header, the kernel's policies and
messages, and the tool's attribute tables.

The sources are read as text; nothing is built or loaded. At the end the check is itself checked: each of a number of
mistakes, made in a copy, has to be noticed. Speaks KTAP; exit status 0 passed, 1 failed, 4 skipped.
"""

import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SPEC = "Documentation/netlink/specs/espgw.yaml"
HEADER = "include/uapi/linux/espgw.h"
KERNEL = "src/control/*.c"  # netlink, parse, fill, notify
TOOL = "tools/espgw/attr.c"
COUNTERS = "tools/espgw/stats.c"

# The types of the spec, with "be" for those in network byte order.
TYPE_MAX = {"u8": 2**8 - 1, "u16": 2**16 - 1, "u32": 2**32 - 1, "u64": 2**64 - 1, "be16": 2**16 - 1, "be32": 2**32 - 1}
LIMITS = {f"{sign}{bits}-max": 2**(bits - (sign == "s")) - 1 for sign in "us" for bits in (8, 16, 32, 64)}

# What the comments of the header call a type.
HEADER_TYPES = {"u8": "u8", "u16": "u16", "u32": "u32", "u64": "u64", "__be16": "be16", "__be32": "be32",
                "flag": "flag", "string": "string", "bytes": "binary", "nest": "nest", "padding of": "pad"}

KERNEL_TYPES = {"NLA_U8": "u8", "NLA_U16": "u16", "NLA_U32": "u32", "NLA_U64": "u64", "NLA_BE16": "be16",
                "NLA_BE32": "be32", "NLA_FLAG": "flag", "NLA_NUL_STRING": "string", "NLA_BINARY": "binary",
                "NLA_NESTED": "nest"}

TOOL_TYPES = {"NONE": "pad", "U8": "u8", "U16": "u16", "U32": "u32", "U64": "u64", "BE16": "be16", "BE32": "be32",
              "FLAG": "flag", "STRING": "string", "BYTES": "binary", "ADDR": "binary", "NEST": "nest"}

PUT_TYPES = {"nla_put_u8": "u8", "nla_put_u16": "u16", "nla_put_u32": "u32", "nla_put_be16": "be16",
             "nla_put_be32": "be32", "nla_put_u64_64bit": "u64", "nla_put_string": "string", "ifname_put": "string", "nla_put_flag": "flag",
             "nla_put": "binary", "addr_put": "binary", "nla_nest_start": "nest", "mtu_put": "nest"}


def c_name(*words):
    return "_".join(words).upper().replace("-", "_")


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def braced(text, start):
    """What stands between the brace that opens at or after start, and its match."""
    start = text.index("{", start)
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if not depth:
            return text[start + 1:i]
    raise ValueError("a brace is not closed")


def split_top(text):
    """Splits at the commas that are in no parenthesis or brace."""
    parts, depth, part = [], 0, ""
    for c in text:
        depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(c, 0)
        if c == "," and not depth:
            parts.append(part.strip())
            part = ""
        else:
            part += c
    parts.append(part.strip())
    return [p for p in parts if p]


class Header:
    """The uapi header: constants, enums and what their comments say."""

    def __init__(self, text):
        code = without_comments(text)
        self.strings = dict(re.findall(r'#define (ESPGW_\w+)\s+"([^"]*)"', code))
        self.values = {}
        self.defines = {}
        for name, value in re.findall(r"#define (ESPGW_\w+)\s+(0x[0-9a-fA-F]+|\d+)U?\s*$", code, re.M):
            self.defines[name] = self.values[name] = int(value, 0)
        self.enums = {}
        for m in re.finditer(r"\benum (espgw_\w+) \{", code):
            self.enums[m[1]] = self._enum(split_top(braced(code, m.start())))
        self.docs = dict(re.findall(r"^ \* @(ESPGW_\w+): (.*)$", text, re.M))

    def _enum(self, entries):
        members, value = {}, -1
        for entry in entries:
            name, _, expression = (p.strip() for p in entry.partition("="))
            value = evaluate(expression, self.values) if expression else value + 1
            self.values[name] = value
            if not name.startswith("__") and not name.endswith(("_UNSPEC", "_A_MAX", "_CMD_MAX")):
                members[name] = value
        return members


def evaluate(expression, names):
    """The value of a C constant expression: numbers, names, + - * << ( )."""
    expression = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]*\b", r"\1", expression)
    if not re.fullmatch(r"[\w\s()+*<-]+", expression):
        raise ValueError(f"cannot evaluate '{expression}'")
    return eval(expression, {"__builtins__": {}}, names)  # pylint: disable=eval-used


class Kernel:
    """What the kernel's netlink sources say: policies, operations, groups, and what it puts into messages."""

    def __init__(self, text, header):
        code = without_comments(text)
        self.names = dict(header.values, S32_MAX=2**31 - 1, U32_MAX=2**32 - 1, U16_MAX=2**16 - 1, U8_MAX=255)
        for name, value in re.findall(r"#define (\w+)\s+(\(?[\w\s()+*-]+?\)?)\s*$", code, re.M):
            try:
                self.names[name] = evaluate(value, self.names)
            except (ValueError, NameError, SyntaxError, TypeError):
                pass
        self.ranges = {}
        for m in re.finditer(r"struct netlink_range_validation (\w+) =", code):
            fields = dict(re.findall(r"\.(min|max) = ([^,]+),", braced(code, m.end())))
            self.ranges[m[1]] = (evaluate(fields.get("min", "0"), self.names),
                                 evaluate(fields["max"], self.names) if "max" in fields else 2**64 - 1)
        self.policies, self.strange = {}, []
        spans = []
        for m in re.finditer(r"struct nla_policy espgw_nl_(\w+)_policy\[\] =", code):
            body = braced(code, m.end())
            spans.append((m.start(), m.end() + len(body) + 3))
            self.policies[m[1].replace("_", "-")] = self._policy(m[1], body)
        self.ops = {}
        for entry in split_top(braced(code, re.search(r"struct genl_ops ops\[\] =", code).end())):
            entry = self._expanded(code, entry)
            fields = dict(re.findall(r"\.(\w+) = ([^,}]+)", entry))
            self.ops[fields["cmd"].strip()] = {k: v.strip() for k, v in fields.items()}
        groups = braced(code, re.search(r"struct genl_multicast_group group_list\[\] =", code).end())
        self.groups = {m[1]: m[2] for m in re.finditer(r"\.name = (\w+),\s*\.flags = (\w+)", groups)}
        for start, end in reversed(spans):
            code = code[:start] + code[end:]
        self.puts = re.findall(r"\b(\w+_put\w*|nla_put\w*|nla_nest_start)\(\s*(?:m->)?skb,\s*(ESPGW_\w+_A_\w+)", code)
        self.code = code

    @staticmethod
    def _expanded(code, text):
        """text with the macros OP…() expanded; they use only such as stand before them."""
        for name, given, body in reversed(re.findall(r"#define (OP\w*)\(([\w, ]+)\) ((?:.*\\\n)*.*)", code)):
            m = re.search(rf"\b{name}\(([\w, ]+)\)", text)
            if m:
                body = body.replace("##", "\0")
                for parameter, value in zip(given.split(", "), m[1].split(", ")):
                    body = re.sub(rf"\b{parameter}\b", value, body)
                text = text.replace(m[0], re.sub(r"\0|\\\n\s*", "", body))
        return text

    def _policy(self, name, body):
        """{attribute: (type, (lowest, highest) or nest or None)}"""
        policy = {}
        for entry in split_top(body):
            m = re.fullmatch(r"\[(ESPGW_\w+)\]\s*=\s*(.*)", entry, re.S)
            parsed = self._entry(m[2].strip()) if m else None
            if not parsed:
                self.strange.append(f"espgw_nl_{name}_policy: cannot read '{entry}'")
            elif m[1] in policy:
                self.strange.append(f"espgw_nl_{name}_policy: {m[1]} is there twice")
            else:
                policy[m[1]] = parsed
        return policy

    def _entry(self, text):
        m = re.fullmatch(r"\{\s*\.type = (NLA_\w+)\s*(?:,\s*\.len = ([^,}]+))?,?\s*\}", text)
        if m and m[1] in KERNEL_TYPES:
            kind = KERNEL_TYPES[m[1]]
            if m[2]:
                return kind, (0, evaluate(m[2], self.names))
            return kind, (0, TYPE_MAX[kind]) if kind in TYPE_MAX else None
        m = re.fullmatch(r"NLA_POLICY_NESTED\(espgw_nl_(\w+)_policy\)", text)
        if m:
            return "nest", m[1].replace("_", "-")
        m = re.fullmatch(r"NLA_POLICY_(MIN|MAX|RANGE|FULL_RANGE)\((NLA_\w+),(.*)\)", text, re.S)
        if not m or m[2] not in KERNEL_TYPES:
            return None
        kind, given = KERNEL_TYPES[m[2]], split_top(m[3])
        if m[1] == "FULL_RANGE":
            return kind, self.ranges[given[0].lstrip("&")]
        numbers = [evaluate(g, self.names) for g in given]
        if m[1] == "MIN":
            return kind, (numbers[0], TYPE_MAX.get(kind))
        return kind, (0, numbers[0]) if m[1] == "MAX" else tuple(numbers)


class Spec:
    """The YAML spec."""

    def __init__(self, text, load):
        self.yaml = load(text)
        self.definitions = {d["name"]: d for d in self.yaml["definitions"]}
        self.sets = {s["name"]: s for s in self.yaml["attribute-sets"]}
        self.ops = self.yaml["operations"]["list"]

    def enum(self, name):
        """{name in C: value} of an enum."""
        d = self.definitions[name]
        prefix = d.get("name-prefix", f"espgw-{name}-")
        value, members = d.get("value-start", 0), {}
        for entry in d["entries"]:
            if isinstance(entry, str):
                entry = {"name": entry}
            value = entry.get("value", value)
            members[c_name(prefix.rstrip("-"), entry["name"])] = value
            value += 1
        return members

    def attributes(self, name):
        """{name in C: (value, attribute)} of an attribute set."""
        s = self.sets[name]
        value, members = 1, {}
        for attribute in s["attributes"]:
            value = attribute.get("value", value)
            members[c_name(s["name-prefix"].rstrip("-"), attribute["name"])] = (value, attribute)
            value += 1
        return members

    @staticmethod
    def type(attribute):
        if attribute.get("byte-order") == "big-endian":
            return "be" + attribute["type"][1:]
        return attribute["type"]

    def limit(self, value):
        """The number that a limit stands for."""
        if isinstance(value, int):
            return value
        m = re.fullmatch(r"([\w-]+?)( - 1)?", value)
        number = LIMITS.get(m[1])
        return (self.definitions[m[1]]["value"] if number is None else number) - (1 if m[2] else 0)

    def bounds(self, attribute):
        """As Kernel has them."""
        kind, checks = self.type(attribute), attribute.get("checks", {})
        if kind == "nest":
            return attribute["nested-attributes"]
        if kind in ("binary", "string"):
            if not checks:
                return None
            return self.limit(checks.get("min-len", 0)), self.limit(checks["max-len"])
        if kind not in TYPE_MAX:
            return None
        low, high = 0, TYPE_MAX[kind]
        if "enum" in attribute:
            values = self.enum(attribute["enum"]).values()
            low, high = min(values), max(values)
        return self.limit(checks.get("min", low)), self.limit(checks.get("max", high))

    @staticmethod
    def listed(op, *path):
        for key in path:
            op = (op or {}).get(key)
        return (op or {}).get("attributes", [])

    def requested(self):
        """Per attribute set: what some request may carry, with the sets nested in it."""
        found = {name: set() for name in self.sets}
        for op in self.ops:
            for kind in ("do", "dump"):
                for name in self.listed(op, kind, "request"):
                    found[op["attribute-set"]].add(name)
        self._add_nested(found)
        return found

    def answered(self):
        """Per attribute set: what some answer or event may carry, with the sets nested in it."""
        found = {name: set() for name in self.sets}
        for op in self.ops:
            for path in (("do", "reply"), ("dump", "reply"), ("event",)):
                found[op["attribute-set"]] |= set(self.listed(op, *path))
        self._add_nested(found)
        return found

    def _add_nested(self, found):
        """Adds all of each set that an attribute found nests."""
        for name, members in list(found.items()):
            for a in self.sets[name]["attributes"]:
                if a["name"] in members and a["type"] == "nest":
                    nested = self.sets[a["nested-attributes"]]["attributes"]
                    found[a["nested-attributes"]] |= {n["name"] for n in nested if n["type"] != "pad"}


def differences(what, want, got):
    """Problems between two dictionaries."""
    for name in sorted(set(want) | set(got)):
        if name not in got:
            yield f"{what}: {name} is missing, should be {want[name]}"
        elif name not in want:
            yield f"{what}: {name} is unknown to the spec"
        elif want[name] != got[name]:
            yield f"{what}: {name} is {got[name]}, should be {want[name]}"


# Each check yields problems; its docstring is the name of its test point.

def check_wellformed(spec, header, kernel, tool):
    """the spec refers only to what it defines, and every attribute and operation is used and documented"""
    named = set()
    for name, s in spec.sets.items():
        for a in s["attributes"]:
            where = f"{name}/{a['name']}"
            if "enum" in a and a["enum"] not in spec.definitions:
                yield f"{where}: no such enum"
            if a["type"] == "nest" and a.get("nested-attributes") not in spec.sets:
                yield f"{where}: no such attribute set"
            if a["type"] != "pad" and not a.get("doc"):
                yield f"{where}: not documented"
    requested, answered = spec.requested(), spec.answered()
    for op in spec.ops:
        if op["attribute-set"] not in spec.sets:
            yield f"{op['name']}: no such attribute set"
            continue
        known = {a["name"] for a in spec.sets[op["attribute-set"]]["attributes"]}
        lists = [spec.listed(op, k, d) for k in ("do", "dump") for d in ("request", "reply")]
        lists.append(spec.listed(op, "event"))
        for attribute in sum(lists, []):
            if attribute not in known:
                yield f"{op['name']}: no such attribute: {attribute}"
        for one in lists:
            if len(set(one)) != len(one):
                yield f"{op['name']}: an attribute is listed twice"
        if "event" in op and op.get("mcgrp") not in {g["name"] for g in spec.yaml["mcast-groups"]["list"]}:
            yield f"{op['name']}: no such multicast group"
        named.add(op["attribute-set"])
    for name, s in spec.sets.items():
        nested = any(a.get("nested-attributes") == name for t in spec.sets.values() for a in t["attributes"])
        if name not in named and not nested:
            yield f"{name}: no operation has this attribute set"
        if name in named:
            for a in s["attributes"]:
                if a["type"] != "pad" and a["name"] not in requested[name] | answered[name]:
                    yield f"{name}/{a['name']}: in no message"


def check_family(spec, header, kernel, tool):
    """name and version of the family"""
    if header.strings.get("ESPGW_GENL_NAME") != spec.yaml["name"]:
        yield "ESPGW_GENL_NAME is not the spec's name"
    if header.values.get("ESPGW_GENL_VERSION") != spec.yaml.get("version", 1):
        yield "ESPGW_GENL_VERSION is not the spec's version"
    if spec.yaml["uapi-header"] != "linux/espgw.h":
        yield "uapi-header is not linux/espgw.h"


def check_constants(spec, header, kernel, tool):
    """constants of the header"""
    want = {c_name("espgw", d["name"]): d["value"] for d in spec.definitions.values() if d["type"] == "const"}
    got = {name: value for name, value in header.defines.items() if name != "ESPGW_GENL_VERSION"}
    yield from differences(HEADER, want, got)


def check_enums(spec, header, kernel, tool):
    """enums of the header, with all their values"""
    wanted = {d["enum-name"].replace("-", "_"): name for name, d in spec.definitions.items() if d["type"] == "enum"}
    got = {e for e in header.enums if not e.endswith("_attr") and e != "espgw_cmd"}
    for name in sorted(set(wanted) ^ got):
        yield f"enum {name} is in only one of the two"
    for name in sorted(set(wanted) & got):
        yield from differences(f"enum {name}", spec.enum(wanted[name]), header.enums[name])


def check_attributes(spec, header, kernel, tool):
    """attributes of the header, with their values"""
    wanted = {s["enum-name"].replace("-", "_"): name for name, s in spec.sets.items()}
    got = {e for e in header.enums if e.endswith("_attr")}
    for name in sorted(set(wanted) ^ got):
        yield f"enum {name} is in only one of the two"
    for name in sorted(set(wanted) & got):
        want = {n: value for n, (value, _) in spec.attributes(wanted[name]).items()}
        yield from differences(f"enum {name}", want, header.enums[name])


def check_header_types(spec, header, kernel, tool):
    """types, as the comments of the header give them"""
    for name in spec.sets:
        for attribute, (_, a) in spec.attributes(name).items():
            doc = header.docs.get(attribute)
            if doc is None:
                yield f"{HEADER}: {attribute} is not documented"
                continue
            got = HEADER_TYPES.get(re.match(r"padding of|\w*", doc)[0])
            if name in ("stats", "sa-stat", "vfr-stat"):  # "all u64"
                got = got or "u64"
            # An address is said in words.
            if (got or "binary") != spec.type(a):
                yield f"{HEADER}: {attribute} is {got or 'an address'}, should be {spec.type(a)}"
            m = re.search(r"\benum espgw_(\w+)", doc)
            if m and not m[1].endswith("_attr") and m[1].replace("_", "-") != a.get("enum"):
                yield f"{HEADER}: {attribute} has the values of enum espgw_{m[1]}, the spec says {a.get('enum')}"
            if m and m[1].endswith("_attr") and m[1][:-5].replace("_", "-") != a.get("nested-attributes"):
                yield f"{HEADER}: {attribute} nests enum espgw_{m[1]}, the spec says {a.get('nested-attributes')}"


def check_commands(spec, header, kernel, tool):
    """commands and events of the header, with their values"""
    value, want = 1, {}
    for op in spec.ops:
        value = op.get("value", value)
        want[c_name("espgw-cmd", op["name"])] = value
        value += 1
    yield from differences("enum espgw_cmd", want, header.enums["espgw_cmd"])


def check_groups(spec, header, kernel, tool):
    """multicast groups of the header and of the kernel"""
    want = {c_name("espgw-mcgrp", g["name"]): g["name"] for g in spec.yaml["mcast-groups"]["list"]}
    yield from differences(HEADER, want, {n: v for n, v in header.strings.items() if n.startswith("ESPGW_MCGRP_")})
    flags = {c_name("espgw-mcgrp", g["name"]): "GENL_MCAST_CAP_NET_ADMIN" if "admin-perm" in g.get("flags", []) else "0"
             for g in spec.yaml["mcast-groups"]["list"]}
    yield from differences(KERNEL, flags, kernel.groups)


def policies_wanted(spec):
    """Per attribute set that requests have: the attributes, by name in C."""
    for name, requested in spec.requested().items():
        if requested:
            yield name, {n: a for n, (_, a) in spec.attributes(name).items() if a["name"] in requested}


def check_policies(spec, header, kernel, tool):
    """each attribute of a request has an entry in the kernel's policy, of the spec's type, and no other has one"""
    yield from kernel.strange
    wanted = dict(policies_wanted(spec))
    for name in sorted(set(wanted) ^ set(kernel.policies)):
        yield f"espgw_nl_{name.replace('-', '_')}_policy is in only one of the two"
    for name in sorted(set(wanted) & set(kernel.policies)):
        want = {n: spec.type(a) for n, a in wanted[name].items()}
        got = {n: kind for n, (kind, _) in kernel.policies[name].items()}
        yield from differences(f"espgw_nl_{name.replace('-', '_')}_policy", want, got)


def check_ranges(spec, header, kernel, tool):
    """ranges, lengths and nests of the kernel's policies"""
    for name, wanted in policies_wanted(spec):
        for attribute, a in wanted.items():
            got = kernel.policies.get(name, {}).get(attribute)
            if not got or got[0] != spec.type(a):
                continue  # told by check_policies()
            want = spec.bounds(a)
            if got[0] == "binary" and want and got[1] and want[0] == got[1][0] == 0:
                want, got = (0, want[1]), ("binary", (0, got[1][1]))
            if want != got[1]:
                yield f"espgw_nl_{name.replace('-', '_')}_policy: {attribute} allows {got[1]}, should be {want}"


def check_operations(spec, header, kernel, tool):
    """the kernel's table of operations"""
    wanted = {c_name("espgw-cmd", op["name"]): op for op in spec.ops if "event" not in op}
    for name in sorted(set(wanted) ^ set(kernel.ops)):
        yield f"{name} is in only one of the two"
    for name in sorted(set(wanted) & set(kernel.ops)):
        op, got = wanted[name], kernel.ops[name]
        policy = f"espgw_nl_{op['attribute-set'].replace('-', '_')}_policy"
        requests = spec.listed(op, "do", "request") + spec.listed(op, "dump", "request")
        if ("do" in op) != ("doit" in got):
            yield f"{name}: do is in only one of the two"
        if ("dump" in op) != ("dumpit" in got):
            yield f"{name}: dump is in only one of the two"
        if got.get("policy") != (policy if requests else None):
            yield f"{name}: policy is {got.get('policy')}, should be {policy if requests else None}"
        if got.get("maxattr") != (f"ARRAY_SIZE({policy}) - 1" if requests else None):
            yield f"{name}: maxattr is {got.get('maxattr')}, not that of {policy}"
        if ("GENL_UNS_ADMIN_PERM" in got.get("flags", "")) != ("admin-perm" in op.get("flags", [])):
            yield f"{name}: whether it needs privileges differs"
        if "validate" in got:
            yield f"{name}: validation is relaxed"


def check_answers(spec, header, kernel, tool):
    """what the kernel puts into answers and events, with the spec's types"""
    put = {}
    for function, attribute in kernel.puts:
        if attribute.endswith("_A_PAD"):
            continue
        put.setdefault(attribute, set()).add(PUT_TYPES.get(function, function))
    known = {}
    for name in spec.sets:
        for attribute, (_, a) in spec.attributes(name).items():
            known[attribute] = a
    for attribute, kinds in sorted(put.items()):
        if attribute not in known:
            yield f"{KERNEL}: {attribute} is put, but unknown to the spec"
            continue
        want = spec.type(known[attribute])
        if kinds != {want}:
            yield f"{KERNEL}: {attribute} is put as {sorted(kinds)}, should be {want}"
    for name, answered in spec.answered().items():
        if name in ("stats", "sa-stat", "vfr-stat", "limit", "mtu"):  # put in a loop over all of them
            continue
        for attribute, (_, a) in spec.attributes(name).items():
            if a["name"] in answered and attribute not in put and attribute != "ESPGW_VFR_A_USERS_ENDS":
                yield f"{KERNEL}: {attribute} is in an answer of the spec, but never put"
            if a["name"] not in answered and attribute in put:
                yield f"{KERNEL}: {attribute} is put, but in no answer of the spec"


def check_tool(spec, header, kernel, tool):
    """the tool's tables of attributes"""
    tables, counters = tool
    for name in spec.sets:
        members = spec.attributes(name)
        if name == "stats":
            want = {n: "u64" for n, (_, a) in members.items() if a["type"] != "pad"}
            yield from differences(COUNTERS, want, {n: "u64" for n in counters})
            continue
        want = {n: (spec.type(a), a.get("nested-attributes")) for n, (_, a) in members.items()}
        yield from differences(f"{TOOL}: {name}", want, tables.get(name, {}))


CHECKS = [check_wellformed, check_family, check_constants, check_enums, check_attributes, check_header_types,
          check_commands, check_groups, check_policies, check_ranges, check_operations, check_answers, check_tool]


def read_tool(attrs, counters):
    tables = {}
    for m in re.finditer(r"static const struct espgw_attr (\w+)_attrs\[\] =", attrs):
        entries = re.findall(r"\[(ESPGW_\w+)\] = \{ (?:NULL|\"[^\"]*\"), ESPGW_T_(\w+), (?:NULL|&espgw_(\w+)_set) \}",
                             braced(attrs, m.end()))
        tables[m[1].replace("_", "-")] = {
            name: (TOOL_TYPES.get(kind, kind), nest.replace("_", "-") or None) for name, kind, nest in entries}
    return tables, ["ESPGW_STATS_A_" + n for n in re.findall(r"^\tCOUNTER\((\w+),", counters, re.M)]


def problems(files, load, check):
    """What is wrong with these files, by one check."""
    header = Header(files[HEADER])
    kernel = Kernel(files[KERNEL], header)
    spec = Spec(files[SPEC], load)
    return list(check(spec, header, kernel, read_tool(files[TOOL], files[COUNTERS])))


# Mistakes that have to be noticed: what, in which file, which text (a regular expression), what instead.
MISTAKES = [
    ("an attribute is not in the policy", KERNEL, r"\t\[ESPGW_SA_A_ECN\] = .*\n", ""),
    ("an attribute is wider in the policy", KERNEL, r"(\[ESPGW_SA_A_ECN\] = .*)NLA_U8", r"\1NLA_U16"),
    ("an attribute has the wrong byte order in the policy", KERNEL, r"(\[ESPGW_SA_A_SPI\] = .*)NLA_BE32", r"\1NLA_U32"),
    ("an attribute of answers is in the policy", KERNEL, r"\t\[ESPGW_SA_A_ECN\]",
     "\t[ESPGW_SA_A_PMTU] = { .type = NLA_U32 },\n\t[ESPGW_SA_A_ECN]"),
    ("a range is wider in the policy", KERNEL, r"(\[ESPGW_SA_A_ECN\] = NLA_POLICY_MAX\(NLA_U8, )1", r"\g<1>2"),
    ("a range of a constant is wider", KERNEL, r"(#define MSS_MAX\s+)\(ESPGW_MTU_MAX - 40\)", r"\g<1>ESPGW_MTU_MAX"),
    ("a nest has another policy", KERNEL, r"(\[ESPGW_SA_A_LIMIT\] = NLA_POLICY_NESTED\(espgw_nl_)limit", r"\1mtu"),
    ("an address may be longer", KERNEL, r"(\[ESPGW_SA_A_SRC\] = .*)16", r"\g<1>32"),
    ("a command has another policy", KERNEL, r"(ESPGW_CMD_PMTU_SET, )pmtu", r"\1sa"),
    ("a command is not privileged", KERNEL, r"OP\((ESPGW_CMD_STATS_GET)\)", r".cmd = \1"),
    ("a command cannot be dumped", KERNEL, r", \.dumpit = policy_dump", ""),
    ("an answer has another type", KERNEL, r"nla_put_u32\((skb, ESPGW_SA_A_REQID)", r"nla_put_u8(\1"),
    ("an answer lacks an attribute", KERNEL, r"nla_put_u8\(skb, ESPGW_PMTU_A_LOCKED, e->locked\) \|\|", ""),
    ("a group is not privileged", KERNEL, r"(ESPGW_MCGRP_ACQUIRE, \.flags = )\w+", r"\g<1>0"),
    ("two attributes are exchanged in the header", HEADER, r"(\tESPGW_SA_A_KEY,\n)(\tESPGW_SA_A_AUTH_KEY,\n)", r"\2\1"),
    ("an attribute is new in the header", HEADER, r"\tESPGW_DEV_A_DEV_MTU,\n",
     "\tESPGW_DEV_A_NEW,\n\tESPGW_DEV_A_DEV_MTU,\n"),
    ("the header says another type", HEADER, r"(@ESPGW_SA_A_TFC: )u32", r"\1u16"),
    ("a command is new in the header", HEADER, r"\tESPGW_CMD_SA_NTF,\n", "\tESPGW_CMD_NEW,\n\tESPGW_CMD_SA_NTF,\n"),
    ("a constant changes", HEADER, r"(#define ESPGW_SPI_MIN\s+)256", r"\g<1>1"),
    ("an enum changes", HEADER, r"(ESPGW_ACTION_BYPASS = )2", r"\g<1>4"),
    ("a counter is new in the header", HEADER, r"\tESPGW_STATS_A_PAD,\n",
     "\tESPGW_STATS_A_NEW,\n\tESPGW_STATS_A_PAD,\n"),
    ("a counter of fragments is new in the header", HEADER, r"\tESPGW_VFR_STAT_A_PAD,\n",
     "\tESPGW_VFR_STAT_A_NEW,\n\tESPGW_VFR_STAT_A_PAD,\n"),
    ("the spec lacks an attribute", SPEC, r"      -\n        name: tfc\n(?:        .*\n|          .*\n)*", ""),
    ("the spec says another type", SPEC, r"(name: tfc\n        type: )u32", r"\1u16"),
    ("the spec lacks a byte order", SPEC, r"(name: spi\n        type: u32\n)        byte-order: big-endian\n", r"\1"),
    ("the spec requests another attribute", SPEC, r"(          attributes: \[ dst, spi, dir)( \])", r"\1, state\2"),
    ("the spec lacks an event", SPEC, r"    -\n      name: alert-ntf\n(?:      .*\n)*", ""),
    ("the tool reads another type", TOOL, r"(\[ESPGW_SA_A_TFC\] = \{ \"tfc\", ESPGW_T_)U32", r"\1U16"),
    ("the tool lacks a counter of fragments", TOOL, r"\t\[ESPGW_VFR_STAT_A_REASS_DEAD\] = .*\n", ""),
    ("the tool lacks a counter", COUNTERS, r"\tCOUNTER\(OUT_GSO, .*\n", ""),
]


def all_problems(files, load):
    for check in CHECKS:
        try:
            yield problems(files, load, check)
        except (ValueError, KeyError, NameError, AttributeError) as e:  # not understood is noticed, too
            yield [f"not understood: {type(e).__name__}: {e}"]


def noticed(files, load, mistake, before):
    """What is wrong if the checks do not notice a mistake."""
    what, path, pattern, instead = mistake
    text, count = re.subn(pattern, instead, files[path], count=1)
    if not count:
        return f"{what}: '{pattern}' is not in {path}"
    if list(all_problems(dict(files, **{path: text}), load)) == before:
        return f"{what}: not noticed"
    return None


def main():
    try:
        import yaml
    except ImportError:
        print("KTAP version 1\n1..0 # SKIP python3-yaml is missing")
        return 4
    # The C loader is not everywhere, and this one takes a second for all mistakes.
    load = lambda text: yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    files = {}
    for path in (SPEC, HEADER, KERNEL, TOOL, COUNTERS):
        files[path] = ""
        for name in sorted(glob.glob(os.path.join(TOP, path))):
            with open(name, encoding="utf-8") as f:
                files[path] += f.read()

    print(f"KTAP version 1\n1..{len(CHECKS) + len(MISTAKES)}")
    number = failed = 0

    def point(name, wrong):
        nonlocal number, failed
        number += 1
        for line in wrong:
            print("# " + line)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} {name}", flush=True)

    before = list(all_problems(files, load))
    for check, wrong in zip(CHECKS, before):
        point(check.__doc__, wrong)
    for mistake in MISTAKES:
        wrong = noticed(files, load, mistake, before)
        point("noticed: " + mistake[0], [wrong] if wrong else [])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
