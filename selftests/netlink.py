# SPDX-License-Identifier: GPL-2.0
"""Raw netlink at gateway 1, and the specification, Documentation/netlink/specs/espgw.yaml, which says what has to come."""

import errno
import re

import nlspec
from holes import *
from nlspec import SIZES

REQUEST, ACK, DUMP = 1, 4, 0x300
# What is different whenever one asks.
VOLATILE = {"age-s", "last-s", "expires-s", "learned-s", "raised-s", "lowered-s"}
# Listed, and not to be seen here: what only requests have in a nest; what the module does not tell yet.
UNSEEN = {"mtu": {"inherit"}, "vfr-get do": {"users-ends"}, "vfr-get dump": {"users-ends"}, "vfr-ntf": {"users-ends"},
          "explain-get do": {"route-mtu", "df-overridden", "answer-held"}, "drop-ntf": {"spi"}, "policy": {"packets", "bytes", "event", "owner", "spi"}}


class Spec(nlspec.Spec):
    """What an answer has to be."""

    def decode(self, data, set_name, f, where):
        """The attributes by name, each checked against its type; adds what is seen in a nest to 'seen'."""
        found, at = {}, 0
        while at + 4 <= len(data):
            n, kind = struct.unpack("=HH", data[at:at + 4])
            payload, at = data[at + 4:at + n], at + max(4, n + 3 & ~3)
            a = self.sets[set_name].get(kind & 0x3fff)
            if not a:
                f.append(f"{where}: no attribute {kind & 0x3fff} in {set_name}")
                continue
            if a["type"] == "pad":
                f.same(payload, b"", f"{where}: padding")
                continue
            name = f"{where}: {set_name}/{a['name']}"
            f.same(a["name"] in found, False, f"{name} is there before")
            f.same(kind >> 14, 2 if a["type"] == "nest" else 0, f"{name}, flags")
            found[a["name"]] = self.value(a, payload, f, name)
        f.same(at, len(data), f"{where}: bytes")
        return found

    def value(self, a, payload, f, name):
        kind, n = a["type"], len(payload)
        if kind == "nest":
            inner = self.decode(payload, a["nested-attributes"], f, name)
            seen.setdefault(a["nested-attributes"], set()).update(inner)
            return inner
        if kind in SIZES:
            f.same(n, SIZES[kind], f"{name}, length")
            value = int.from_bytes(payload, "big" if a.get("byte-order") == "big-endian" else sys.byteorder)
            if "enum" in a:
                f.same(value in self.enums[a["enum"]], True, f"{name} is {value}, of {a['enum']}")
            return value
        if kind == "string":
            f.same((payload[-1:], payload.count(0), n > 1), (b"\0", 1, True), f"{name}, {payload}")
            return payload[:-1].decode()
        if kind == "flag":
            f.same(n, 0, f"{name}, length")
            return True
        f.same(n in ((4, 16) if a.get("display-hint") == "ipv4" else range(1, 129)), True, f"{name}, length {n}")
        return str(ip_address(payload)) if a.get("display-hint") == "ipv4" else payload.hex()


class Netlink:
    """A socket at gateway 1."""

    def __init__(self):
        self.s = net.socket("g1", socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.setsockopt(270, 11, 1)  # SOL_NETLINK, NETLINK_EXT_ACK
        self.s.setsockopt(270, 12, 1)  # NETLINK_GET_STRICT_CHK
        self.s.settimeout(10)
        self.seq, self.family = 0, 16
        _, _, (answer,) = self.ask(3, struct.pack("=HH6s2x", 10, 2, b"espgw\0"))
        self.family = struct.unpack("=H", re_find(rb"\x06\x00\x01\x00(..)", answer))[0]
        self.group = [struct.unpack("=I", re_find(rb"\x08\x00\x02\x00(....).\x00\x01\x00" + g.encode() + rb"\x00", answer))[0]
                      for g in spec.groups]

    def ask(self, cmd, attrs=b"", flags=REQUEST | ACK):
        """A request's error number, text, and answers (with their commands in front)."""
        self.seq += 1
        body = struct.pack("=BBxx", cmd, 2) + attrs
        self.s.send(struct.pack("=IHHII", 16 + len(body), self.family, flags, self.seq, 0) + body)
        answers = []
        while True:
            for kind, seq, message in messages(self.s.recv(1 << 18)):
                if seq != self.seq:
                    continue
                if kind in (2, 3):
                    return -struct.unpack("=i", message[:4])[0], message, answers
                answers.append(message)

    def do(self, name, f, values=None, dump=False):
        """A command that must succeed; its answers, decoded and checked."""
        op = spec.ops[spec.cmd[name]]
        mode = "dump" if dump else "do"
        error, _, answers = self.ask(spec.cmd[name], spec.encode(op["attribute-set"], values or {}),
                                     REQUEST | (DUMP if dump else ACK))
        f.same(error, 0, f"{name} {values}")
        return [checked(f, message, f"{name} {mode}", spec.listed(op, mode, "reply"), name) for message in answers]


def re_find(pattern_, data):
    return re.search(pattern_, data, re.S)[1]


def offset(message):
    """Which attribute an extended ACK is about: where it begins in the request."""
    at = 4 + (struct.unpack("=I", message[4:8])[0] + 3 & ~3)
    while at + 8 <= len(message):
        n, kind = struct.unpack("=HH", message[at:at + 4])
        if kind == 2:  # NLMSGERR_ATTR_OFFS
            return struct.unpack("=I", message[at + 4:at + 8])[0]
        at += max(4, n + 3 & ~3)
    return None


def strip(row_):
    """A row without what is different whenever one asks."""
    return {k: v for k, v in row_.items() if k not in VOLATILE}


def messages(data):
    while len(data) >= 16:
        n, kind, _, seq, _ = struct.unpack("=IHHII", data[:16])
        yield kind, seq, data[16:n]
        data = data[(n + 3) & ~3:]


def checked(f, message, what, listed, name):
    """A message's attributes: none but those that are listed."""
    f.same(spec.ops.get(message[0], {}).get("name"), name, f"{what}: command")
    got = spec.decode(message[4:], spec.ops[spec.cmd[name]]["attribute-set"], f, what)
    f.same(sorted(set(got) - set(listed)), [], f"{what}: not listed")
    seen.setdefault(what, set()).update(got)
    return got


def refused(name, values=None, flags=REQUEST | ACK):
    op = spec.ops[spec.cmd[name]]
    return nl.ask(spec.cmd[name], spec.encode(op["attribute-set"], values or {}), flags)[0]


def read_events(f):
    """All events so far: [(name, attributes)]."""
    found = []
    while True:
        try:
            data = events.s.recv(1 << 18)
        except BlockingIOError:
            return found
        for kind, _, message in messages(data):
            op = spec.ops[message[0]]
            f.same((kind, "event" in op), (nl.family, True), f"{op['name']} as an event")
            found.append((op["name"], checked(f, message, op["name"], op.get("event", {}).get("attributes", []), op["name"])))


seen = {}  # names of attributes, by "command mode", event, or nested set
spec = Spec()
net = Net()
nl, events = Netlink(), Netlink()
for group in events.group:
    events.s.setsockopt(270, 1, group)  # NETLINK_ADD_MEMBERSHIP
events.s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
events.s.setblocking(False)

# ---- everything that can be configured ----

PROBED, NATT = Tunnel(1, "gcm128"), Tunnel(2, "null-sha256", natt=True, espgw_out="keepalive 20")
K = key(20, 1)
MTU = ("df copy frag after split max inner-df clear icmp-answer off mtu-cap 1400 min-pmtu 600 pmtu-age 900 "
       "pmtu-learn off mss 1200 probe off")
TUNNEL = f"src {G1[4]} dst {G2[4]}"
net.ip("g1", ["link add d0 type dummy"])
with net.inside(net.ns["g1"]):
    wan, d0 = socket.if_nametoindex("wan"), socket.if_nametoindex("d0")
net.espgw("default set " + MTU, "default set df set frag before split equal inner-df honor icmp-answer on mtu-cap none "
          "pmtu-age 600 pmtu-learn on mss auto probe suspect", "dev attach d0 mtu-follow on mss off", "dev set d0 " + MTU,
          "dev attach pat*")
net.ip("g1", ["link add pat0 type dummy"])
net.tunnels([PROBED])
give_address(net, PROBED)
net.espgw(
    *NATT.commands(), "vfr set dev wan dir in on max-reassemblies 100 max-fragments 50 timeout 9 drop-fragments off max-bytes 100000",
    f"sa add dir out {TUNNEL} spi 0x5000 reqid 50 aead aes-gcm {K} 128 esn seq 5000000000 class 3,46 mark 0x10/0xf0 dscp 10 "
    f"ecn off ttl 64 tfc 100 limit soft bytes 1000 limit hard bytes 2000 limit soft packets 30 limit hard packets 40 "
    f"limit soft seconds 50000 limit hard seconds 60000 {MTU} name full comment \"as it is\"",
    f"sa add dir in src {G2[4]} dst {G1[4]} spi 0x5001 reqid 50 aead aes-gcm {K} 128 esn replay-window 1024 seq 5000000000",
    f"policy add prio 7 dev wan src 10.1.0.0/16 dst 10.9.0.0/16 proto udp sport 1000-2000 dport 53 dscp 46 "
    f"action protect reqid 77 {TUNNEL} name dns comment resolvers",
    f"policy add prio 8 src 10.1.0.0/16 dst 10.8.0.0/16 proto gre mark 0x30/0xf0 action protect reqid 50 {TUNNEL} name gre",
    f"policy add src {G1[4]}/32 dst 198.51.100.9/32 action protect reqid 50 src {G1[4]} dst 198.51.100.9",
    f"pmtu set spi 0x5000 dst {G2[4]} mtu 1300 lock")

f = Faults()
full = nl.do("sa-get", f, {"dst": G2[4], "spi": 0x5000, "show-keys": True})[0]
MTU_VALUES = {"df": 0, "frag": 1, "split": 1, "inner-df": 1, "icmp-answer": 0, "mtu-cap": 1400, "min-pmtu": 600, "pmtu-age": 900,
              "pmtu-learn": 0, "mss": 1200, "probe": 0}
f.same({k: v for k, v in full.items() if k not in ("age-s", "last-s", "stats")},
       {"dir": 2, "src": G1[4], "dst": G2[4], "spi": 0x5000, "reqid": 50, "aead": "rfc4106(gcm(aes))", "key": K[2:],
        "icv-bits": 128, "esn": True, "seq": 5000000000, "class": 1 << 3 | 1 << 46, "mark": 0x10, "mark-mask": 0xf0,
        "dscp": 10, "ecn": 0, "ttl": 64, "tfc": 100, "limit": {"soft-bytes": 1000, "hard-bytes": 2000, "soft-packets": 30,
                                                              "hard-packets": 40, "soft-seconds": 50000, "hard-seconds": 60000},
        "mtu": MTU_VALUES, "state": 1, "pmtu": 1300, "inner-mtu": PROBED.inner(1300), "name": "full", "comment": "as it is"}, "outbound SA")
now = nl.do("sa-get", f, {"dst": G1[4], "spi": 0x5001})[0]
f.same({k: v for k, v in now.items() if k not in ("age-s", "last-s", "stats")},
       {"dir": 1, "src": G2[4], "dst": G1[4], "spi": 0x5001, "reqid": 50, "aead": "rfc4106(gcm(aes))", "icv-bits": 128,
        "esn": True, "replay-window": 1024, "seq": 5000000000, "ecn": 1, "state": 1}, "inbound SA")
POLICY = {"prio": 7, "ifindex": wan, "src": "10.1.0.0", "src-len": 16, "dst": "10.9.0.0", "dst-len": 16, "proto": 17,
          "sport-min": 1000, "sport-max": 2000, "dport-min": 53, "dport-max": 53, "dscp": 46}
f.same(nl.do("policy-get", f, POLICY)[0],
       POLICY | {"ifname": "wan", "action": 1, "reqid": 77, "tunnel-src": G1[4], "tunnel-dst": G2[4], "packets": 0, "bytes": 0,
                 "name": "dns", "comment": "resolvers"}, "policy")
f.same(nl.do("dev-get", f, {"ifindex": d0})[0], {"ifindex": d0, "ifname": "d0", "mtu": MTU_VALUES, "dev-mtu": 1500, "state": 1, "mtu-follow": 1},
       "device")
f.same(nl.do("default-get", f)[0],
       {"mtu": {"df": 1, "frag": 0, "split": 0, "inner-df": 0, "icmp-answer": 1, "mtu-cap": 0, "min-pmtu": 600,
                "pmtu-age": 600, "pmtu-learn": 1, "mss": 1, "probe": 2}}, "default")
now = nl.do("vfr-get", f, {"ifindex": wan, "dir": 1})[0]
f.same({k: now.get(k) for k in ("ifname", "mode", "max-reassemblies", "max-fragments", "timeout-s", "drop-fragments", "max-bytes",
                            "by-hand", "enabled", "users-ports", "users-esp", "users-natt", "users-gre")},
       {"ifname": "wan", "mode": 2, "max-reassemblies": 100, "max-fragments": 50, "timeout-s": 9, "drop-fragments": 0,
        "max-bytes": 100000, "by-hand": 0x3f << 4, "enabled": 1, "users-ports": 1, "users-esp": 2, "users-natt": 1, "users-gre": 1},
       "VFR")
now = nl.do("pmtu-get", f, {"spi": 0x5000, "dst": G2[4]})[0]
f.same({k: now.get(k) for k in ("src", "reqid", "pmtu", "inner-mtu", "source", "mtu", "locked", "floor", "cap", "name")},
       {"src": G1[4], "reqid": 50, "pmtu": 1300, "inner-mtu": PROBED.inner(1300), "source": 3, "mtu": 1300, "locked": 1,
        "floor": 600, "cap": 1400, "name": "full"}, "path MTU")
f.point("what was set is told as it was set")

# ---- what would become of packets ----

f = Faults()
COUNTER = {a["name"]: n for n, a in spec.sets["stats"].items()}
now = nl.do("explain-get", f, {"src": "10.1.0.2", "dst": "10.8.0.3", "proto": 47, "len": 2000, "dscp": 3, "mark": 0x30})[0]
f.same({k: now.get(k) for k in ("dir", "ifindex", "place", "spi", "sa-name", "learned", "cap", "plan", "packets", "leaves", "verdict")},
       {"dir": 2, "ifindex": wan, "place": 1, "spi": 0x5000, "sa-name": "full", "learned": 1300, "cap": 1400, "plan": 2, "packets": 2,
        "leaves": struct.pack("=IIII", 1, 1300, 1, PROBED.outer_len(2000) - 1280).hex(), "verdict": 1}, "explained, cut after encryption")
now = nl.do("explain-get", f, {"src": "10.1.0.2", "dst": "10.9.0.3", "proto": 17, "sport": 1500, "dport": 53, "dscp": 46})[0]
f.same((now["admit"], now["verdict"], now["counter"]), (1, 2, COUNTER["drop-out-no-sa"]), "explained, without an SA")
now = nl.do("explain-get", f, {"src": "10.1.0.2", "dst": "10.2.2.9", "len": 1500, "df": True})[0]
f.same((now["answer-type"], now["answer-code"], now["answer-mtu"], now["counter"]),
       (3, 4, NATT.inner(1500), COUNTER["drop-out-too-big"]), "explained, too big")
now = nl.do("explain-get", f, {"src": "10.1.0.2", "dst": "10.2.2.9", "len": 1500})[0]
f.same((now["outer-dport"], now["outer-df"], now["plan"]), (4500, True, 1), "explained, cut before encryption")
now = nl.do("explain-get", f, {"dir": 1, "src": "10.2.2.9", "dst": "10.1.0.2", "spi": NATT.spi_in, "sa-dst": G1[4]})[0]
f.same((now["spi"], now["state"], now["verdict"]), (NATT.spi_in, 1, 0), "explained, out of a tunnel")
f.point("what would become of packets is told")

# ---- what changes by itself: path MTUs, a peer's address, acquires and alerts ----

f = Faults()
routers_say(net, "no ICMP")
net.mtu(r2=1400)
net.espgw(f"pmtu probe {name(PROBED)} echo {behind(PROBED, 4)}")
end = time.monotonic() + 20
while time.monotonic() < end:
    now = nl.do("pmtu-get", f, {"spi": PROBED.spi_out, "dst": G2[4]})[0]
    nl.do("pmtu-get", f, dump=True)
    if now["probe-state"] >= 4:
        break
f.same((now["pmtu"], now["source"], now["lowered-by"], now["echo"], "raised-by" in now),
       (fits(PROBED, 1400), 4, 4, behind(PROBED, 4), False), "lowered by a probe")
f.same(now["probe-confirmed"] <= 1400 < now["probe-failed"], True, "confirmed and failed")
net.mtu(r2=1500)
search(net, PROBED)
now = nl.do("pmtu-get", f, {"spi": PROBED.spi_out, "dst": G2[4]})[0]
f.same((now["pmtu"], now.get("raised-by")), (1500, 4), "raised by a probe")
f.point("path MTUs found by probes")

f = Faults()
inner = ip4("10.2.2.9", "10.1.0.2", UDP, udp("10.2.2.9", "10.1.0.2", b"hello"))
moved = bytearray(NATT.esp(NATT.spi_in, 1, inner))
moved[20:22] = struct.pack("!H", 4501)
net.exchange("r1", bytes(moved), NATT.esp(NATT.spi_in, 2, inner, bad=True),
             ip4("198.51.100.7", "10.1.0.2", UDP, b"12345678" + b"x" * 5, mf=1))
now = nl.do("sa-get", f, {"dst": G2[4], "spi": NATT.spi_out, "dir": 2})[0]
f.same((now["encap-sport"], now["encap-dport"], now["keepalive"], now.get("peer"), now.get("peer-port"), now["enc"], now["auth"]),
       (4500, 4500, 20, G2[4], 4501, "ecb(cipher_null)", "hmac(sha256)"), "SA in UDP, whose peer's port is another")
net.exchange("a0", ip4("10.1.0.2", "10.9.0.3", UDP, udp("10.1.0.2", "10.9.0.3", b"hello", 1500, 53), tos=46 << 2))
stats = nl.do("stats-get", f)[0]
f.same((stats["in-mapping"], stats["drop-in-integrity"], stats["drop-in-vfr"], stats["drop-out-no-sa"], stats["acquire"]),
       (1, 1, 1, 1, 1), "counters")
f.point("a peer that moved, a packet that was forged, a fragment that cannot be, a packet without SA")

# ---- dumps and single rows ----

f = Faults()
quiet(net)
rows = {}
for name_ in "dev-get", "sa-get", "policy-get", "pmtu-get", "vfr-get":
    op = spec.ops[spec.cmd[name_]]
    named = spec.listed(op, "do", "request")
    filters = {"show-keys": True} if name_ == "sa-get" else {}
    rows[name_] = nl.do(name_, f, filters, dump=True)
    for row_ in rows[name_]:
        one = nl.do(name_, f, filters | {k: v for k, v in row_.items() if k in named})
        f.same([strip(r) for r in one], [strip(row_)], name_)
f.same({n: len(r) for n, r in rows.items()}, {"dev-get": 4, "sa-get": 6, "policy-get": 7, "pmtu-get": 3, "vfr-get": 8}, "rows")
f.point("a row is the same in a dump and alone")

# ---- what xfrm keys ----

f = Faults()
TOLD = read_events(f)
KEYS = f"aead rfc4106(gcm(aes)) 0x{'12' * 20} 128"
net.ip("g1", ["link add x0 type xfrm dev wan if_id 9",
              *(f"xfrm state add src {s} dst {d} proto esp spi {spi:#x} reqid 9 mode tunnel if_id 9 {KEYS}"
                for s, d, spi in ((G1[4], G2[4], 0x7001), (G2[4], G1[4], 0x7002))),
              "xfrm policy add src 10.1.0.0/16 dst 10.7.0.0/16 dir out priority 5 if_id 9 "
              f"tmpl src {G1[4]} dst {G2[4]} proto esp spi 0x7001 reqid 9 mode tunnel"])
net.espgw("xfrm on if-id 9 mode interface")
f.same(nl.do("xfrm-get", f), [{"on": 1, "mode": 1, "if-id": 9, "sas": 2, "policies": 1}], "what is adopted")
f.same(nl.do("xfrm-get", f, {"default": True}), [{"on": 0, "default": True}], "in namespaces to come")
f.same([(r["kind"], r["reason"], r.get("dir"), r["spi"], r["reqid"], r["if-id"], r.get("ifname"), r.get("prio"), r.get("action"),
         r.get("seq"), r.get("lease"), r["delay-us"] > 0) for r in sorted(nl.do("xfrm-row-get", f, dump=True), key=lambda r: (r["kind"], r["spi"]))],
       [(1, 0, 2, 0x7001, 9, 9, None, None, None, 0, 0, True), (1, 0, 1, 0x7002, 9, 9, None, None, None, None, None, True),
        (2, 0, None, 0x7001, 9, 9, "x0", 5, 1, None, None, True)], "row by row")
f.same([(r["spi"], r["owner"]) for r in nl.do("sa-get", f, dump=True) if "owner" in r], [(0x7001, 1), (0x7002, 1)], "SAs")
f.same(nl.do("sa-get", f, {"dst": G2[4], "spi": 0x7001, "show-keys": True})[0].get("key"), None, "a key that is xfrm's")
policy_ = [r for r in nl.do("policy-get", f, dump=True) if "owner" in r]
f.same([(r["spi"], r["ifname"], r["prio"]) for r in policy_], [(0x7001, "x0", 5)], "policies")
named = spec.listed(spec.ops[spec.cmd["policy-get"]], "do", "request")
f.same([strip(r) for r in nl.do("policy-get", f, {k: v for k, v in policy_[0].items() if k in named})], [strip(policy_[0])], "the policy alone")
for name_, values in (("sa-del", {"dst": G2[4], "spi": 0x7001}), ("sa-set", {"dst": G2[4], "spi": 0x7001, "ttl": 9}),
                      ("sa-set", {"dst": G2[4], "spi": 0x7001, "name": "x"}),
                      ("policy-del", {k: v for k, v in policy_[0].items() if k in named}), ("xfrm-set", {"on": 1, "mode": 2, "if-id": 9})):
    f.same(refused(name_, values), errno.EINVAL if name_ == "xfrm-set" else errno.EPERM, name_)
net.espgw(f"pmtu set spi 0x7001 dst {G2[4]} mtu 1450", "xfrm set if-id 9 df clear mtu-cap 1400 name x9 comment \"for Anna\"",
          "xfrm set reqid 0 mss auto")
named_ = {"dst": G2[4], "spi": 0x7001}
f.same([r.get("owner") for r in nl.do("pmtu-get", f, named_) + nl.do("pmtu-get", f, named_, dump=True)], [1, 1], "whose path MTU it is")
f.same(nl.do("xfrm-conn-get", f, dump=True), [{"if-id": 9, "mtu": {"df": 2, "mtu-cap": 1400}, "name": "x9", "comment": "for Anna"},
                                                 {"reqid": 0, "mtu": {"mss": 1}}], "connections")
f.same([r.get("mtu") for r in nl.do("sa-get", f, {"dst": G2[4], "spi": 0x7001})], [{"df": 2, "mtu-cap": 1400}], "the SA's")
f.same([(r.get("name"), r.get("comment")) for r in nl.do("sa-get", f, dump=True) + nl.do("policy-get", f, dump=True) if "owner" in r],
       3 * [("x9", "for Anna")], "what they are called")
for values in ({"if-id": 9}, {"mtu": {}}, {"name": "x"}, {"if-id": 9, "reqid": 9, "mtu": {}}, {"if-id": 0, "mtu": {}}, {"if-id": 9, "name": "a b"},
               {"if-id": 9, "name": "x" * 32}, {"if-id": 9, "comment": "a\x1b"}, {"if-id": 9, "mtu": {"df": 0}, "comment": "x" * 128}):
    f.same(refused("xfrm-conn-set", values) in (errno.EINVAL, errno.ERANGE), True, f"refused: {values}")
f.same([(r["mtu"], r["name"]) for r in nl.do("xfrm-conn-get", f, dump=True) if "name" in r], [({"df": 2, "mtu-cap": 1400}, "x9")], "nothing of that is done")
net.espgw("xfrm set if-id 9 df inherit mtu-cap inherit name \"\" comment \"\"")
f.same(nl.do("xfrm-conn-get", f, dump=True), [{"reqid": 0, "mtu": {"mss": 1}}], "what is inherited is forgotten")
net.espgw("xfrm off")
net.ip("g1", ["xfrm policy flush", "xfrm state flush", "link del x0"])
XFRM_TOLD = read_events(f)
f.same([e for n, e in XFRM_TOLD if n == "xfrm-ntf"], [{"on": 1, "mode": 1, "if-id": 9, "sas": 2, "policies": 1}, {"on": 0}], "events")
for spi in 0x7001, 0x7002:
    f.same([(e["event"], e["owner"], e.get("name")) for n, e in XFRM_TOLD if n == "sa-ntf" and e["spi"] == spi],
           [(1, 1, None), (3, 1, "x9"), (3, 1, None), (4, 1, None)], f"events of SA {spi:#x}")
f.same([e["spi"] for n, e in XFRM_TOLD if n == "sa-ntf" and e["event"] in (1, 4)], [0x7001, 0x7002, 0x7002, 0x7001], "their order")
f.same([(e["event"], e.get("name"), e.get("comment")) for n, e in XFRM_TOLD if n == "policy-ntf"],
       [(1, None, None), (2, "x9", "for Anna"), (2, None, None), (3, None, None)], "events of the policy")
f.point("what xfrm has is told as it is there, and is changed there")

# ---- events ----

f = Faults()
net.espgw("vfr set dev wan dir in timeout 8", "policy del prio 8 src 10.1.0.0/16 dst 10.8.0.0/16 proto gre mark 0x30/0xf0",
          "policy add prio 8 src 10.1.0.0/16 dst 10.8.0.0/16 proto gre action bypass", f"sa set {name(PROBED)} ttl 9",
          f"sa del dst {G1[4]} spi 0x5001", "default set df set")
net.ip("g1", ["link del d0"])
net.espgw("guard off", "guard on")
told = TOLD + read_events(f)
f.same([(e["event"], e.get("ifname"), e.get("mtu")) for n, e in told if n == "dev-ntf"],
       [(1, "d0", {"mss": 0}), (3, "d0", MTU_VALUES), (1, "pat*", None), (5, "pat0", None), (1, "wan", None), (4, "d0", MTU_VALUES)], "devices")
f.same([(e["event"], e["mtu"]["df"]) for n, e in told if n == "default-ntf"], [(3, 0), (3, 1), (3, 1)], "default")
f.same([(e["event"], e["spi"]) for n, e in told if n == "sa-ntf" and e["spi"] in (0x5000, 0x5001)],
       [(1, 0x5000), (1, 0x5001), (4, 0x5001)], "SAs")
f.same([(e["peer"], e["peer-port"]) for n, e in told if n == "sa-ntf" and e["event"] == 8], [(G2[4], 4501)], "mapping")
f.same([e for n, e in told if n == "acquire-ntf"],
       [{"src": "10.1.0.2", "dst": "10.9.0.3", "proto": 17, "sport": 1500, "dport": 53, "dscp": 46, "reqid": 77,
         "tunnel-src": G1[4], "tunnel-dst": G2[4], "prio": 7, "name": "dns"}], "acquire")
f.same([e for n, e in told if n == "alert-ntf"],
       [{"kind": 2, "spi": NATT.spi_in, "src": G2[4], "dst": G1[4]},
        {"kind": 8, "src": "198.51.100.7", "dst": "10.1.0.2", "ifname": "wan", "dir": 1}], "alerts")
f.same([e["on"] for n, e in told if n == "guard-ntf"], [0, 1], "guard")
f.same(nl.do("guard-get", f)[0]["on"], 1, "guard")
f.same({n for n, _ in told + XFRM_TOLD}, {op["name"] for op in spec.ops.values() if "event" in op}, "kinds of events")
f.point("every kind of event, with what was set")

# ---- is all told that the specification lists ----

f = Faults()
for op in spec.ops.values():
    for what, listed in ((f"{op['name']} do", spec.listed(op, "do", "reply")), (f"{op['name']} dump", spec.listed(op, "dump", "reply")),
                         (op["name"], op.get("event", {}).get("attributes", []))):
        f.same(sorted(set(listed) - seen.get(what, set()) - UNSEEN.get(what, set())), [], f"{what}: listed, but not seen")
for set_name, attributes in spec.sets.items():
    if set_name in seen:  # nested
        all_ = {a["name"] for a in attributes.values() if a["type"] != "pad"}
        f.same(sorted(all_ - seen[set_name] - UNSEEN.get(set_name, set())), [], f"{set_name}: listed, but not seen")
f.point("all that is listed was told")

# ---- requests ----

f, tried = Faults(), 0
before = {n: [strip(r) for r in nl.do(n, f, dump=True)] for n in rows}
for number_, op in spec.ops.items():
    for mode, flags in ("do", REQUEST | ACK), ("dump", REQUEST | DUMP):
        if mode not in op:
            f.same(nl.ask(number_, b"", flags)[0], errno.EOPNOTSUPP, f"{op['name']} {mode}, which there is not")
            continue
        for a in spec.sets[op["attribute-set"]].values():
            if a["name"] in spec.listed(op, mode, "request"):
                continue
            tried += 1
            error, message, _ = nl.ask(number_, spec.encode(op["attribute-set"], {a["name"]: None}), flags)
            at = offset(message)
            if mode == "dump" and at is None:  # Linux 6.1 keeps to itself what a dump's beginning says
                at = 20
            f.same((error, at), (errno.EINVAL, 20), f"{op['name']} {mode} with {a['name']}: error, attribute at fault")
for n, them in before.items():
    now = [strip(r) for r in nl.do(n, f, dump=True)]
    f.same(len(now), len(them), f"{n}: how many")
    for old, new in zip(them, now):
        f.same({k: v for k, v in new.items() if old.get(k) != v}, {k: v for k, v in old.items() if new.get(k) != v}, f"{n}: what changed")
f.point(f"each of {tried} attributes that a request does not list is refused, and said to be at fault")

f = Faults()
NONE = {"dst": "192.0.2.99", "spi": 0x9999}
for what, wanted, cases in (
        ("no such device in the system", errno.ENODEV,
         [(n, {"ifindex": 4242}) for n in ("dev-attach", "dev-set", "dev-detach", "dev-get")] +
         [(n, {"ifindex": 4242, "dir": 1, "mode": 2}) for n in ("vfr-set",)] + [("vfr-get", {"ifindex": 4242, "dir": 1})] +
         [("policy-add", {"ifindex": 4242, "src": "10.3.0.0", "src-len": 16, "dst": "10.4.0.0", "dst-len": 16, "action": 2})]),
        ("what is named is not configured", errno.ENOENT,
         [(n, {"ifindex": 1}) for n in ("dev-set", "dev-detach", "dev-get")] + [("vfr-get", {"ifindex": 1, "dir": 1})] +
         [("vfr-set", {"ifindex": 1, "dir": 1, "mode": 2})] + [(n, NONE) for n in ("sa-set", "sa-del", "sa-get")] +
         [(n, NONE) for n in ("pmtu-get", "pmtu-set", "pmtu-del", "pmtu-probe")] +
         [(n, POLICY | {"prio": 99}) for n in ("policy-get", "policy-del")]),
        ("it is there already", errno.EEXIST,
         [("dev-attach", {"ifindex": wan}), ("policy-add", POLICY | {"action": 2}),
          ("sa-add", {k: v for k, v in full.items() if k in spec.listed(spec.ops[spec.cmd["sa-add"]], "do", "request")
                      and k not in ("mtu", "limit")})])):
    for name_, values in cases:
        f.same(refused(name_, values), wanted, f"{name_} {values}: {what}")
f.point("one kind of refusal has one error number")

done()
