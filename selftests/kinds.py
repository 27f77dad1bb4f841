# SPDX-License-Identifier: GPL-2.0
"""usage: kinds.py espgw|xfrm RESULTS  each kind of device as the WAN, with this as gateway 1
       kinds.py table RESULTS       prints what was found, in Markdown

Seen from outside, on the devices and at the hosts, so that the same looks at espgw and at kernel xfrm in its place.
"""

import traceback

from stack import *
from watch import *

WANS = {"veth": (), "bridge": ("bridge",), "bond": ("bond",), "VLAN": ("vlan",), "QinQ": ("qinq",),
        "VLAN on a bridge": ("bridge", "vlan"), "macvlan": ("macvlan",), "IPIP": ("ipip",), "sit": ("sit",), "ip6tnl": ("ip6tnl",),
        "GRE": ("gre",), "GRE over IPv6": ("ip6gre",), "gretap": ("gretap",), "VXLAN": ("vxlan",), "WireGuard": ("WireGuard",)}
TRIES = 6
PATH = 1400
NOBODY = {4: "172.30.0.9", 6: "fd30::9"}
T = Tunnel(0, "gcm128")


class Wan:
    """A stack of devices in the WAN's place."""

    def __init__(self, side, number, kinds):
        self.side, self.stack = side, Stack(net, number).plan(kinds)
        self.dev = self.stack.top.here
        self.stack.make()
        if side == "espgw":
            # Made before, it comes behind espgw's hook: it sees what goes on in place, and nothing of what is sent anew.
            net.nft("g1", f"""table netdev behind {{
                counter seen {{ }}
                chain c {{ type filter hook egress device {self.dev} priority 2147483647;
                           meta protocol ip ip protocol esp counter name seen; }}
            }}""")
            net.espgw(f"dev attach {self.dev}")
        net.ip("g1", ["link add dummy type dummy", "link set dummy up"])
        self.lead()
        net.settle()

    def lead(self):
        """Its addresses and routes."""
        top = self.stack.top
        here, there = [], []
        for f in top.carries:
            bits, more = (24, "") if f == 4 else (64, " nodad")
            here += [f"addr replace {G1[f]}/{bits} dev {top.here}{more}", f"route replace default via {R1[f]} dev {top.here}"]
            there += [f"addr replace {R1[f]}/{bits} dev {top.there}{more}",
                      f"route replace {'10.1.0.0/16' if f == 4 else 'fd01::/16'} via {G1[f]} dev {top.there}"]
        if 6 not in top.carries:
            here.append(f"route replace fd02::/16 dev {top.here}")
        net.ip("r", there)
        net.ip("g1", here)
        net.ports["r1"] = Port(net, "r1", net.ns["r"], top.there, net.ns["g1"], top.here)

    def end(self):
        net.ip("g1", ["link del dummy"])
        self.stack.unmake()


def marked(family, n=200, df=0):
    marked.count += 1
    src, dst = T.left_of(marked.count % 200, family), T.right[family]
    data = udp(src, dst, MARK + pattern(n - (28 if family == 4 else 48) - len(MARK), marked.count), sport=20000 + marked.count % 40000)
    return ip4(src, dst, UDP, data, df=df) if family == 4 else ip6(src, dst, UDP, data)


marked.count = 0


def in_place(wan):
    """How many of how many are encrypted in the transmission under way, once the outer route's neighbour is known."""
    def counted():
        text = subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "-j", "list", "counter", "netdev", "behind", "seen"],
                              stdout=subprocess.PIPE, check=True, text=True).stdout
        return next(o["counter"]["packets"] for o in json.loads(text)["nftables"] if "counter" in o)

    net.exchange("a0", *some(1))
    before = counted()
    caught = net.exchange("a0", *some())
    n = counted() - before
    net.nft("g1", "delete table netdev behind")
    return n, len(caught["b0"])


def some(n=4):
    return [marked(f) for f in (4, 6) for _ in range(n)]


def leaks(wan):
    """How many packets of how many have left in clear, by what was done."""
    found = {}

    def count(what, sent):
        net.settle()
        n = max(watch.found().values(), default=0)  # each is seen on every device of a stack
        found[what] = n, sent

    watch.found()
    # The route inside leads to another device, which leads nowhere.
    net.ip("g1", [f"route replace {p} via {NOBODY[f]} dev dummy onlink" for f, p in ((4, "10.2.0.0/16"), (6, "fd02::/16"))] +
           [f"neigh replace {NOBODY[f]} lladdr 02:00:00:00:00:77 dev dummy nud permanent" for f in (4, 6)])
    net.send("a0", *some())
    count("route", 8)
    net.ip("g1", ["route del 10.2.0.0/16", "route del fd02::/16"])
    wan.lead()
    # Deleted and made again, under traffic.
    stop, sent = threading.Event(), [0]

    def flood():
        while not stop.is_set():
            net.send("a0", marked(4), marked(6))
            sent[0] += 2
            time.sleep(0.01)

    x = threading.Thread(target=flood)
    x.start()
    level = len(wan.stack.devices) - 1
    wan.stack.unmake(level)
    wan.stack.make(level)
    wan.lead()
    stop.set()
    x.join()
    count("device", sent[0])
    # Flow offload.
    net.nft("g1", f"""table inet t {{
        flowtable ft {{ hook ingress priority 0; devices = {{ lan, {wan.stack.devices[0].here} }}; }}
        chain c {{ type filter hook forward priority 0; ct state established flow add @ft; }}
    }}""")
    leaks.port += 1
    a, b = net.socket("a", socket.AF_INET, socket.SOCK_DGRAM), net.socket("b", socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("10.1.0.2", leaks.port))
    b.bind(("10.2.0.2", leaks.port))
    answered, before = 0, net.stats() if wan.side == "espgw" else None
    for s in a, b:
        s.settimeout(1)
    for i in range(8):
        try:
            a.sendto(MARK + pattern(100, i), ("10.2.0.2", leaks.port))
            data, who = b.recvfrom(2000)
            b.sendto(data, who)
            answered += a.recv(2000) == data
        except TimeoutError:
            pass
    a.close()
    b.close()
    count("flow offload", 8)
    # Where a table makes a tunnel's packets, they do not leave: flowtable.sh looks at that.
    if before:
        answered += net.counted(before).get("drop_out_encap", 0)
    net.nft("g1", "delete table inet t")
    net.nft("g1", f"""table inet t {{
        chain c {{ type nat hook postrouting priority 100; oifname "{wan.dev}" masquerade; }}
    }}""")
    net.send("a0", *some())
    count("masquerade", 8)
    net.nft("g1", "delete table inet t")
    return found, answered


leaks.port = 7000


def forget(side):
    if side == "espgw":
        net.espgw("pmtu flush")
    net.sysctl("g1", "ipv4/route/flush", -1)
    subprocess.run(["ip", "-6", "-n", net.ns["g1"], "route", "flush", "cache"], check=True)


def shrinks(wan, family):
    """Lost without an answer, what was answered, and whether that is exactly what fits."""
    most, fits = T.inner(wan.stack.top.mtu), T.inner(PATH)
    if family == 6:
        fits = max(fits, 1280)
    forget(wan.side)
    net.settle()
    net.mtu(r2=PATH)
    lost, told = 0, set()
    for _ in range(TRIES):
        caught = net.exchange("a0", marked(family, most, df=1))
        mtus = [p.answer()[0] for p in caught["a0"] if p.answer()]
        told.update(mtus)
        lost += not mtus and not caught["b0"]
    whole = net.exchange("a0", marked(family, fits, df=1))
    more = net.exchange("a0", marked(family, fits + 1, df=1))
    learned = (len(whole["b0"]) == 1 and not more["b0"] and [p.answer()[0] for p in more["a0"] if p.answer()] == [fits])
    net.mtu(r2=1500)
    forget(wan.side)
    return lost, sorted(told), fits, learned


def main(side, results):
    if side == "espgw":
        net.espgw(*T.commands())
    else:
        net.xfrm_tunnels([T], 1)
    net.xfrm_tunnels([T])
    net.ip("g1", ["link del wan"])
    for number, (name, kinds) in enumerate(WANS.items()):
        f, row = Faults(), {"side": side, "kind": name}
        wan = None
        try:
            wan = Wan(side, number, kinds)
            if side == "espgw":
                row["in place"] = in_place(wan)
                f.same(row["in place"], (8, 8), "in place, arrived")
            found, answered = leaks(wan)
            row["leak"] = found
            row["path"] = {str(family): shrinks(wan, family) for family in (4, 6)}
            f.same({k: n for k, (n, _) in found.items() if n}, {}, "in clear")
            f.same(answered, 8, "answered, by flow offload, or dropped for it")
            for family, (lost, told, fits, learned) in row["path"].items():
                f.same((lost <= 2, told, learned), (True, [fits], True), f"IPv{family}: the path shrinks: lost {lost}, told, learned")
        except Exception:
            f.append(traceback.format_exc())
        if wan:
            wan.end()
        print(f"{name}: {row}", flush=True)
        if side == "espgw":
            f.point(f"WAN: {name}")
        with open(results, "a") as out:
            out.write(json.dumps(row) + "\n")
    done()


def table(path):
    with open(path) as f:
        rows = [json.loads(line) for line in f]
    found = {(r["side"], r["kind"]): r for r in rows}
    sides = [s for s in ("espgw", "xfrm") if any(r["side"] == s for r in rows)]
    heads = {"espgw": ("leak", "lost", "learned", "answered", "in place"), "xfrm": ("leak", "lost", "learned", "answered")}
    print("| WAN | " + " | ".join(f"{'kernel ' if s == 'xfrm' else ''}{s}: " + " | ".join(heads[s]) for s in sides) + " |")
    print("|---|" + "---|" * sum(len(heads[s]) for s in sides))
    for kind in WANS:
        cells = []
        for s in sides:
            r = found.get((s, kind), {})
            if "path" not in r:
                cells += ["?"] * len(heads[s])
                continue
            paths = r["path"].values()
            cells.append(", ".join(f"{what}: {n} of {of}" for what, (n, of) in r["leak"].items() if n) or "none")
            lost = [p[0] for p in paths]
            cells.append(str(lost[0]) if min(lost) == max(lost) else f"{lost[0]}, {lost[1]}")
            for good in ([p[3] for p in paths], [p[1] == [p[2]] for p in paths]):
                cells.append("yes" if all(good) else "no" if not any(good) else f"only IPv{(4, 6)[good.index(True)]}")
            if "in place" in r:
                cells.append("yes" if r["in place"][0] == r["in place"][1] else f"{r['in place'][0]} of {r['in place'][1]}")
        print(f"| {kind} | " + " | ".join(cells) + " |")
    print(f"""
Debian's {os.uname().release} in QEMU, {time.strftime("%Y-%m-%d")}; IPv4 and IPv6 inside ESP over IPv4, AES-128-GCM. *Leak*:
what was seen in clear on any device of the gateway but the LAN's, when the route inside leads to another device; the WAN
device is deleted and made again under traffic; flow offload is on; `masquerade` is. *Lost*: of {TRIES} packets that have just
fitted, one after the other, those that neither arrived nor were answered, when the path shrinks from 1500 to {PATH}; two
numbers are IPv4 and IPv6 inside. *Learned*: what just fits then passes whole, and what is one byte longer is refused with
that number. *Answered*: all answers had exactly that number, from the first on. *In place*: encrypted in the transmission
under way, without a second one.""")


if __name__ == "__main__":
    if sys.argv[1] == "table":
        table(sys.argv[2])
    else:
        net = Net()
        watch = Watch(net)
        main(*sys.argv[1:])
