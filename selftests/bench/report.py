#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: report.py table FILE | report.py keep FILE | report.py compare FILE

table: prints what bench.py measured, and judges it: the exit status says whether espgw stays within its limits
keep: puts it into results/, by the kernel's series, and what is there into the README and its picture
compare: judges by what is kept of the same series; speaks KTAP
"""

import glob
import json
import os
import re
import sys
import time
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from scenes import SCENES  # noqa: E402

LIMITS = {64: 0.40, 1400: 0.55}  # payload: espgw's cost beyond plain forwarding, at most this much of xfrm's
ADOPTED_LIMIT = 3500  # instructions that a packet costs more, keyed by xfrm and with an interface: the stack's way through it
WORSE = 1.03  # a ratio to xfrm's cost is worse than what was kept
WORSE_TCP = 1.06  # likewise of TCP; xfrm's transfers differ by 2 % from one to the next
NAMES = {"hook": "empty hook", "xfrm": "kernel xfrm", "wireguard": "WireGuard", "espgw": "espgw",
         "adopted": "espgw, keyed by IKE, with an interface"}
COLOURS = {"xfrm": "#9aa5b1", "wireguard": "#c9a227", "espgw": "#1f6feb"}
TOO_BIG = 1444

# What having many takes: part of a line, its scene, how it is called.
LOADED = (
    ("sa", "instructions", "an SA is loaded: instructions"),
    ("sa", "user", "of them in user space, about"),
    ("policy", "instructions", "a policy is loaded: instructions"),
    ("sa", "memory", "memory of an SA, bytes"),
    ("sa", "percpu", "of them for each processor"),
    ("policy", "memory", "memory of a policy, bytes"),
)


def title(line):
    scene = next(s for s in SCENES if s.name == line["scene"])
    size = line["size"]
    if scene.kind == "tcp":
        return f"a KiB of TCP, {size} stream{'s' if size > 1 else ''}, with receive offload"
    if scene.kind == "scale":
        way = ", encrypt only" if line["part"] == "encrypt" else ""
        return f"64 bytes{way}, random flows among {size:,} SAs and policies" if size > 1 else f"64 bytes{way}, an SA and a policy"
    if scene.kind == "ping" or not size:
        return scene.title
    return f"{scene.title}, {size} bytes" + (", too big when encrypted" if size == TOO_BIG else "")


class Result:
    def __init__(self, path):
        with open(path) as f:
            self.document = json.load(f)
        self.kernel = self.document["kernel"]
        self.date = self.document.get("date") or time.strftime("%Y-%m-%d")
        self.series = re.match(r"\d+\.\d+", self.kernel)[0]
        self.lines = self.document["lines"]
        self.by = {(line["scene"], line["part"], line["size"]): line for line in self.lines}

    def packets(self, part="whole"):
        """Lines of packets: those that are forwarded plainly, too."""
        return [line for line in self.lines if line["part"] == part and "plain" in line]


def beyond(line, how):
    return line[how] - line["plain"] if line and how in line and "plain" in line else None


def ratio(line):
    xfrm, espgw = beyond(line, "xfrm"), beyond(line, "espgw")
    return espgw / xfrm if xfrm and espgw is not None else None


def figure(value, form="{:,.0f}"):
    return "–" if value is None else form.format(value)


def limits(result):
    """(line, what is said of it, whether it is kept) for each that has a limit."""
    for line in result.packets():
        size = line["size"]
        if line["scene"] != "gcm" or size not in LIMITS:
            continue
        if ratio(line) is not None:
            yield line, f"{ratio(line):.2f} of xfrm's cost, limit {LIMITS[size]:.2f}", ratio(line) <= LIMITS[size]
        if "adopted" in line and "espgw" in line:
            dearer = line["adopted"] - line["espgw"]
            yield line, f"keyed by xfrm {dearer:,} more than by hand, limit {ADOPTED_LIMIT:,}", dearer <= ADOPTED_LIMIT


def of_xfrm(scene, size):
    return lambda result: ratio(result.by.get((scene, "whole", size)))


def beyond_hook(scene):
    def f(result):
        line = result.by.get((scene, "whole", 64))
        return line["espgw"] - line["hook"] if line else None
    return f


def of_one(scene, part, size):
    def f(result):
        cost = [beyond(result.by.get((scene, part, n)), "espgw") for n in (size, 1)]
        return cost[0] / cost[1] if None not in cost else None
    return f


def loaded(what, part, how="espgw"):
    def f(result):
        line = result.by.get((what, part, 10000))
        return line[how] if line and how in line else None
    return f


# What was to be reached: how it is called and measured, the limit, how it is written, and what bounds it.
GOALS = (
    ("64 bytes, of xfrm's cost", of_xfrm("gcm", 64), 0.28, "{:.2f}",
     "two calls of the cipher are 0.17 of it, netfilter's way to the hooks 0.02; the rest is asked of each packet: covered, "
     "fits, by which route, new, may it arrive. What a flow has in common is kept per CPU"),
    ("1400 bytes", of_xfrm("gcm", 1400), 0.44, "{:.2f}", "the cipher is 0.36 of it"),
    ("1444 bytes, too big when encrypted", of_xfrm("gcm", 1444), 0.60, "{:.2f}",
     "four calls of the cipher 0.34, the second packet's own way through two hosts 0.12, memory and copy for the first 0.03. "
     "The last piece stays in place; netfilter's hook hands on one packet, so one transmission for both is not to be had"),
    ("a KiB of TCP, with receive offload", of_xfrm("tcp", 1), 0.58, "{:.2f}",
     "the cipher 0.34; memory for segments 0.09, three quarters of it clearing pages (`init_on_alloc`); copy and checksum "
     "0.04; receive offload 0.05"),
    ("100 pairs of prefix lengths, each packet a new flow", of_xfrm("lengths", 64), 0.35, "{:.2f}",
     "0.34 for packets of a flow that was seen before; a lookup in each direction, 290 instructions each, is the rest"),
    ("random flows among 10,000 SAs, of one SA's cost", of_one("scale", "whole", 10000), 1.05, "{:.2f}",
     "xfrm's is 1.05; nothing that is kept is of use, and with one SA it is"),
    ("random flows among 100,000 SAs, encrypt only", of_one("scale-out", "encrypt", 100000), 1.05, "{:.2f}", "the same"),
    ("no policy covers it: leaving, beyond an empty hook, instructions", beyond_hook("passed-out"), 100, "{:,.0f}", ""),
    ("arriving", beyond_hook("passed-in"), 100, "{:,.0f}", ""),
    ("an SA is loaded, instructions; limit: xfrm's", loaded("sa", "instructions"), loaded("sa", "instructions", "xfrm"),
     "{:,.0f}", ""),
    ("memory of an SA, bytes", loaded("sa", "memory"), 2048, "{:,.0f}",
     "the kernel's transform 1,024, the SA itself 1,024, its path 512, counters 68 for each processor, keys 64"),
    ("memory of a policy, bytes", loaded("policy", "memory"), 410, "{:,.0f}", ""),
)


def goals(result):
    out = [["What was to be reached", "limit", result.series, "what bounds it"], ["---", "---:", "---:", "---"]]
    for name, measure_, limit, form, why in GOALS:
        value, limit = measure_(result), limit(result) if callable(limit) else limit
        reached = value is not None and limit is not None and float(form.format(value).replace(",", "")) <= limit
        out.append([name, figure(limit, form), f"**{figure(value, form)}**" if reached else figure(value, form),
                    "reached" if reached else why])
    return rows(out)


def table(result):
    hows = [how for how in NAMES if any(how in line and "plain" in line for line in result.lines)]
    print(f"Instructions beyond plain forwarding, Linux {result.kernel}, {result.date}:\n")
    for part, what in (("whole", "encrypt and decrypt"), ("encrypt", "encrypt only")):
        if result.packets(part):
            print(f"{what:66} {'plain':>8}" + "".join(f" {how:>10}" for how in hows) + "   espgw/xfrm")
        for line in result.packets(part):
            print(f"{title(line):66} {line['plain']:8,}" + "".join(f" {figure(beyond(line, how)):>10}" for how in hows) +
                  f" {figure(ratio(line), '{:.2f}'):>12}")
        print()
    for scene, part, what in LOADED:
        for line in (line for line in result.lines if (line["scene"], line["part"]) == (scene, part)):
            print(f"of {line['size']:,}, {what:56} " + ", ".join(f"{how} {line[how]:,}" for how in ("xfrm", "espgw") if how in line))
    failed = False
    for line, text, kept in limits(result):
        print(f"{'PASS' if kept else 'FAIL'}: {title(line)}: {text}")
        failed |= not kept
    return failed


# -- the README -------------------------------------------------------------------------------------------------------

def rows(cells):
    return ["| " + " | ".join(cell) + " |" for cell in cells]


def readme_of(result, others):
    hows = "xfrm", "wireguard", "espgw"
    head = ["AES-128-GCM, where nothing is said", *(NAMES[how] for how in hows), f"espgw / xfrm, {result.series}",
            *(o.series for o in others), NAMES["adopted"]]
    apart = {"scale", "scale-out", "passed-out", "passed-in"}
    out = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for line in (line for line in result.packets() if line["scene"] not in apart):
        key = line["scene"], line["part"], line["size"]
        out.append([title(line), *(figure(beyond(line, how)) for how in hows), figure(ratio(line), "{:.2f}"),
                    *(figure(ratio(o.by.get(key)), "{:.2f}") for o in others), figure(beyond(line, "adopted"))])
    text = rows(out) + ["", "![Instructions a packet, espgw beside kernel xfrm and WireGuard](Documentation/bench.svg)", ""]

    out = [["", NAMES["xfrm"], NAMES["espgw"]], ["---", "---:", "---:"]]
    for line in (line for line in result.packets() if line["scene"].startswith("passed")):
        hook = f" (an empty hook costs {figure(beyond(line, 'hook'))})" if "hook" in line else ""
        out.append([title(line) + hook, figure(beyond(line, "xfrm")), figure(beyond(line, "espgw"))])
    for scene, part, what in LOADED:
        for line in (line for line in result.lines if (line["scene"], line["part"]) == (scene, part)):
            out.append([f"of {line['size']:,}, {what}", *(figure(line.get(how)) for how in ("xfrm", "espgw"))])
    for line in (line for line in result.lines if line["scene"].startswith("scale") and line["size"] > 1):
        one = result.by.get((line["scene"], line["part"], 1))
        out.append([title(line) + ": its cost, of that with one SA",
                    *(figure(beyond(line, how) / beyond(one, how) if beyond(line, how) and beyond(one, how) else None, "{:.2f}")
                      for how in ("xfrm", "espgw"))])
    text += rows(out) + [""] + goals(result) + [""]
    kernels = " and ".join(f"{r.kernel} of {r.date}" for r in (result, *others))
    text += [f"Debian's {kernels}, in QEMU, one CPU; each figure the median of at most {result.document['samples_at_most']}. The cipher",
             f"itself is some 3,500 of these instructions at 64 bytes. Where {TOO_BIG} bytes are too big xfrm sends one packet in",
             "fragments that the peer reassembles, espgw two packets; WireGuard is measured with what fits its device, of MTU 1440.",
             "What the interface of the last column [costs](Documentation/ike.md#what-the-interface-costs) is the stack's way into",
             "it and out of it. By two processors espgw carries 1.7 to 2.0 times as much, [by one SA or",
             "several](Documentation/testing.md#what-a-packet-costs); with four and a queue for each, one SA's packets stay in order",
             "as far as a window of 32 or 64 asks (`make cpus`)."]
    return "\n".join(text)


def svg(result):
    """Bars of what a packet costs beyond plain forwarding."""
    width, height, left, top, plot_h = 760, 430, 80, 70, 270
    shown = [line for line in result.packets() if line["scene"] == "gcm"]
    hows = [how for how in COLOURS if any(how in line for line in shown)]
    highest = max(beyond(line, how) or 0 for line in shown for how in hows)
    step = next(s for s in (1000, 2000, 5000, 10000, 20000, 50000, 10 ** 9) if highest / s <= 8)
    ceiling = (highest // step + 1) * step

    def y(value):
        return top + plot_h - plot_h * value / ceiling

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="26" font-size="17" font-weight="bold">'
           'Cost of encryption and decryption beyond plain forwarding</text>',
           f'<text x="{left}" y="46" fill="#555">AES-128-GCM (WireGuard: ChaCha20-Poly1305), IPv4; executed instructions</text>',
           f'<text x="{left}" y="{height - 9}" fill="#555">Linux {escape(result.kernel)}, {result.date}</text>']
    for value in range(0, int(ceiling) + 1, step):
        out += [f'<line x1="{left}" x2="{width - 20}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>',
                f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#555">{value:,.0f}</text>']
    out.append(f'<text transform="translate(18 {top + plot_h / 2}) rotate(-90)" text-anchor="middle" fill="#555">'
               'instructions a packet</text>')
    group = (width - 20 - left) / len(shown)
    bar = group * 0.84 / len(hows)
    for i, line in enumerate(shown):
        middle = left + group * (i + 0.5)
        for j, how in enumerate(hows):
            v, x = beyond(line, how), middle + (j - len(hows) / 2) * bar
            if v is None:
                continue
            out += [f'<rect x="{x + 1:.1f}" y="{y(v):.1f}" width="{bar - 2:.1f}" height="{top + plot_h - y(v):.1f}" '
                    f'fill="{COLOURS[how]}"/>',
                    f'<text x="{x + bar / 2:.1f}" y="{y(v) - 5:.1f}" text-anchor="middle" font-size="12">{v:,.0f}</text>']
        size = f"{line['size']} bytes" + (" (too big)" if line["size"] == TOO_BIG else "")
        out += [f'<text x="{middle:.1f}" y="{top + plot_h + 20}" text-anchor="middle">{size}</text>',
                f'<text x="{middle:.1f}" y="{top + plot_h + 38}" text-anchor="middle" fill="#555">'
                f'espgw / xfrm {figure(ratio(line), "{:.2f}")}</text>']
    out.append(f'<text x="{left + group * len(shown) / 2:.1f}" y="{top + plot_h + 62}" text-anchor="middle" '
               'fill="#555">UDP payload</text>')
    for i, how in enumerate(hows):
        x = width - 20 - 120 * (len(hows) - i)
        out += [f'<rect x="{x}" y="{height - 20}" width="12" height="12" fill="{COLOURS[how]}"/>',
                f'<text x="{x + 18}" y="{height - 9}">{NAMES[how]}</text>']
    out.append("</svg>")
    return "\n".join(out) + "\n"


def write(path, document):
    """A line of the file for each line."""
    head = "".join(f' "{k}": {json.dumps(v)},\n' for k, v in document.items() if k != "lines")
    with open(path, "w") as f:
        f.write("{\n" + head + ' "lines": [\n  ' + ",\n  ".join(map(json.dumps, document["lines"])) + "\n ]\n}\n")


def kept(series):
    return os.path.join(HERE, "results", series + ".json")


def keep(result):
    os.makedirs(os.path.dirname(kept(result.series)), exist_ok=True)
    # Where instructions are counted the guest's clock runs as it likes, so the day is ours.
    write(kept(result.series), {"kernel": result.kernel, "date": result.date, **result.document})
    results = sorted((Result(p) for p in glob.glob(kept("*"))), key=lambda r: [int(n) for n in r.series.split(".")])
    with open(os.path.join(TOP, "Documentation/bench.svg"), "w") as f:
        f.write(svg(results[0]))
    readme = os.path.join(TOP, "README.md")
    with open(readme) as f:
        before, _, after = f.read().split("<!-- bench -->\n")
    with open(readme, "w") as f:
        f.write(f"{before}<!-- bench -->\n{readme_of(results[0], results[1:])}\n<!-- bench -->\n{after}")


def compare(result):
    """A point for each line; a line that was not measured has failed."""
    if not os.path.exists(kept(result.series)):
        print(f"1..0 # SKIP no figures are kept of Linux {result.series}")
        return False
    old = Result(kept(result.series))
    print("KTAP version 1")
    print(f"# espgw's cost of xfrm's, {result.kernel}; kept: {old.kernel}, {old.date}")
    bad = points = 0
    for line in result.packets():
        now, was = ratio(line), ratio(old.by.get((line["scene"], line["part"], line["size"])))
        worse = WORSE_TCP if line["scene"].startswith("tcp") else WORSE
        ok = now is not None and was is not None and now <= was * worse
        points, bad = points + 1, bad + (not ok)
        print(f"{'ok' if ok else 'not ok'} {points} {title(line)}: {figure(now, '{:.3f}')}, kept {figure(was, '{:.3f}')}")
    print(f"1..{points}")
    return bad > 0


def main():
    what, path = sys.argv[1:]
    result = Result(path)
    if what == "keep":
        keep(result)
        return 0
    return int({"table": table, "compare": compare}[what](result))


if __name__ == "__main__":
    sys.exit(main())
