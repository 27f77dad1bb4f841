# SPDX-License-Identifier: GPL-2.0
"""Several processors, each with a flow and a queue of its own, and one SA for all of them.

A number is taken before a packet is encrypted, so what one processor sends may be overtaken by what others do meanwhile: by
a few packets, if nothing stops it in between.  A virtual machine's processor is stopped in between, for milliseconds, and
then its packet is late whoever has sent it.  So kernel xfrm, under the same load, says how many may be.  And so that it
is what gateway 1 does that is seen, and not how many packets wait for gateway 2, each is received before the next is sent.

  sender -> gateway 1 ==== wan, a queue for each processor ==== gateway 2 -> receiver
"""

import itertools
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "bench"))
import bench  # noqa: E402
from bench import TOOL, counters, run  # noqa: E402
from scenes import Scene  # noqa: E402

CPUS = min(4, os.cpu_count())
PACKETS = 3000  # of each processor
SIZE = 200  # bytes of UDP payload
LARGE = 4096  # a window that nothing is too late for
SCENE = Scene("cpus", "", (SIZE,), both_ways=False)
MINE, THEIRS = "10.1.0.0/24", "10.128.0.0/24"
WINDOW = "replay-window 64"  # as bench.py has it
WORDS = (f"count {PACKETS}", f"pkt_size {SIZE + 42}", "flag QUEUE_MAP_CPU", "clone_skb 0", "delay 0", "burst 1",
         "dst_mac 02:00:00:00:00:02", "src_min 10.1.0.2", "src_max 10.1.0.2", "udp_src_min 9", "udp_src_max 9",
         "udp_dst_min 9", "udp_dst_max 9")


class Faults(list):
    def same(self, got, wanted, what):
        if got != wanted:
            self.append(f"{what}: {got}, should be {wanted}")

    def point(self, what):
        print(f"{'not ' if self else ''}ok {what}")
        for fault in self:
            print("  " + fault[:300])
        sys.stdout.flush()


def pktgen(net, cpus):
    """Each of the first processors sends its flow; seconds that it took."""
    def tell(file, *words):
        for word in words:
            with open("/proc/net/pktgen/" + file, "w") as f:
                f.write(word + "\n")

    with bench.within(net.src):
        for cpu in range(os.cpu_count()):
            tell(f"kpktgend_{cpu}", "rem_device_all")
        for cpu in range(cpus):
            tell(f"kpktgend_{cpu}", f"add_device s0@{cpu}")
            tell(f"s0@{cpu}", *WORDS, f"dst_min 10.128.0.{cpu}", f"dst_max 10.128.0.{cpu}")
        tell("pgctrl", "start")
        took = []
        for cpu in range(cpus):
            with open(f"/proc/net/pktgen/s0@{cpu}") as f:
                took.append(int(f.read().partition("Result: OK: ")[2].partition("(")[0]) / 1e6)
    return max(took)


def tunnel(net, how, window=64, sas=1):
    """One SA for all flows, or one for each. how: who is gateway 1, and who is gateway 2."""
    if sas == 1:
        policies = [(1, MINE, THEIRS)]
    else:
        policies = [(i + 1, MINE, f"10.128.0.{i}/32") for i in range(sas)]
    for g, who in enumerate(how):
        if who == "espgw":
            run(net.gateways[g], TOOL, "dev", "attach", "wan")
        lines = (line.replace(WINDOW, f"replay-window {window}") for _, line in bench.LOADERS[who][0](net, SCENE, g, sas, policies))
        bench.load(net, who, g, lines)


def late(net, how):
    """How many packets gateway 2 has dropped for their numbers, and how many for anything else."""
    if how[1] == "espgw":
        drops = {k: v for k, v in json.loads(run(net.g2, TOOL, "-j", "stats", "show"))[0].items() if k.startswith("drop_") and v}
        return drops.pop("drop_in_replay", 0), drops
    stat = dict(line.split() for line in run(net.g2, "cat", "/proc/net/xfrm_stat").splitlines())
    stat = {k: int(v) for k, v in stat.items() if int(v)}
    return stat.pop("XfrmInStateSeqError", 0), stat


def queues(net):
    """Packets by each queue of the WAN device."""
    said = run(net.g1, "tc", "-s", "class", "show", "dev", "wan")
    return sorted(int(n) for n in re.findall(r"^class mq .*\n Sent \d+ bytes (\d+) pkt", said, re.M))


def overtaken(net, f, how, window):
    """The share of packets that came too late; each of the rest has to have arrived."""
    tunnel(net, how, window)
    pktgen(net, CPUS)  # neighbours, routes, caches
    run(net.g1, "tc", "qdisc", "replace", "dev", "wan", "root", "handle", "1:", "mq")
    arrived, (dropped, others) = counters(net.dst, "d0")["rx_packets"], late(net, how)
    pktgen(net, CPUS)
    arrived = counters(net.dst, "d0")["rx_packets"] - arrived
    now, now_others = late(net, how)
    dropped, sent = now - dropped, CPUS * PACKETS
    what = f"{how[0]} to {how[1]}, window {window}"
    print(f"  {what}: {dropped} of {sent} too late")
    f.same(arrived + dropped, sent, f"{what}: arrived, or dropped for their numbers")
    f.same(now_others, others, f"{what}: dropped for anything else")
    f.same(queues(net), [PACKETS] * CPUS, f"{what}: packets by each queue")
    if how[0] == "espgw":
        sa = json.loads(run(net.g1, TOOL, "-j", "-s", "sa", "show"))[0]
        f.same(sa["seq"], 2 * sent, f"{what}: the SA's last number")
    run(net.g1, "tc", "qdisc", "del", "dev", "wan", "root")
    net.end()
    return dropped / sent


def in_order(net):
    for receiver, window in itertools.product(("xfrm", "espgw"), (32, 64)):
        f = Faults()
        share = {sender: overtaken(net, f, (sender, receiver), window) for sender in ("xfrm", "espgw")}
        if share["espgw"] > 2 * share["xfrm"] + 0.005:
            f.append(f"too late: {share['espgw']:.2%} of espgw's packets, {share['xfrm']:.2%} of xfrm's")
        f.point(f"{CPUS} processors and queues, one SA, {receiver}'s window of {window}: all arrive or are counted as late, "
                "no more of them than of xfrm's")
    for receiver in "xfrm", "espgw":
        f = Faults()
        share = overtaken(net, f, ("espgw", receiver), LARGE)
        f.same(share < 0.001, True, f"{share:.3%} too late")
        f.point(f"{receiver}'s window of {LARGE}: none is too late, so no number was there twice")


def scales(net):
    """Packets a second by one processor and by all, by one SA and by one for each: told, since it is time."""
    f, told = Faults(), {}
    for who, sas in itertools.product(("plain", "xfrm", "espgw"), (1, CPUS)):
        if who == "plain" and sas > 1:
            continue
        if who != "plain":
            tunnel(net, (who, who), LARGE, sas)
        for cpus in (1, 2, CPUS):
            best = min(pktgen(net, cpus) for _ in range(3))
            told[who, sas, cpus] = cpus * PACKETS / best
        f.same(min(told[who, sas, c] for c in (1, 2, CPUS)) > 0, True, "packets a second")
        net.end()
    print("  packets a second, by one processor; by two; by all")
    for who, sas in (("plain", 1), ("xfrm", 1), ("xfrm", CPUS), ("espgw", 1), ("espgw", CPUS)):
        rates = [told[who, sas, c] for c in (1, 2, CPUS)]
        print(f"  {who + (f', {sas} SA' if who != 'plain' else ''):12} " + " ".join(f"{r:8,.0f} ({r / rates[0]:.2f})" for r in rates))


def one_by_one(net):
    """Each processor sends by its queue, and gateway 2 receives from that one after each packet."""
    for cpu in range(CPUS):
        run(None, "ip", "netns", "exec", net.g1, "sh", "-c", f"echo {1 << cpu:x} >/sys/class/net/wan/queues/tx-{cpu}/xps_cpus")
    # So veth has a reception of its own for each queue, beside that of all devices.
    run(net.g1, "ethtool", "-K", "wan", "tso", "off")
    run(net.g2, "ethtool", "-K", "wan", "gro", "on")
    return bench.setting("net/core/dev_weight", 1)


def main():
    bench.prepare()
    with bench.long_backlog(), bench.Net(4, queues=CPUS) as net:
        with one_by_one(net):
            in_order(net)
        if "scales" in sys.argv:
            scales(net)


main()
