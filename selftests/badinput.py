# SPDX-License-Identifier: GPL-2.0
"""usage: badinput.py NAMESPACE SAVED

Raw netlink at the family espgw of this network namespace, whose configuration is what SAVED holds and has to stay so.
"""

import errno
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

from rawnl import ACK, CMDS, DUMP, E, NESTED, NEWNET, NEWUSER, REQUEST, Netlink, as_nobody, attr, u8, u32

ESPGW = os.environ.get("ESPGW", "espgw")
INTR = 0x10
# Random messages of these get something wrong: they may rightly be taken else, and cost much to undo.
SPOILT = {"SA_FLUSH", "POLICY_FLUSH", "PMTU_FLUSH", "STATS_RESET", "DEFAULT_SET", "DEV_ATTACH", "DEV_SET", "DEV_DETACH"}


def point(good, what, why=""):
    print(("ok " if good else "not ok ") + what, flush=True)
    if not good:
        print("  " + str(why)[:2000].replace("\n", "\n  "), flush=True)


def saved():
    text = subprocess.run([ESPGW, "save"], stdout=subprocess.PIPE, check=True, text=True).stdout
    return "".join(line for line in text.splitlines(True) if not line.startswith("once "))


def sa(**change):
    """A valid new SA's attributes, by name, with changes."""
    a = {"DIR": u8(2), "SRC": bytes([192, 0, 2, 1]), "DST": bytes([192, 0, 2, 2]), "SPI": struct.pack("!I", 0x3001),
         "REQID": u32(1), "AEAD": b"rfc4106(gcm(aes))\0", "KEY": bytes(20), "ICV_BITS": u32(128)}
    a.update(change)
    return [attr(E["ESPGW_SA_A_" + n], v) for n, v in a.items() if v is not None]


def policy(**change):
    a = {"SRC": bytes([10, 8, 0, 0]), "SRC_LEN": u8(16), "DST": bytes([10, 9, 0, 0]), "DST_LEN": u8(16), "ACTION": u8(2)}
    a.update(change)
    return [attr(E["ESPGW_POLICY_A_" + n], v) for n, v in a.items() if v is not None]


def single_faults(nl):
    """One thing wrong in an otherwise good message: refused, with a text."""
    m = E
    cases = []
    for name in ("DIR", "SRC", "DST", "SPI", "AEAD", "KEY"):
        cases.append((f"without {name}", "SA_ADD", sa(**{name: None})))
    for name, value in (("DIR", u8(0)), ("DIR", u8(3)), ("DIR", b"\1\1"), ("SRC", bytes(4)), ("SRC", bytes(5)), ("SRC", bytes(17)),
                        ("DST", bytes([224, 0, 0, 1])), ("DST", b"\xff" * 4), ("DST", bytes(16)), ("SPI", struct.pack("!I", 255)),
                        ("SPI", b"\1\2"), ("AEAD", b"x" * 64), ("AEAD", b"no-such\0"), ("AEAD", b"rfc4106(gcm(aes))"),
                        ("AEAD", b"cbc(aes)\0"), ("KEY", bytes(19)), ("KEY", bytes(129)), ("ICV_BITS", u32(127)),
                        ("ICV_BITS", u32(72)), ("ICV_BITS", u32(1024)), ("REPLAY_WINDOW", u32(64)), ("REPLAY_WINDOW", u32(4097)),
                        ("ESN", b"\1"), ("SEQ", struct.pack("=Q", 1 << 32)), ("SEQ", u32(1)), ("ENCAP_SPORT", b"\0\0"),
                        ("ENCAP_SPORT", b"\1\1"), ("MARK_MASK", u32(1)), ("DSCP", u8(64)), ("ECN", u8(2)), ("TFC", u32(65536)),
                        ("AUTH", b"hmac(sha256)\0"), ("ENC", b"cbc(aes)\0"), ("STATE", u8(1)), ("SHOW_KEYS", b""), ("PMTU", u32(1)),
                        ("STATS", b""), ("NAME", b"x" * 32 + b"\0"), ("NAME", b"a b\0"), ("NAME", b"a\"\0"), ("NAME", b"\xc3\xbc\0"),
                        ("NAME", b"no-end"), ("COMMENT", b"x" * 128 + b"\0"), ("COMMENT", b"a\x1b[m\0"), ("COMMENT", b"a\x7f\0"),
                        ("COMMENT", b"\xff\0"), ("COMMENT", b"\xc2\x85\0"), ("COMMENT", b"\xc3\0"), ("KEEPALIVE", u32(20)), ("PEER", bytes([192, 0, 2, 3])), ("PEER_PORT", b"\1\1"),
                        ("MTU", attr(m["ESPGW_MTU_A_DF"], u8(3))), ("MTU", attr(99, u8(3))),
                        ("MTU", attr(m["ESPGW_MTU_A_MTU_CAP"], u32(67))), ("MTU", b"\1\2\3"),
                        ("MTU", attr(m["ESPGW_MTU_A_PROBE"], u8(3))),
                        ("MTU", attr(m["ESPGW_MTU_A_MSS"], u32(87))),
                        ("MTU", attr(m["ESPGW_MTU_A_MTU_CAP"], u32(1000)) + attr(m["ESPGW_MTU_A_MIN_PMTU"], u32(1001))),
                        ("LIMIT", attr(m["ESPGW_LIMIT_A_SOFT_BYTES"], u32(3))),
                        ("LIMIT", attr(m["ESPGW_LIMIT_A_SOFT_BYTES"], struct.pack("=Q", 3)) +
                         attr(m["ESPGW_LIMIT_A_HARD_BYTES"], struct.pack("=Q", 2)))):
        attrs = sa(**{name: value})
        if name in ("MTU", "LIMIT"):
            attrs[-1] = attr(m["ESPGW_SA_A_" + name] | NESTED, value)
        cases.append((f"{name} {value.hex()}", "SA_ADD", attrs))
    natt = {"ENCAP_SPORT": b"\x11\x94", "ENCAP_DPORT": b"\x11\x94"}
    for what, change in (("above an hour", {"KEEPALIVE": u32(3601)}), ("of 2 bytes", {"KEEPALIVE": b"\1\0"}),
                         ("of an inbound SA", {"KEEPALIVE": u32(20), "DIR": u8(1)})):
        cases.append((f"a keepalive {what}", "SA_ADD", sa(**natt, **change)))
    for name in ("SRC", "SRC_LEN", "DST", "DST_LEN", "ACTION"):
        cases.append((f"without {name}", "POLICY_ADD", policy(**{name: None})))
    for name, value in (("SRC", bytes([10, 8, 0, 1])), ("SRC", bytes(16)), ("SRC_LEN", u8(33)), ("ACTION", u8(0)), ("ACTION", u8(4)),
                        ("ACTION", u8(1)), ("REQID", u32(1)), ("SPORT_MIN", b"\1\1"), ("DPORT_MAX", b"\1\1"), ("DSCP", u8(64)),
                        ("IFINDEX", u32(0)), ("IFINDEX", u32(1 << 31)), ("IFINDEX", u32(99999)), ("PACKETS", struct.pack("=Q", 1)),
                        ("TUNNEL_SRC", bytes([192, 0, 2, 1])), ("NAME", b"a/b\0"), ("NAME", b"x" * 32 + b"\0"), ("COMMENT", b"a\nb\0"),
                        ("COMMENT", b"\xed\xa0\x80\0")):
        cases.append((f"{name} {value.hex()}", "POLICY_ADD", policy(**{name: value})))
    cases += [
        ("an unknown attribute", "SA_ADD", sa() + [attr(200, u32(1))]),
        ("an unknown attribute", "POLICY_ADD", policy() + [attr(200, u32(1))]),
        ("an unknown attribute", "SA_FLUSH", [attr(200, u32(1))]),
        ("an attribute longer than the message", "SA_ADD", sa() + [attr(m["ESPGW_SA_A_REQID"], u32(1), length=200)]),
        ("an attribute shorter than its header", "SA_ADD", sa() + [attr(m["ESPGW_SA_A_REQID"], u32(1), length=2)]),
        ("attributes of another command", "SA_DEL", sa()),
        ("attributes of another command", "SA_FLUSH", sa()),
        ("attributes of another command", "POLICY_FLUSH", policy()),
        ("attributes of another command", "STATS_RESET", [attr(1, u32(1))]),
        ("nothing", "SA_DEL", []), ("nothing", "SA_SET", []), ("nothing", "POLICY_DEL", []), ("nothing", "PMTU_SET", []),
        ("nothing", "DEV_ATTACH", []), ("nothing", "DEV_SET", []), ("nothing", "DEV_DETACH", []),
        ("a device that is not there", "DEV_ATTACH", [attr(m["ESPGW_DEV_A_IFINDEX"], u32(4242))]),
        ("loopback", "DEV_ATTACH", [attr(m["ESPGW_DEV_A_IFINDEX"], u32(1))]),
        ("nothing", "DEFAULT_SET", []), ("nothing", "VFR_SET", []), ("nothing", "PMTU_PROBE", []),
    ]
    wan = attr(m["ESPGW_VFR_A_IFINDEX"], u32(socket.if_nametoindex("wan")))
    way, on = attr(m["ESPGW_VFR_A_DIR"], u8(1)), attr(m["ESPGW_VFR_A_MODE"], u8(2))
    cases += [("nothing to set", "VFR_SET", [wan, way]), ("without IFINDEX", "VFR_SET", [way, on]),
              ("without DIR", "VFR_SET", [wan, on]),
              ("loopback", "VFR_SET", [attr(m["ESPGW_VFR_A_IFINDEX"], u32(1)), way, on])]
    cases += [(f"{name} {value.hex()}", "VFR_SET", [wan, way, attr(m["ESPGW_VFR_A_" + name], value)]) for name, value in (
        ("DIR", u8(0)), ("DIR", u8(3)), ("MODE", u8(3)), ("MAX_REASSEMBLIES", u32(0)), ("MAX_REASSEMBLIES", u32(1025)),
        ("MAX_FRAGMENTS", u32(0)), ("MAX_FRAGMENTS", u32(8193)), ("TIMEOUT_S", u32(0)), ("TIMEOUT_S", u32(65)),
        ("DROP_FRAGMENTS", u8(2)), ("MAX_BYTES", u32(65535)), ("MAX_BYTES", u32((1 << 30) + 1)), ("MAX_BYTES", b"\1\1"),
        ("ENABLED", u8(1)), ("HELD", u32(1)), ("BY_HAND", u32(1)), ("STATS", b""), ("EVENT", u8(1)))]
    bad = []
    for what, cmd, attrs in cases:
        error, text = nl.espgw(cmd, *attrs)
        if not error or not text:
            bad.append(f"{cmd}, {what}: error {error}, text {text!r}")
            restore()
    point(not bad, f"{len(cases)} messages with one fault each are refused, with a text", "\n".join(bad))
    point(saved() == BEFORE, "and nothing has changed", saved())


def errnos(nl):
    """One kind of refusal has one error: a device that is not attached, one that is not there, an object that is not."""
    m, bad = E, []
    dev, vfr = m["ESPGW_DEV_A_IFINDEX"], m["ESPGW_VFR_A_IFINDEX"]
    df = attr(m["ESPGW_DEV_A_MTU"] | NESTED, attr(m["ESPGW_MTU_A_DF"], u8(1)))
    way, on = attr(m["ESPGW_VFR_A_DIR"], u8(1)), attr(m["ESPGW_VFR_A_MODE"], u8(2))
    names = m["ESPGW_DEV_A_IFNAME"], m["ESPGW_VFR_A_IFNAME"]
    for index, wanted in ((1, (errno.ENOENT, "device is not attached")), (4242, (errno.ENODEV, "no such device"))):
        for cmd, number, more in (("DEV_SET", dev, [df]), ("DEV_DETACH", dev, []), ("DEV_GET", dev, []),
                                  ("VFR_SET", vfr, [way, on]), ("VFR_GET", vfr, [way])):
            got = nl.espgw(cmd, attr(number, u32(index)), *more)
            if got != wanted:
                bad.append(f"{cmd} of device {index}: got {got}, wanted {wanted}")
            by_name = names[cmd.startswith("VFR")]
            got = nl.espgw(cmd, attr(by_name, b"nobody0\0"), *more)
            if got != (errno.ENOENT, "device is not attached"):
                bad.append(f"{cmd} of device nobody0: got {got}")
            got = nl.espgw(cmd, attr(number, u32(index)), attr(by_name, b"nobody0\0"), *more)
            if got != ((errno.EINVAL, "the device of this index has another name") if index == 1 else wanted):
                bad.append(f"{cmd} by index and by name: got {got}")
    for name in b"a/b\0", b"*\0", b"p*p\0", b"\0", b"..\0", b"sixteen-letters-\0", b"a b\0", b"no-nul":
        for cmd, attrs in ("DEV_ATTACH", [attr(names[0], name)]), ("POLICY_ADD", policy(IFNAME=name)):
            got = nl.espgw(cmd, *attrs)
            if got[0] not in (errno.EINVAL, errno.ERANGE) or not got[1]:
                bad.append(f"{cmd} {name}: got {got}")
    got = nl.espgw("POLICY_ADD", *policy(IFNAME=b"ppp*\0"))
    if got[0] != errno.EINVAL:
        bad.append(f"a policy for a pattern: got {got}")
    for attrs in [], [attr(m["ESPGW_GUARD_A_ON"], u8(2))], [attr(m["ESPGW_GUARD_A_ON"], u32(1))], [attr(m["ESPGW_GUARD_A_DEVICES"], u32(1))]:
        got = nl.espgw("GUARD_SET", *attrs)
        if got[0] not in (errno.EINVAL, errno.ERANGE):
            bad.append(f"GUARD_SET {attrs}: got {got}")
    for cmd, attrs, wanted in (
            ("DEV_ATTACH", [attr(dev, u32(4242))], (errno.ENODEV, "no such device")),
            ("POLICY_ADD", policy(IFINDEX=u32(4242)), (errno.ENODEV, "no such device")),
            ("DEV_ATTACH", [attr(dev, u32(socket.if_nametoindex("wan")))], (errno.EEXIST, None))):
        got = nl.espgw(cmd, *attrs)
        if got[0] != wanted[0] or wanted[1] and got[1] != wanted[1]:
            bad.append(f"{cmd}: got {got}, wanted {wanted}")
    point(not bad and saved() == BEFORE, "a device that is not attached is one error, one that is not there another",
          "\n".join(bad))


def truncated(nl):
    """Every length of a message, and messages that lie about theirs: never taken as if whole."""
    whole, bad = b"".join(sa()), []
    for n in range(len(whole)):
        error, _ = nl.espgw("SA_ADD", whole[:n])
        if not error:
            bad.append(f"{n} of {len(whole)} bytes")
            restore()
    nl.s.settimeout(0.2)
    for length in (0, 1, 15, 17, 19):
        try:
            error, _ = nl.espgw("SA_ADD", whole, length=length)
            if not error:
                bad.append(f"length {length}")
        except socket.timeout:
            pass  # not a message at all
    nl.s.settimeout(10)
    for cmd in (0, max(CMDS.values()) + 1, max(CMDS.values()) + 7, 255):
        error, _ = nl.espgw(cmd, whole)
        if error not in (errno.EOPNOTSUPP, errno.EINVAL):
            bad.append(f"command {cmd}: {error}")
    point(not bad and saved() == BEFORE, "truncated messages and unknown commands are refused, nothing has changed", "\n".join(bad))


def restore():
    """Back to the beginning, after something was taken that may rightly have been."""
    for error in (netlink.espgw("POLICY_FLUSH"), netlink.espgw("SA_FLUSH"),
                  netlink.espgw("DEV_DETACH", attr(E["ESPGW_DEV_A_IFINDEX"], u32(socket.if_nametoindex("wan"))))):
        assert error[0] == 0, error
    subprocess.run([ESPGW, "-b", sys.argv[2]], check=True)


def changing(nl):
    """A dump that spans a change says so: who reads it asks again."""
    def espgw(*lines):
        subprocess.run([ESPGW, "-b", "-"], input="\n".join(lines), check=True, text=True)

    key = "aead aes-gcm 0x" + "11" * 20 + " 128"
    new = f"sa {{}} dir out src 192.0.2.1 dst 192.0.2.3 spi {{}} {key}"
    espgw(*(new.format("add", 0x3000 + i) for i in range(300)))
    flags = [nl.dump("SA_GET")]
    for change in (new.format("add", 0x4000), new.format("replace", 0x3001), "sa del dst 192.0.2.3 spi 0x4000",
                   "policy add src 10.7.0.0/16 dst 10.8.0.0/16 action bypass", "policy del src 10.7.0.0/16 dst 10.8.0.0/16"):
        flags.append(nl.dump("SA_GET", lambda: espgw(change)))
    flags.append(nl.dump("SA_GET"))
    espgw(*(f"sa del dst 192.0.2.3 spi {0x3000 + i}" for i in range(300)))
    point([bool(f & INTR) for f, _ in flags] == [False] + [True] * 5 + [False] and min(n for _, n in flags) > 2 and
          saved() == BEFORE, "a dump during which something comes or goes is marked so, and no other", flags)


def fuzz(nl, rounds, seed=4303):
    """Random messages, most of them near to good ones. What is refused must not have changed anything."""
    rng = random.Random(seed)
    names = sorted(CMDS)
    top = {kind: max(v for n, v in E.items() if n.startswith(f"ESPGW_{kind}_A_"))
           for kind in ("SA", "POLICY", "PMTU", "VFR", "DEV", "DEFAULT", "STATS", "GUARD", "XFRM", "EXPLAIN")}
    lengths, taken, since = [0, 1, 1, 2, 4, 4, 4, 8, 8, 16, 20], 0, []
    for i in range(rounds):
        cmd = rng.choice(names)
        kind = cmd.split("_")[0]
        if kind == "SA" and rng.random() < 0.6:
            attrs = sa()
        elif kind == "POLICY" and rng.random() < 0.6:
            attrs = policy()
        else:
            attrs = []
        for _ in range(rng.randrange(1, 5)):
            if attrs and rng.random() < 0.4:
                j = rng.randrange(len(attrs))
                a = bytearray(attrs[j])
                a[rng.randrange(len(a))] ^= 1 << rng.randrange(8)
                attrs[j] = bytes(a)
            elif attrs and rng.random() < 0.3:
                attrs.pop(rng.randrange(len(attrs)))
            else:
                number = rng.randrange(top[kind] + 3) | (NESTED if rng.random() < 0.2 else 0)
                value = rng.choice([bytes(rng.choice(lengths)), rng.randbytes(rng.choice(lengths)),
                                    attr(rng.randrange(16), rng.randbytes(rng.choice(lengths)))])
                attrs.append(attr(number, value, rng.choice([None] * 9 + [rng.randrange(64)])))
        if cmd in SPOILT:
            attrs.append(attr(rng.randrange(100, 200), b""))
        flags = REQUEST | ACK | (DUMP if cmd.endswith("_GET") and rng.random() < 0.5 else 0)
        error, _ = nl.espgw(cmd, *attrs, flags=flags)
        since.append(f"{cmd} {b''.join(attrs).hex()}: {error}")
        changed = not error and not cmd.endswith("_GET")
        taken += changed
        if changed:
            restore()
            since = []
        if i % 500 == 499:
            now = saved()
            if now != BEFORE:
                point(False, f"{rounds} random messages", f"changed after one of these was refused:\n{now}\n" + "\n".join(since[-500:]))
                return
            since = []
    print(f"{taken} of {rounds} messages were taken")
    point(saved() == BEFORE, f"{rounds} random messages: what is refused changes nothing")


def allowed(nl):
    """Which commands and groups of events are not refused to whoever asks here."""
    found = []
    for cmd in CMDS:
        for flags in (REQUEST | ACK, REQUEST | ACK | DUMP) if cmd.endswith("_GET") else (REQUEST | ACK,):
            error, _ = nl.espgw(cmd, *(sa() if cmd == "SA_ADD" else policy() if cmd == "POLICY_ADD" else []), flags=flags)
            if error not in (errno.EPERM, errno.EOPNOTSUPP):
                found.append(f"{cmd}: {error}")
    groups = nl.groups()
    for name, number in groups.items():
        try:
            nl.s.setsockopt(270, 1, number)  # SOL_NETLINK, NETLINK_ADD_MEMBERSHIP
            found.append(f"events: {name}")
        except PermissionError:
            pass
    return found if groups else ["there are no groups"]


def nothing(what):
    found = allowed(Netlink())
    point(not found, what, "\n".join(found))


def says_so(what):
    p = subprocess.run([TOOL, "sa", "show"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    point(p.returncode == 2 and not p.stdout and p.stderr.startswith("espgw: ") and p.stderr.count("\n") == 1,
          what, f"{p.returncode}: {p.stdout}{p.stderr}")


def its_own(what):
    nl = Netlink()
    rows = lambda: nl.espgw("SA_GET", flags=REQUEST | DUMP, want=True).count(attr(E["ESPGW_SA_A_DIR"], u8(2)))  # noqa: E731
    seen = len(nl.espgw("POLICY_GET", flags=REQUEST | DUMP, want=True)), rows(), nl.espgw("SA_ADD", *sa())[0], rows()
    point(seen == (0, 0, 0, 1), what, seen)


BEFORE = open(sys.argv[2]).read()
netlink = Netlink()
single_faults(netlink)
errnos(netlink)
truncated(netlink)
changing(netlink)
fuzz(netlink, int(os.environ.get("ROUNDS", "2000")))
as_nobody(point, "nobody may do anything, nor hear of events", nothing)
# What root has checked out may lie where nobody else looks.
with tempfile.TemporaryDirectory() as public:
    os.chmod(public, 0o755)
    TOOL = shutil.copy(ESPGW, public)
    as_nobody(point, "and the tool says so in a line", says_so)
as_nobody(point, "nor root of a user namespace, in a network namespace that is not its own", nothing, NEWUSER)
as_nobody(point, "in one of its own it may, and sees nothing of others", its_own, NEWUSER | NEWNET)
