# SPDX-License-Identifier: GPL-2.0
"""Paths that carry less than they say, and the search for what they carry: for tests of black holes."""

from wire import *

# What routers say: everything, nothing at all, or all but that a packet was too big. Echoes stay, for Net.fence.
HOLES = {
    "open": "",
    "no ICMP": """icmp type != echo-reply drop; icmpv6 type != { echo-reply, nd-neighbor-solicit, nd-neighbor-advert,
        nd-router-solicit, nd-router-advert } drop;""",
    "no 3/4": "icmp type destination-unreachable icmp code 4 drop; icmpv6 type packet-too-big drop;",
}


def routers_say(net, what):
    """What the router's own messages may be, from now on: a word of HOLES."""
    net.nft("r", f"table inet hole {{ }}; delete table inet hole; table inet hole {{ chain out {{ "
                  f"type filter hook output priority 0; {HOLES[what]} }}; }}")


def behind(t, family):
    """An address of gateway 2 in a tunnel's prefix, which answers pings."""
    return f"10.2.{t.i}.1" if family == 4 else f"fd02:0:{t.i:x}::1"


def give_address(net, *tunnels):
    for t in tunnels:
        net.ip("g2", [f"addr replace {behind(t, 4)}/32 dev lan", f"addr replace {behind(t, 6)}/128 dev lan nodad"])


def name(t):
    return f"dst {G2[t.outer]} spi {t.spi_out:#x}"


def row(net, t):
    return next(r for r in net.show("pmtu show") if int(r["spi"], 16) == t.spi_out)


def fits(t, p):
    """The largest outer packet of an SA that path MTU p carries: sizes are the cipher's alignment apart."""
    return t.outer_len(t.inner(p))


def probes(t, caught):
    """What left of a tunnel's SA."""
    return [p for p in caught["r1"] if p.spi == t.spi_out]


def introduce(net, t, family=4):
    """Lets gateway 1 hear of an address behind the peer that answers pings."""
    subprocess.run(["ip", "netns", "exec", net.ns["g2"], "ping", "-c", "1", "-W", "5", "-I", behind(t, family),
                    "10.1.0.1" if family == 4 else "fd01::1"], check=True, stdout=subprocess.DEVNULL)


def wait_state(net, t, states=("complete", "error"), seconds=10, **wanted):
    """Waits until a search is in one of these states and the row has these values: (row, seconds it took)."""
    begin = time.monotonic()
    while True:
        now = row(net, t)
        took = time.monotonic() - begin
        if now["probe_state"] in states and all(now[k] == v for k, v in wanted.items()) or took > seconds:
            return now, took
        time.sleep(0.02)


def search(net, t, echo=None):
    """One search by hand: (row at its end, seconds, probes sent)."""
    before = row(net, t)["probes_sent"]
    net.espgw(f"pmtu probe {name(t)}" + (f" echo {echo}" if echo else ""))
    now, took = wait_state(net, t)
    return now, took, now["probes_sent"] - before


def quiet(net, seconds=3.5):
    """Waits until no search sends anything any more."""
    end, last, since = time.monotonic() + 60, None, 0
    while time.monotonic() < end and (last is None or time.monotonic() < since + seconds):
        now = net.stats()
        if last is None or now["out_probe"] != last:
            last, since = now["out_probe"], time.monotonic()
        time.sleep(0.1)


def found(f, t, now, true_mtu, what=""):
    """Is what was found right: not above the true MTU, and within 8 bytes of what can be sent."""
    f.same(now["probe_state"], "complete", f"{what} state")
    f.same(fits(t, true_mtu) - 8 <= now["pmtu"] <= true_mtu, True, f"{what} {now['pmtu']} of {true_mtu}")
    f.same(now["inner_mtu"], t.inner(now["pmtu"]), f"{what} inner MTU")


class Transfer:
    """A TCP connection that sends all the time: for so many seconds, with things done at given times meanwhile."""

    def __init__(self, net, client=("a", "10.1.0.2"), server=("b", "10.2.0.2"), port=5001):
        family = socket.AF_INET if "." in client[1] else socket.AF_INET6
        listener, self.tx = (net.socket(ns, family, socket.SOCK_STREAM) for ns in (server[0], client[0]))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server[1], port))
        listener.listen()
        self.tx.bind((client[1], 0))
        self.tx.settimeout(20)
        self.tx.connect((server[1], port))
        self.rx, _ = listener.accept()
        listener.close()
        for s in self.tx, self.rx:
            s.setblocking(False)

    def run(self, seconds, events=(), rate=1 << 20):
        """events: [(second, function)]. Returns the longest wait for more, and how much arrived, bytes."""
        begin = last = time.monotonic()
        longest, got, sent, chunk, events = 0, 0, 0, pattern(1 << 14), sorted(events, key=lambda e: e[0])
        with selectors.DefaultSelector() as ready:
            ready.register(self.rx, selectors.EVENT_READ)
            while (now := time.monotonic()) < begin + seconds:
                while events and now >= begin + events[0][0]:
                    events.pop(0)[1]()
                if sent < rate * (now - begin):
                    try:
                        sent += self.tx.send(chunk)
                    except BlockingIOError:
                        pass
                if ready.select(0.005):
                    got += len(self.rx.recv(1 << 18))
                    longest, last = max(longest, time.monotonic() - last), time.monotonic()
        return max(longest, time.monotonic() - last), got

    def close(self):
        self.tx.close()
        self.rx.close()


def lose(net, percent):
    """Has the router drop so many of all ESP packets, at random."""
    net.nft("r", "table inet loss { }; delete table inet loss;" + (f""" table inet loss {{ chain forward {{
        type filter hook forward priority 0; meta l4proto esp numgen random mod 100 < {percent} drop; }}; }}"""
                                                                    if percent else ""))
