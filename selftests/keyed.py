# SPDX-License-Identifier: GPL-2.0
"""Two gateways that IKE daemons key, kernel xfrm at both ends, espgw having adopted what gateway 1 has: what the tests
with daemons share. See xfrm.py and ike.py."""

from ike import *
from xfrm import *

net = Net()
x1, x2 = Xfrm(net, "g1"), Xfrm(net, "g2")
MODES = ("interface", "policy")


def start_net():
    interface(net)
    if ADOPT:
        tool(net, "dev attach wan")


class Pair:
    """Both daemons, from their start to their end. one: gateway 1's connection, the peer's follows from it."""

    def __init__(self, f, one=None, mode="interface", kinds=(Charon, Charon), two=None, adopting=True, certs=None,
                 policies=None, options=("", "")):
        self.f, self.mode, self.kinds, self.adopting, self.policies = f, mode, kinds, adopting, policies
        one = one or Conn(G1[4], G2[4])
        self.one = dataclasses.replace(one, if_id=IF_ID if mode == "interface" else 0)
        self.two = two or self.one.other()
        self.certs, self.options = certs, options

    def __enter__(self):
        routed(net, self.mode)
        self.a, self.b = (kind(net, ns, conn, certs=self.certs)
                          for kind, ns, conn in zip(self.kinds, ("g1", "g2"), (self.one, self.two)))
        if self.adopting:
            retake(net, self.mode)
        try:
            self.b.start(self.options[1])
            self.a.start(self.options[0])
        except BaseException:
            self.__exit__()
            raise
        self.before = {ns: xfrm_stat(net, ns) for ns in ("g1", "g2")}
        return self

    def __exit__(self, *what):
        if what and what[0]:
            Flood.end_all()
            print("  " + self.a.said(12).replace("\n", "\n  "))
        for d in self.a, self.b:
            d.end()
        release(net)
        clean(net)
        net.settle()

    def up(self, child="net"):
        self.a.up(child)
        return self.settled(child)

    def settled(self, child="net", n=1, wait=20):
        """Waits until both have as many of a child, and what gateway 1 has is adopted; the newest of gateway 1."""
        end = time.monotonic() + wait * PATIENCE
        while True:
            one, two = ([s for s in d.sas() if s["name"] == child] for d in (self.a, self.b))
            pairs = {(s["spi_in"], s["spi_out"]) for s in one} & {(s["spi_out"], s["spi_in"]) for s in two}
            if len(pairs) >= n:
                break
            if time.monotonic() > end:
                raise Failure(f"they do not agree: {one} {two}")
            time.sleep(0.1)
        newest = max((s for s in one if (s["spi_in"], s["spi_out"]) in pairs), key=lambda s: s["uniqueid"])
        if self.adopting:
            self.f += adopted(net, (newest["spi_out"], newest["spi_in"]), policies=self.policies)
        return newest

    def rekeyed(self, old, by, child="net", wait=30):
        """Has one of them rekey, or both at once, and waits for new SAs at both; the newest of gateway 1."""
        daemons = {1: (self.a,), 2: (self.b,), 3: (self.a, self.b)}[by]
        threads = [threading.Thread(target=d.rekey, args=(child,), daemon=True) for d in daemons]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60 * PATIENCE)
        end = time.monotonic() + wait * PATIENCE
        while True:
            new = self.settled(child)
            if new["spi_in"] != old["spi_in"]:
                return new
            if time.monotonic() > end:
                raise Failure(f"not rekeyed\n{self.a.said()}\n{self.b.said()}")
            time.sleep(0.1)

    def errors(self):
        """xfrm_stat of both gateways, since the daemons were started."""
        return {ns: {k: v - old.get(k, 0) for k, v in xfrm_stat(net, ns).items() if v != old.get(k, 0)}
                for ns, old in self.before.items()}

    def no_errors(self, what="", early=False):
        for ns, changed in self.errors().items():
            if early:
                changed.pop("XfrmAcquireError", None)
            self.f.same(changed, {}, f"{what} xfrm_stat of {ns}")

    def early(self):
        """For Flood.none_lost: packets that came before the receiver's daemon had the keys."""
        return {way: self.errors()[ns].get("XfrmAcquireError", 0) for way, ns in (("a", "g2"), ("b", "g1"))}


def warm(f):
    """Some packets each way, so that neighbours are known."""
    flood = Flood(net, 50)
    flood.wait(0.3)
    flood.end().none_lost(f, "the first packets")


def espgw_counted(f, before, **wanted):
    """espgw's counters, if it is on."""
    if ADOPT:
        now = net.counted(before)
        for k, v in wanted.items():
            f.same(now.get(k, 0), v, k)
        f.same({k: v for k, v in now.items() if k.startswith("drop_")}, {}, "dropped")
