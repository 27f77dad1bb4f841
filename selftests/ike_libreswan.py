# SPDX-License-Identifier: GPL-2.0
"""libreswan's pluto in charon's place, at the gateway whose states espgw has adopted, and at the other."""

from keyed import *

V4 = Child(local_ts=("10.1.0.0/16",), remote_ts=("10.2.0.0/16",))
start_net()


def keys(f, kinds, mode, cert=False, rekeys=6, **more):
    certs = certificates(os.environ["tmp"] + "/certs", ["one.test", "two.test"]) if cert else None
    with Pair(f, Conn(G1[4], G2[4], children=(V4,), cert=cert, **more), mode, kinds=kinds, certs=certs) as pair:
        sa = pair.up()
        flood = Flood(net, 50, families=[4])
        flood.wait(0.5)
        flood.end().none_lost(f, "the first packets")
        watch, flood = EspWatch(net), Flood(net, 100, families=[4])
        flood.wait(0.3)
        for n in range(rekeys):
            by = n % 2 + 1
            flood.mark(f"rekey {n} by gateway {by}")
            sa = pair.rekeyed(sa, by)
            flood.wait(0.2)
        flood.wait(0.5)
        # pluto sends by the new SA as soon as it has answered.
        flood.end().none_lost(f, "rekeys", pair.early())
        watch.end().unique(f)
        pair.no_errors(early=True)
        print(f"  {watch.told()}")
        if Pluto in kinds[:1] and ADOPT:
            told = pair.a.sa()
            state = x1.state(told["spi_out"])
            f.same(told["bytes_out"] > 0 and state.packets > 0, True, f"traffic that pluto knows of: {told['line']}")


for mode in MODES:
    point(f"mode {mode}: pluto at gateway 1, charon at gateway 2: six rekeys by either, none lost of what came with the keys there",
          lambda f, mode=mode: keys(f, (Pluto, Charon), mode))
point("charon at gateway 1, pluto at gateway 2, with certificates",
      lambda f: keys(f, (Charon, Pluto), "interface", cert=True, rekeys=2))
point("pluto at both ends", lambda f: keys(f, (Pluto, Pluto), "interface", rekeys=2))
done()
