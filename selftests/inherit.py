# SPDX-License-Identifier: GPL-2.0
"""The word "inherit" of an MTU policy and of ttl, and "default" of VFR: what the tool says, what netlink takes."""

import errno
import re

from rawnl import E, NESTED, Netlink, attr, u8, u32
from wire import *

# The words of an MTU policy: what they may be at an SA, its device, and the default; none of it is built in.
WORDS = {
    "df": ("clear", "copy", "clear"), "frag": ("after", "off", "after"), "split": ("max", "tcp", "max"),
    "inner-df": ("clear", "clear", "clear"), "icmp-answer": ("off", "off", "off"), "mtu-cap": (1400, 1300, 1200),
    "min-pmtu": (600, 610, 620), "pmtu-age": (99, 88, 77), "pmtu-learn": ("off", "off", "off"),
    "mss": (1000, 900, 800), "probe": ("on", "on", "on")}
SA, DEV, DEFAULT = range(3)
OBJECTS = f"sa set dir out dst {G2[4]} spi 0x1001", "dev set wan", "default set"
VFR = {"max-reassemblies": 100, "max-fragments": 99, "timeout": 9, "max-bytes": 99999, "drop-fragments": "on"}
BUILT_IN = {"max_reassemblies": 64, "max_fragments": 8192, "timeout_s": 3, "max_bytes": 4 << 20, "drop_fragments": False}

net = Net()
T = Tunnel(1, "gcm128")
net.tunnels([T], xfrm=False)
with net.inside(net.ns["g1"]):
    netlink, wan = Netlink(), socket.if_nametoindex("wan")


def key(word):
    return "pmtu_age_s" if word == "pmtu-age" else word.replace("-", "_")


def shown(level):
    """What of an MTU policy an object itself says, by its JSON."""
    row = {SA: lambda: next(r for r in net.show("sa show") if int(r["spi"], 16) == T.spi_out),
           DEV: lambda: net.show("dev show")[0], DEFAULT: lambda: net.show("default show")[0]}[level]()
    return {w: row[key(w)] for w in WORDS if key(w) in row}


def saved(begin):
    """The words of the line of "save" that begins so, without its beginning; None: there is none. No keys, no numbers
    used up."""
    with net.inside(net.ns["g1"]):
        text = subprocess.run([ESPGW, "save"], stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = [line for line in text.splitlines() if line.startswith(begin)]
    return re.sub(r"0x[0-9a-f]{20,}|seq \d+", "", lines[0].removeprefix(begin)).split() if lines else None


def said(command, status):
    """What the tool says to a command that must end so."""
    with net.inside(net.ns["g1"]):
        p = subprocess.run([ESPGW, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return p.stdout if p.returncode == status else f"status {p.returncode}: {p.stdout}"


def tries(f, *commands):
    """Runs commands one by one: an older tool knows no such word, and says so."""
    for c in commands:
        f.same(said(c, 0), "", c)


def set_all(level, words=WORDS):
    return f"{OBJECTS[level]} " + " ".join(f"{w} {WORDS[w][level]}" for w in words)


def unset(level, words=WORDS):
    return f"{OBJECTS[level]} " + " ".join(f"{w} inherit" for w in words)


# ---- what is shown and saved ----

SAVE = (f"sa add dir out src {G1[4]} dst {G2[4]} spi {T.spi_out:#010x}", "dev attach wan", "default set")
before = [shown(level) for level in (SA, DEV, DEFAULT)]
lines = [saved(x) for x in SAVE]
for level, what in (SA, "an SA"), (DEV, "a device"), (DEFAULT, "the default"):
    f = Faults()
    for w in WORDS:
        tries(f, set_all(level, [w]))
        f.same(shown(level).get(w) != before[level].get(w), True, f"{w} is set")
        tries(f, unset(level, [w]))
        f.same(shown(level), before[level], f"shown, without {w}")
        f.same(saved(SAVE[level]), lines[level], f"saved, without {w}")
    f.point(f"each word of {what} is unset: shown and saved as if it had never been set")
    f = Faults()
    tries(f, set_all(level), unset(level, list(WORDS)[1:]))
    f.same(shown(level), {**before[level], "df": WORDS["df"][level]}, "all but one unset")
    tries(f, unset(level, ["df"]))
    f.same((shown(level), saved(SAVE[level])), (before[level], lines[level]), "all unset")
    f.point("several of them at once, others stay")

# ---- what holds then ----


def outer(**more):
    """(DF, TTL) of the outer packet of an inner one."""
    p = [p for p in net.exchange("a0", datagram(T.left[4], T.right[4], 200, **more))["r1"] if p.spi == T.spi_out]
    return (p[0].df, p[0].ttl) if p else None


def limits():
    """(cap, floor, path MTU) as the path-MTU table shows them."""
    r = next(r for r in net.show("pmtu show") if int(r["spi"], 16) == T.spi_out)
    return r.get("cap"), r["floor"], r["pmtu"]


f = Faults()
tries(f, "dev set wan df clear mtu-cap 1300 min-pmtu 610", "default set mtu-cap 1200 min-pmtu 620",
      f"{OBJECTS[SA]} df set mtu-cap 1400 min-pmtu 600")
f.same((outer()[0], limits()), (True, (1400, 600, 1400)), "the SA's own")
tries(f, f"{OBJECTS[SA]} df inherit mtu-cap inherit min-pmtu inherit")
f.same((outer()[0], limits()), (False, (1300, 610, 1300)), "its device's")
tries(f, "dev set wan df inherit mtu-cap inherit min-pmtu inherit")
f.same((outer()[0], limits()), (True, (1200, 620, 1200)), "the default's")
tries(f, "default set mtu-cap inherit min-pmtu inherit")
f.same((outer()[0], limits()[1:]), (True, (576, 1500)), "what is built in")
f.point("then the device's value holds, then the default's, then what is built in")

f = Faults()
net.sysctl("g1", "ipv4/ip_default_ttl", 77)
f.same(outer()[1], 77, "of the namespace")
for value, ttl in ("33", 33), ("copy", 49):
    tries(f, f"{OBJECTS[SA]} ttl {value}")
    f.same(outer(ttl=50)[1], ttl, f"ttl {value}")
    tries(f, f"{OBJECTS[SA]} ttl inherit")
    f.same(outer(ttl=50)[1], 77, f"inherit, after {value}")
    f.same(("ttl" in net.show("sa show")[0], saved(SAVE[SA])), (False, lines[SA]), "shown, saved")
f.point("ttl inherit: the namespace's again, neither shown nor saved")

# ---- VFR ----


def vfr():
    row = next(r for r in net.show("vfr show") if (r["dev"], r["dir"]) == ("wan", "in"))
    return {k: row[k] for k in BUILT_IN}, sorted(row["by_hand"])


f = Faults()
f.same(vfr(), (BUILT_IN, []), "before")
for w, value in VFR.items():
    tries(f, f"vfr set dev wan dir in {w} {value}")
    f.same((vfr()[0] != BUILT_IN, len(vfr()[1])), (True, 1), f"{w} is set")
    tries(f, f"vfr set dev wan dir in {w} default")
    f.same((vfr(), saved("vfr set")), ((BUILT_IN, []), None), f"{w} is not any more")
f.point("each number of VFR goes back to what is built in, and is not saved")
f = Faults()
tries(f, "vfr set dev wan dir in on " + " ".join(f"{w} {v}" for w, v in VFR.items()))
tries(f, "vfr set dev wan dir in " + " ".join(f"{w} default" for w in list(VFR)[1:]) + " max-reassemblies 200")
f.same(vfr()[0], {**BUILT_IN, "max_reassemblies": 200}, "shown")
f.same(saved("vfr set"), "dev wan dir in on max-reassemblies 200".split(), "saved")
tries(f, "vfr set dev wan dir in auto max-reassemblies default")
f.same((vfr(), saved("vfr set")), ((BUILT_IN, []), None), "in the end")
f.point("several of them, with others that are set, in one command")

# ---- netlink itself ----


def number(name):
    return E.get(name, 4000)  # an attribute that nobody has


def bits(*names):
    return u32(sum(1 << number(n) for n in names if n in E))


def mtu(kind, *attrs):
    return attr(number(kind) | NESTED, b"".join(attrs))


NAMES = {SA: ("SA_SET", [attr(number("ESPGW_SA_A_DIR"), u8(2)), attr(number("ESPGW_SA_A_DST"), addr(G2[4])),
                         attr(number("ESPGW_SA_A_SPI"), struct.pack("!I", T.spi_out))], "ESPGW_SA_A_MTU"),
         DEV: ("DEV_SET", [attr(number("ESPGW_DEV_A_IFINDEX"), u32(wan))], "ESPGW_DEV_A_MTU"),
         DEFAULT: ("DEFAULT_SET", [], "ESPGW_DEFAULT_A_MTU")}
VFR_NAME = [attr(number("ESPGW_VFR_A_IFINDEX"), u32(wan)), attr(number("ESPGW_VFR_A_DIR"), u8(1))]
INHERIT = number("ESPGW_MTU_A_INHERIT")
f = Faults()
for level, (cmd, name, nest) in NAMES.items():
    tries(f, f"{OBJECTS[level]} df clear frag after mss 1000")
    two = attr(INHERIT, bits("ESPGW_MTU_A_DF", "ESPGW_MTU_A_FRAG"))
    f.same(netlink.espgw(cmd, *name, mtu(nest, two)), (0, ""), cmd)
    f.same(shown(level), {**before[level], "mss": 1000}, f"{cmd}: what is left")
    f.same(netlink.espgw(cmd, *name, mtu(nest, attr(INHERIT, bits("ESPGW_MTU_A_MSS")),
                                         attr(number("ESPGW_MTU_A_DF"), u8(2)))), (0, ""), f"{cmd}, with one set")
    f.same(shown(level), {**before[level], "df": "clear"}, f"{cmd}: what is there then")
    netlink.espgw(cmd, *name, mtu(nest, attr(INHERIT, bits("ESPGW_MTU_A_DF"))))
tries(f, f"{OBJECTS[SA]} ttl 9", "vfr set dev wan dir in max-fragments 99 timeout 9")
cmd, name, _ = NAMES[SA]
f.same(netlink.espgw(cmd, *name, attr(number("ESPGW_SA_A_INHERIT"), bits("ESPGW_SA_A_TTL"))), (0, ""), "ttl")
f.same("ttl" in net.show("sa show")[0], False, "ttl: shown")
f.same(netlink.espgw("VFR_SET", *VFR_NAME, attr(number("ESPGW_VFR_A_DEFAULT"), bits("ESPGW_VFR_A_MAX_FRAGMENTS"))),
       (0, ""), "vfr")
f.same(vfr(), ({**BUILT_IN, "timeout_s": 9}, ["timeout_s"]), "vfr: what is left")
f.point("by netlink: bit n unsets attribute n, and no other")

f = Faults()
was = [shown(level) for level in (SA, DEV, DEFAULT)], vfr()
refused = [(cmd, *name, mtu(nest, attr(INHERIT, value), *more)) for cmd, name, nest in NAMES.values()
           for value, more in ((u32(1), []), (u32(1 << 31), []), (bits("ESPGW_MTU_A_INHERIT"), []),
                               (bits("ESPGW_MTU_A_DF"), [attr(number("ESPGW_MTU_A_DF"), u8(1))]))]
refused += [("SA_SET", *NAMES[SA][1], attr(number("ESPGW_SA_A_INHERIT"), v), *more) for v, more in (
    (u32(1), []), (bits("ESPGW_SA_A_REQID"), []), (bits("ESPGW_SA_A_TTL"), [attr(number("ESPGW_SA_A_TTL"), u8(9))]))]
refused += [("VFR_SET", *VFR_NAME, attr(number("ESPGW_VFR_A_DEFAULT"), v), *more) for v, more in (
    (u32(1), []), (bits("ESPGW_VFR_A_IFINDEX"), []), (bits("ESPGW_VFR_A_ENABLED"), []), (u32(1 << 31), []),
    (bits("ESPGW_VFR_A_TIMEOUT_S"), [attr(number("ESPGW_VFR_A_TIMEOUT_S"), u32(5))]))]
for cmd, *attrs in refused:
    error, text = netlink.espgw(cmd, *attrs)
    f.same((error, bool(text)), (errno.EINVAL, True), f"{cmd} {b''.join(attrs).hex()}: {text}")
f.same(([shown(level) for level in (SA, DEV, DEFAULT)], vfr()), was, "what is set")
f.same("ESPGW_MTU_A_INHERIT" in E, True, "the interface has it")
f.point("bits that name nothing, and what is set and unset at once, are refused with a text; nothing has changed")
equal([said(c, 1).count("\n") == 1 and said(c, 1).startswith("espgw: ") for c in (
    f"{OBJECTS[SA]} df inherit df set", f"{OBJECTS[SA]} ttl inherit ttl 5", f"{OBJECTS[SA]} dscp inherit",
    "vfr set dev wan dir in timeout default timeout 5", "vfr set dev wan dir in mode default")], [True] * 5,
    "the tool refuses the same, and inherit where there is nothing to inherit")
done()
