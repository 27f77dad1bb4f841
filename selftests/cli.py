# SPDX-License-Identifier: GPL-2.0
"""What the tool shows and takes of a gateway that lives; run by cli.sh."""

import json
import os
import re
import select as select_module
import subprocess
import sys
import time

from schema import judged

NS = {n: os.environ[n] for n in ("a", "g1", "r", "g2", "b")}
TMP = os.environ["tmp"]


def point(ok, what, *seen):
    print(f"{'ok' if ok else 'not ok'} {what}", flush=True)
    if not ok:
        for s in seen:
            print("#   " + str(s).replace("\n", "\n#   "))
    return ok


def equal(what, got, want):
    return point(got == want, what, f"got {got!r}", f"want {want!r}")


def on(ns, *words, **more):
    return subprocess.run(["ip", "netns", "exec", NS[ns], *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, **more)


def gw(*words, ns="g1"):
    p = on(ns, os.environ["ESPGW"], *words)
    if p.returncode:
        raise SystemExit(f"espgw {' '.join(words)}: {p.stderr}")
    return p.stdout


def rows(*words, ns="g1"):
    return judged(" ".join(words), gw("-j", *words, ns=ns))


def ping(count, dst="10.2.0.2", *more):
    return on("a", "ping", "-qc", str(count), "-i0.05", "-W2", *more, dst).stdout


def refused(what, words, text):
    p = on("g1", os.environ["ESPGW"], *words)
    point(p.returncode and text in p.stderr, what, p.returncode, p.stderr)


# -- status

def status():
    def of(all_rows, kind):
        return [r for r in all_rows if r["object"] == kind]

    equal("a tunnel that had no packet yet", [t["state"] for t in of(rows("status"), "tunnel")], ["idle"])
    equal("nor has its SA a last one", ["last_s" in s and s["last_s"] is not None for s in rows("sa", "show")],
          [False, False])
    ping(3)
    then = time.monotonic()
    seen = rows("status")
    t, = of(seen, "tunnel")
    equal("its packets, path MTU and state", [t[k] for k in ("src", "dst", "reqid", "state", "policies", "out_packets", "in_packets", "out_bytes",
                                              "pmtu", "inner_mtu", "source")],
          ["192.0.2.1", "198.51.100.1", 1, "up", 2, 3, 3, 252, 1500, 1446, "device"])
    def is_since(last):
        """Of what was asked for just now; outbound it may be a second too much."""
        return 2 <= last <= time.monotonic() - then + 2

    point(t["out_last_s"] <= time.monotonic() - then + 2 and t["in_last_s"] <= time.monotonic() - then + 2,
          "its last packets", t)
    time.sleep(2.1)
    last = [s["last_s"] for s in rows("sa", "show")]
    point(all(is_since(x) for x in last), "when an SA had its last packet", last)
    # The same key goes on where it was.
    gw("sa", "replace", *next(l for l in gw("save").splitlines() if l.startswith("sa add dir in")).split()[2:])
    last = rows("sa", "show", "dir", "in")[0]["last_s"]
    point(is_since(last), "a replaced one goes on", last)

    gw("policy", "add", "src", "10.1.0.0/16", "dst", "10.9.0.0/16", "action", "protect", "reqid", "9", "src", "192.0.2.1",
       "dst", "203.0.113.9")
    gw("dev", "attach", "ppp*")
    flow = subprocess.Popen(["ip", "netns", "exec", NS["a"], "ping", "-qi0.02", "-w4", "10.9.0.2"], stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    seen = rows("status")
    drop, = of(seen, "drop")
    point(drop["counter"] == "drop_out_no_sa" and drop["per_s"] > 5 and drop["advice"].startswith("espgw sa show reqid"),
          "what is dropped grows, and there is something to do about it", drop)
    equal("the tunnel that is missing", [(t["dst"], t["state"]) for t in of(seen, "tunnel")],
          [("198.51.100.1", "up"), ("203.0.113.9", "no_sa_out")])
    equal("what waits for a device", [(d["dev"], d["state"]) for d in of(seen, "dev")],
          [("wan", "attached"), ("ppp*", "waiting")])
    text = gw("status")
    point(max(len(line) for line in text.splitlines()) < 80 and "2 tunnels, 1 to look at" in text
          and "-> espgw sa show reqid N" in text and text.index("203.0.113.9") < text.index("198.51.100.1"),
          "80 columns are enough, and trouble comes first", text)
    with subprocess.Popen(["ip", "netns", "exec", NS["g1"], os.environ["ESPGW"], "-j", "status", "-w", "1"], text=True,
                          stdout=subprocess.PIPE) as p:
        kinds = []
        while kinds.count("gateway") < 3:
            kinds.append(judged("status-line", p.stdout.readline())["object"])
        p.kill()
    point(kinds[:5] == ["gateway", "dev", "dev", "tunnel", "tunnel"], "-w: a row a line, again and again", kinds)
    flow.kill()
    flow.wait()
    screen()
    gw("policy", "del", "src", "10.1.0.0/16", "dst", "10.9.0.0/16")
    gw("dev", "detach", "ppp*")


def screen():
    """On a terminal of 12 lines: never more, and what does not fit is counted."""
    import fcntl
    import pty
    import struct
    import termios

    try:
        ours, theirs = pty.openpty()
    except OSError as e:
        print(f"ok a terminal of 12 lines # SKIP {e}")
        return
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 80, 0, 0))
    p = subprocess.Popen(["ip", "netns", "exec", NS["g1"], "env", "TERM=xterm", os.environ["ESPGW"], "status", "-w", "1"],
                         stdout=theirs)
    data = b""
    while data.count(b"\033[J") < 2:
        data += os.read(ours, 65536)
    p.kill()
    p.wait()
    pages = [page.split(b"\033[J")[0] for page in data.split(b"\033[H")[1:3]]
    plain = [re.sub(r"\033\[[0-9;]*[mKJ]", "", page.decode()) for page in pages]
    point(all(page.count("\n") <= 11 for page in plain) and all("more tunnel" in page for page in plain)
          and "dropped" in plain[0], "a terminal of 12 lines", *plain)


# -- what is chosen

def sa(direction, spi, *words):
    ends = ("192.0.2.1", "198.51.100.1") if direction == "out" else ("198.51.100.1", "192.0.2.1")
    gw("sa", "add", "dir", direction, "src", ends[0], "dst", ends[1], "spi", hex(spi), "aead", "aes-gcm", "0x" + f"{spi:040x}",
       "128", *words)


def spis(*words):
    return [int(s["spi"], 16) for s in rows("sa", "show", *words)]


def select():
    before = gw("save", "-")
    sa("out", 0x2001, "reqid", "5", "limit", "hard", "bytes", "10G", "limit", "soft", "seconds", "1h30m", "limit", "hard", "packets", "3G")
    sa("in", 0x2002, "reqid", "5")
    sa("in", 0x2003, "reqid", "6")
    sa("in", 0x2004, "reqid", "7", "limit", "soft", "seconds", "1")
    limited, = (line for line in gw("save").splitlines() if " spi 0x00002001 " in line)
    point("limit hard bytes 10737418240 limit hard packets 3000000000 limit soft seconds 5400" in limited, "units", limited)
    equal("shown by reqid, direction and prefix", [spis("reqid", "5"), spis("dir", "in", "reqid", "5"),
                                                   spis("src", "198.51.100.0/24", "reqid", "5"), spis("dst", "any", "reqid", "6")],
          [[0x2001, 0x2002], [0x2002], [0x2002], [0x2003]])
    for _ in range(100):
        if spis("state", "expiring"):
            break
        time.sleep(0.1)
    equal("and by state", spis("state", "expiring"), [0x2004])
    gw("sa", "flush", "state", "expiring")
    equal("flushed by state", spis("reqid", "7") + spis("reqid", "6"), [0x2003])
    gw("sa", "flush", "dir", "in", "dst", "192.0.2.0/24", "reqid", "5")
    equal("flushed by direction, prefix and reqid", spis("reqid", "5"), [0x2001])
    gw("sa", "del", "reqid", "5")
    equal("deleted by reqid", spis(), [0x1001, 0x1002, 0x2003])
    refused("none like it", ["sa", "del", "reqid", "5"], "sa del: there is none like that")
    gw("sa", "flush", "reqid", "5")
    gw("sa", "del", "dst", "192.0.2.1", "spi", "0x2003")
    equal("a flush of nothing is no error; and by its name one is deleted", spis(), [0x1001, 0x1002])

    def policy(*words):
        gw("policy", "add", *words)

    policy("src", "10.3.0.0/16", "dst", "10.4.0.0/16", "action", "bypass")
    policy("src", "10.3.0.0/24", "dst", "10.4.0.0/16", "action", "discard")
    policy("prio", "9", "src", "10.3.1.0/24", "dst", "10.4.1.0/24", "action", "bypass")
    policy("src", "10.3.0.0/24", "dst", "10.4.0.0/16", "proto", "tcp", "dport", "https", "action", "bypass")
    policy("src", "10.3.0.0/24", "dst", "10.4.0.0/16", "proto", "tcp", "dport", "ssh-80", "action", "bypass")
    shown = rows("policy", "show", "dst", "10.4.0.0/16")
    equal("policies as they are asked", [(p["prio"], p["src"], p.get("dport_min")) for p in shown],
          [(0, "10.3.0.0/24", 443), (0, "10.3.0.0/24", 22), (0, "10.3.0.0/24", None), (0, "10.3.0.0/16", None), (9, "10.3.1.0/24", None)])
    equal("by reqid and action", [len(rows("policy", "show", "reqid", "1")), len(rows("policy", "show", "action", "discard"))], [2, 1])
    gw("policy", "flush", "src", "10.3.0.0/24", "action", "bypass")
    equal("flushed by prefix and action", [(p["src"], p["action"]) for p in rows("policy", "show", "src", "10.3.0.0/16")],
          [("10.3.0.0/24", "discard"), ("10.3.0.0/16", "bypass"), ("10.3.1.0/24", "bypass")])
    gw("policy", "del", "action", "discard")
    gw("policy", "flush", "prio", "9")
    gw("policy", "del", "src", "10.3.0.0/16", "dst", "10.4.0.0/16")
    equal("nothing else went", re.sub("^once.*\n", "", gw("save")).replace("seq 0", ""), re.sub("^once.*\n", "", before).replace("seq 0", ""))
    gw("pmtu", "set", "spi", "0x1001", "dst", "198.51.100.1", "mtu", "1400", "age", "1h")
    row, = rows("pmtu", "show", "reqid", "1", "source", "static")
    point(3595 <= row["expires_s"] <= 3600 and not rows("pmtu", "show", "source", "icmp"), "path MTUs by source", row)
    gw("pmtu", "flush", "reqid", "2")
    equal("not those of another reqid", len(rows("pmtu", "show", "source", "static")), 1)
    gw("pmtu", "del", "reqid", "1")
    equal("forgotten by reqid", len(rows("pmtu", "show", "source", "static")), 0)


# -- names

COMMENT = 'Z\u00fcrich, "2" # it\'s'
OUT = ("dir", "out", "dst", "198.51.100.1", "spi", "0x1001")
LAN = ("src", "10.1.0.0/16", "dst", "10.2.0.0/16", "action", "protect", "reqid", "1", "src", "192.0.2.1", "dst", "198.51.100.1")


def names():
    def called(*words):
        return [(r.get("name"), r.get("comment")) for r in rows(*words)]

    def line(begin):
        return next(x for x in gw("save").splitlines() if x.startswith(begin))

    def packets():
        return [r["packets"] for r in rows("sa", "show") + rows("policy", "show")]

    before = gw("save")
    equal("nothing is called anything", called("sa", "show") + called("policy", "show"), 4 * [(None, None)])
    with subprocess.Popen(["ip", "netns", "exec", NS["g1"], os.environ["ESPGW"], "-j", "monitor", "sa", "policy", "dev"], text=True,
                          bufsize=1, stdout=subprocess.PIPE) as p:
        # It is heard to listen.
        while not select_module.select([p.stdout], [], [], 0.3)[0]:
            gw("default", "set", "df", "set")
        gw("sa", "set", *OUT, "name", "berlin", "comment", COMMENT)
        gw("policy", "replace", *LAN, "name", "lan")
        seen = []
        while len(seen) < 2:
            row = judged("monitor", p.stdout.readline())
            seen += [row] if row["object"] != "default" else []
        p.kill()
    equal("events tell it", [(r["object"], r["event"], r.get("name"), r.get("comment")) for r in seen],
          [("sa", "set", "berlin", COMMENT), ("policy", "replace", "lan", None)])
    ping(3)
    counted = packets()
    gw("policy", "replace", *LAN, "name", "lan-2", "comment", "of all")
    equal("and it alone is changed", packets(), counted)
    point(max(counted) >= 3 and "out name berlin src" in gw("sa", "show") and f"comment 'Z\u00fcrich, \"2\" # it'\"'s\"" in gw("sa", "show")
          and "name lan-2 prio 0 src" in gw("policy", "show"), "for people", gw("sa", "show"), gw("policy", "show"))
    equal("for programs", [called("sa", "show", "dir", "out"), called("policy", "show", "dst", "10.2.0.0/16")],
          [[("berlin", COMMENT)], [("lan-2", "of all")]])
    equal("one of many", [spis("name", "berlin"), spis("name", "berli"), called("policy", "show", "name", "lan-2")],
          [[0x1001], [], [("lan-2", "of all")]])
    equal("a tunnel's name", [r["name"] for r in rows("status") if r["object"] == "tunnel"], ["berlin"])
    point("\nberlin  192.0.2.1 > 198.51.100.1  reqid 1 " in gw("status"), "on the screen", gw("status"))
    point("\nname berlin spi 0x00001001 dst" in "\n" + gw("pmtu", "show"), "its path MTU, for people", gw("pmtu", "show"))
    equal("and for programs", [[(r["spi"], r["name"]) for r in rows("pmtu", "show", *words)] for words in ((), ("name", "berlin"), ("name", "berli"))],
          [[("0x00001001", "berlin")], [("0x00001001", "berlin")], []])
    why, = rows("explain", "src", "10.1.0.2", "dst", "10.2.0.2")
    equal("what is explained", [why["policy"].get("name"), why.get("sa_name")], ["lan-2", "berlin"])
    samples = gw("-o", "metrics", "stats", "show").splitlines()
    equal("metrics", [sum(x.startswith(n + "{") and ',name="berlin"' in x for x in samples)
                      for n in ("espgw_sa_packets_total", "espgw_tunnel_up")], [1, 1])
    # As it is saved, but for the name: what replaces it is called so as well, unless it is said.
    words = line("sa add dir out").split(" comment ")[0].replace(" name berlin", "").split()[2:]
    tail = re.sub(r".* (aead .*) seq \d+", r"\1", line("sa add dir out")).split()
    gw("sa", "replace", *words, *tail)
    equal("what replaces it is called so", called("sa", "show", "dir", "out"), [("berlin", COMMENT)])
    gw("sa", "replace", *words, *tail, "name", "paris", "comment", "")
    equal("unless it is called otherwise", called("sa", "show", "dir", "out"), [("paris", None)])
    path = TMP + "/names.conf"
    with open(path, "w") as f:
        for x in gw("save").splitlines():
            f.write((x.replace("name paris", "name rome comment 'a b'") + " reuse-key" if " dir out " in x else
                     x.replace(" name lan-2", "").replace("policy add prio", "policy add name new prio")
                     if "dst 10.2.0.0/16" in x else "" if x.startswith("once") else x) + "\n")
    counted = packets()
    changes = [r["command"] for r in rows("apply", path)]
    equal("a configuration says otherwise", [changes, called("sa", "show", "dir", "out"), called("policy", "show", "dst", "10.2.0.0/16"),
                                             packets()],
          [["sa set dir out name rome dst 198.51.100.1 spi 0x00001001 comment \"a b\"",
            "policy replace name new src 10.1.0.0/16 dst 10.2.0.0/16 comment \"of all\" "
            "action protect reqid 1 src 192.0.2.1 dst 198.51.100.1"], [("rome", "a b")], [("new", "of all")], counted])
    # Behind that again.
    gw("sa", "replace", *line("sa add dir in").split()[2:])
    sa("in", 0x2005, "name", "old")
    sa("in", 0x2006, "name", "old")
    sa("in", 0x2007)
    gw("sa", "del", "name", "old")
    equal("deleted by name", spis(), [0x1001, 0x1002, 0x2007])
    gw("sa", "del", "dst", "192.0.2.1", "spi", "0x2007")
    gw("sa", "set", *OUT, "name", "", "comment", "")
    gw("policy", "replace", *LAN)
    equal("and nothing is called anything again", [re.sub("^once.*\n| seq [0-9]+", "", x) for x in (gw("save"), before)][:1],
          [re.sub("^once.*\n| seq [0-9]+", "", before)])


# -- save FILE

def save():
    path = TMP + "/saved"
    old = os.umask(0)
    gw("save", path)
    os.umask(old)
    equal("what is saved into a file, which only its owner may read", [oct(os.stat(path).st_mode & 0o777), open(path).read()],
          ["0o600", gw("save")])
    inode = os.stat(path).st_ino
    os.chmod(path, 0o644)
    os.symlink("saved", TMP + "/link")
    gw("save", TMP + "/link")
    point(os.stat(path).st_ino != inode and os.stat(path).st_mode & 0o777 == 0o600 and os.path.islink(TMP + "/link"),
          "another file takes its place, at once, behind a link as well")
    refused("not where no file can be", ["save", TMP + "/none/saved"], "save: cannot write beside ")
    refused("nor in a device's place", ["save", "/dev/null"], 'save: "/dev/null" is there, and is no file')
    limit = subprocess.run(["ip", "netns", "exec", NS["g1"], "sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$0" save "$1"',
                            os.environ["ESPGW"], path], stderr=subprocess.PIPE, text=True)
    equal("what cannot be written whole leaves the old one", [limit.returncode, open(path).read() != "", sorted(
        f for f in os.listdir(TMP) if "saved" in f)], [1, True, ["saved"]])


# -- Wireshark

def wireshark():
    before = gw("-o", "wireshark", "sa", "show", "keys")
    key = {n: "0x" + bytes((i * 7 + n) % 256 for i in range(20)).hex() for n in (1, 2)}
    first = [f'"IPv4","192.0.2.1","198.51.100.1","0x00001001","AES-GCM with 16 octet ICV [RFC4106]","{key[1]}","NULL",""',
             f'"IPv4","198.51.100.1","192.0.2.1","0x00001002","AES-GCM with 16 octet ICV [RFC4106]","{key[2]}","NULL",""']
    equal("what demo writes", before.splitlines(), first)
    k16, k20, k32, k64 = "0x" + "11" * 16, "0x" + "22" * 20, "0x" + "33" * 32, "0x" + "44" * 64
    ends = ["src", "2001:db8:1::1", "dst", "2001:db8:2::1"]
    gw("sa", "add", "dir", "out", *ends, "spi", "0x3001", "reqid", "3", "enc", "aes-cbc", k16, "auth", "sha256", k32)
    gw("sa", "add", "dir", "out", *ends, "spi", "0x3002", "reqid", "3", "enc", "null", "0x", "auth", "sha1", k20)
    for way, spi in ("out", "0x3004"), ("in", "0x3005"):
        gw("sa", "add", "dir", way, *(ends if way == "out" else [ends[i] for i in (0, 3, 2, 1)]), "spi", spi, "reqid", "4", "enc", "aes-cbc", k16,
           "auth", "sha512", k64, "encap", "espinudp", "4500", "4500")
    equal("in UDP, the peer is wherever it is", gw("-o", "wireshark", "sa", "show", "reqid", "4", "keys").splitlines(),
          [f'"IPv6","2001:db8:1::1","*","0x00003004","AES-CBC [RFC3602]","{k16}","HMAC-SHA-512-256 [RFC4868]","{k64}"',
           f'"IPv6","*","2001:db8:1::1","0x00003005","AES-CBC [RFC3602]","{k16}","HMAC-SHA-512-256 [RFC4868]","{k64}"'])
    gw("sa", "del", "reqid", "4")
    gw("sa", "add", "dir", "out", *ends, "spi", "0x3003", "reqid", "3", "enc", "aes-cbc", k16, "auth", "sha256", k32, "256")
    equal("other algorithms, IPv6", gw("-o", "wireshark", "sa", "show", "reqid", "3", "keys").splitlines(),
          [f'"IPv6","2001:db8:1::1","2001:db8:2::1","0x00003001","AES-CBC [RFC3602]","{k16}","HMAC-SHA-256-128 [RFC4868]","{k32}"',
           f'"IPv6","2001:db8:1::1","2001:db8:2::1","0x00003002","NULL","","HMAC-SHA-1-96 [RFC2404]","{k20}"',
           f'"IPv6","2001:db8:1::1","2001:db8:2::1","0x00003003","AES-CBC [RFC3602]","{k16}","ANY 256 bit authentication [no checking]","{k32}"'])
    equal("one SA", gw("-o", "wireshark", "sa", "get", "dst", "198.51.100.1", "spi", "0x1001", "keys").splitlines(), first[:1])
    refused("keys have to be asked for", ["-o", "wireshark", "sa", "show"], '"keys" is missing')
    gw("sa", "del", "reqid", "3")


# -- metrics

def metrics():
    from prometheus_client.openmetrics import parser as openmetrics
    from prometheus_client import parser as prometheus

    text = gw("-o", "metrics", "stats", "show")
    families = list(openmetrics.text_string_to_metric_families(text))
    names = [f.name for f in families]
    # node_exporter refuses a file with a type of which it has not heard.
    point(len(names) == len(set(names)) and text.endswith("# EOF\n") and {f.type for f in families} == {"counter", "gauge"},
          "OpenMetrics, as its parser has it", names)
    samples = {}
    for f in families:
        for s in f.samples:
            samples.setdefault(s.name, {})[tuple(sorted(s.labels.items()))] = s.value
    old = {s.name for f in prometheus.text_string_to_metric_families(text) for s in f.samples}
    equal("the same samples for who knows the older form alone", sorted(old), sorted(samples))
    stats, = rows("stats", "show")
    got = {}
    for name, values in samples.items():
        for labels, value in values.items():
            labels = dict(labels)
            if name == "espgw_drops_total":
                got[f"drop_{labels['dir']}_{labels['reason']}"] = value
            elif name == "espgw_pmtu_rejected_total":
                got[f"pmtu_rej_{labels['reason']}"] = value
            elif name.endswith("_total") and not labels:
                got[name[len("espgw_"):-len("_total")]] = value
    equal("each counter, with its value", got, stats)
    sas = {(s["dir"], s["src"], s["dst"], s["spi"], str(s["reqid"])): s for s in rows("sa", "show")}
    key = ("dir", "src", "dst", "spi", "reqid")
    equal("each SA's packets", {tuple(dict(l)[k] for k in key): v for l, v in samples["espgw_sa_packets_total"].items()},
          {k: s["packets"] for k, s in sas.items()})
    t, = (r for r in rows("status") if r["object"] == "tunnel")
    label = tuple(sorted({"src": t["src"], "dst": t["dst"], "reqid": "1", "owner": "hand"}.items()))
    equal("the tunnel's path MTU", samples["espgw_tunnel_path_mtu_bytes"], {label: t["pmtu"]})
    equal("the tunnel is up", list(samples["espgw_tunnel_up"].values()), [1])
    dashboard = open(os.environ["ESPGW_DASHBOARD"]).read()
    used = set(re.findall(r"espgw_\w+", dashboard))
    point(json.loads(dashboard) and used <= set(samples) and len(used) > 15, "the dashboard asks for nothing else",
          sorted(used - set(samples)))
    refused("no other command has metrics", ["-o", "metrics", "sa", "show"], '"-o metrics" does not go with this command')
    refused("nor JSON", ["-j", "-o", "metrics", "stats", "show"], '"-o" and "-j" exclude each other')


for part in sys.argv[1:] or ["status", "select", "names", "save", "wireshark", "metrics"]:
    globals()[part]()
