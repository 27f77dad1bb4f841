# SPDX-License-Identifier: GPL-2.0
"""A kernel that is locked down shows xfrm's keys to nobody, as zeros: espgw adopts what has them all the same."""

from xfrm import *

net = Net()
LOCKDOWN = "/sys/kernel/security/lockdown"
MODES = ("interface", "policy")
interface(net)
if ADOPT:
    tool(net, "dev attach wan")


def shown_keys():
    text = subprocess.run(["ip", "-n", net.ns["g1"], "xfrm", "state"], text=True, check=True, stdout=subprocess.PIPE).stdout
    return [line.split()[2] for line in text.splitlines() if line.split()[:1] == ["aead"]]


def locked(f):
    for mode in MODES:
        t = Keyed(0, mode=mode)
        routed(net, mode)
        t.setup(net)
        f.same({int(k, 16) for k in shown_keys()}, {0}, f"mode {mode}: keys that xfrm shows")
        retake(net, mode)
        f += adopted(net, (t.spi_out, t.spi_in), policies=2)
        old = {ns: xfrm_stat(net, ns) for ns in ("g1", "g2")}
        watch, flood = EspWatch(net), Flood(net, 100)
        flood.wait(0.3)
        for responder in 1, 2:
            flood.mark(f"a rekey, gateway {responder} answers")
            t.rekey(net, responder)
            f += adopted(net, (t.spi_out, t.spi_in))
            flood.wait(0.2)
        flood.mark("release")
        release(net)
        flood.wait(0.2)
        flood.mark("retake")
        retake(net, mode)
        f += adopted(net, (t.spi_out, t.spi_in))
        flood.wait(0.2)
        flood.end().none_lost(f, f"mode {mode}")
        watch.end().unique(f, f"mode {mode}")
        f.same({ns: xfrm_stat(net, ns) for ns in old}, old, f"mode {mode}: xfrm_stat")
        release(net)
        clean(net)
        net.settle()


with open(LOCKDOWN, "w") as f_:
    f_.write("confidentiality")
point("locked down for confidentiality: adopted, rekeyed, given back and taken again, none lost", locked)
done()
