# SPDX-License-Identifier: GPL-2.0
"""libreswan's pluto in charon's place, at the gateway whose states espgw has adopted, and at the other."""

from keyed import *

V4 = Child(local_ts=("10.1.0.0/16",), remote_ts=("10.2.0.0/16",))
start_net()


def keys(f, kinds, mode, cert=False, rekeys=6, by=(1, 2), child=V4, **more):
    certs = certificates(os.environ["tmp"] + "/certs", ["one.test", "two.test"]) if cert else None
    with Pair(f, Conn(G1[4], G2[4], children=(child,), cert=cert, **more), mode, kinds=kinds, certs=certs) as pair:
        sa = pair.up()
        flood = Flood(net, 50, families=[4])
        flood.wait(0.5)
        flood.end().none_lost(f, "the first packets")
        watch, flood = EspWatch(net), Flood(net, 100, families=[4])
        flood.wait(0.3)
        for n in range(rekeys):
            who = by[n % len(by)]
            flood.mark(f"rekey {n} by gateway {who}")
            sa = pair.rekeyed(sa, who)
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
# Of an IKEv1 connection, whack (4.10, 5.2) waits for ever for what it has asked pluto to rekey.
point("IKEv1: pluto at gateway 1, charon at gateway 2",
      lambda f: keys(f, (Pluto, Charon), "interface", rekeys=2, by=(2,), version=1, proposals="aes128-sha256-modp2048",
                     child=dataclasses.replace(V4, proposals="aes128gcm128-modp2048")))
point("pluto at both ends", lambda f: keys(f, (Pluto, Pluto), "interface", rekeys=2))
done()
