#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: report.py RAW RUNS PACKETS KERNEL [DIR]

Prints what bench.sh measured as a table, judges it, and writes DIR/bench.json and DIR/bench.svg.  RAW has lines
"how part payload figure"; of several the median counts.
"""

import json
import os
import statistics
import sys
from xml.sax.saxutils import escape

LIMITS = {64: 0.40, 1400: 0.55}  # payload: espgw's cost beyond plain forwarding, at most this much of xfrm's
ADOPTED_LIMIT = 1.15  # what a packet costs, keyed by xfrm and with an interface, of what it does with keys by hand
ADOPTED_LIMITED = (64, 1400)
PARTS = {"whole": "encrypt and decrypt", "encrypt": "encrypt only"}
ALL_PARTS = [*PARTS, "tcp"]


def medians(path):
    samples = {}
    with open(path) as f:
        for line in f:
            how, part, size, figure = line.split()
            samples.setdefault((part, int(size), how), []).append(int(figure))
    return {key: statistics.median(values) for key, values in samples.items()}, samples


def rows_of(median):
    rows = []
    for part in ALL_PARTS:
        for size in sorted({size for p, size, _ in median if p == part}):
            plain, xfrm, espgw, adopted = (median[part, size, how] for how in ("plain", "xfrm", "espgw", "adopted"))
            limit = LIMITS.get(size) if part == "whole" else None
            ratio = (espgw - plain) / (xfrm - plain)
            dearer = adopted / espgw
            bound = ADOPTED_LIMIT if part == "whole" and size in ADOPTED_LIMITED else None
            rows.append({"part": part, "payload_bytes": size, "plain": plain, "xfrm": xfrm, "espgw": espgw,
                         "adopted": adopted, "adopted_ratio": round(dearer, 4), "adopted_limit": bound,
                         "adopted_pass": None if bound is None else dearer <= bound,
                         "xfrm_beyond_plain": xfrm - plain, "espgw_beyond_plain": espgw - plain,
                         "ratio": round(ratio, 4), "limit": limit, "pass": None if limit is None else ratio <= limit})
    return rows


def table(rows):
    lines = []
    for part, title in PARTS.items():
        lines += [f"Instructions a packet, AES-128-GCM, {title}:", "",
                  "UDP payload |   plain    xfrm   espgw | beyond plain:  |  espgw/xfrm",
                  "    (bytes) |                         |  xfrm   espgw  |",
                  "------------+-------------------------+----------------+---------------------"]
        for r in (r for r in rows if r["part"] == part):
            verdict = ""
            if r["limit"] is not None:
                verdict = f"  {'PASS' if r['pass'] else 'FAIL'}, limit {r['limit']:.2f}"
            mark = "*" if r["payload_bytes"] > 1418 else " "
            lines.append(f"{r['payload_bytes']:10}{mark} |{r['plain']:8.0f}{r['xfrm']:8.0f}{r['espgw']:8.0f} |"
                         f"{r['xfrm_beyond_plain']:7.0f}{r['espgw_beyond_plain']:8.0f} |{r['ratio']:6.2f}{verdict}")
        lines.append("")
        lines += [f"The same, keyed by xfrm, into an interface and out of one ({title}):", "",
                  "UDP payload | by hand adopted | beyond plain: | adopted/by hand",
                  "    (bytes) |                 |     adopted   |",
                  "------------+-----------------+---------------+---------------------"]
        for r in (r for r in rows if r["part"] == part):
            verdict = ""
            if r["adopted_limit"] is not None:
                verdict = f"  {'PASS' if r['adopted_pass'] else 'FAIL'}, limit {r['adopted_limit']:.2f}"
            lines.append(f"{r['payload_bytes']:10}  |{r['espgw']:8.0f}{r['adopted']:8.0f} |"
                         f"{r['adopted'] - r['plain']:14.0f} |{r['adopted_ratio']:6.3f}{verdict}")
        lines.append("")
    for r in (r for r in rows if r["part"] == "tcp"):
        lines += ["Instructions a KiB of one TCP stream, receive offload on:", "",
                  f"    plain {r['plain']:.0f}, xfrm {r['xfrm']:.0f}, espgw {r['espgw']:.0f}, adopted {r['adopted']:.0f}; "
                  f"beyond plain: xfrm {r['xfrm_beyond_plain']:.0f}, espgw {r['espgw_beyond_plain']:.0f}: {r['ratio']:.2f}", ""]
    lines += ["* Too big when encrypted: xfrm fragments it after encryption and the peer",
              "  reassembles it; espgw makes two packets of it before encryption."]
    return "\n".join(lines)


def svg(rows, kernel):
    """Bars of what a packet costs beyond plain forwarding."""
    width, height, left, top, plot_h = 760, 420, 80, 70, 270
    shown = [r for r in rows if r["part"] == "whole"]
    highest = max(r["xfrm_beyond_plain"] for r in shown)
    step = next(s for s in (1000, 2000, 5000, 10000, 20000, 50000, 10 ** 9) if highest / s <= 8)
    ceiling = (highest // step + 1) * step
    colour = {"xfrm": "#9aa5b1", "espgw": "#1f6feb"}

    def y(value):
        return top + plot_h - plot_h * value / ceiling

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="26" font-size="17" font-weight="bold">'
           'Cost of encryption and decryption beyond plain forwarding</text>',
           f'<text x="{left}" y="46" fill="#555">AES-128-GCM, IPv4, ESP tunnel mode; '
           f'executed instructions a packet, Linux {escape(kernel)}</text>']
    value = 0
    while value <= ceiling:
        out += [f'<line x1="{left}" x2="{width - 20}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>',
                f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#555">{value:,.0f}</text>']
        value += step
    out.append(f'<text transform="translate(18 {top + plot_h / 2}) rotate(-90)" text-anchor="middle" fill="#555">'
               'instructions a packet</text>')
    group = (width - 20 - left) / len(shown)
    bar = group * 0.3
    for i, r in enumerate(shown):
        middle = left + group * (i + 0.5)
        for how, x in (("xfrm", middle - bar - 2), ("espgw", middle + 2)):
            v = r[how + "_beyond_plain"]
            out += [f'<rect x="{x:.1f}" y="{y(v):.1f}" width="{bar:.1f}" height="{top + plot_h - y(v):.1f}" '
                    f'fill="{colour[how]}"/>',
                    f'<text x="{x + bar / 2:.1f}" y="{y(v) - 5:.1f}" text-anchor="middle">{v:,.0f}</text>']
        size = f"{r['payload_bytes']} bytes" + (" (fragmented)" if r["payload_bytes"] > 1418 else "")
        out += [f'<text x="{middle:.1f}" y="{top + plot_h + 20}" text-anchor="middle">{size}</text>',
                f'<text x="{middle:.1f}" y="{top + plot_h + 38}" text-anchor="middle" fill="#555">'
                f'ratio {r["ratio"]:.2f}</text>']
    out.append(f'<text x="{left + group * len(shown) / 2:.1f}" y="{top + plot_h + 62}" text-anchor="middle" '
               'fill="#555">UDP payload</text>')
    for i, (how, name) in enumerate((("xfrm", "kernel xfrm"), ("espgw", "espgw"))):
        x = width - 230 + i * 120
        out += [f'<rect x="{x}" y="{height - 24}" width="12" height="12" fill="{colour[how]}"/>',
                f'<text x="{x + 18}" y="{height - 13}">{name}</text>']
    out.append("</svg>")
    return "\n".join(out) + "\n"


def main():
    raw, runs, packets, kernel = sys.argv[1:5]
    directory = sys.argv[5] if len(sys.argv) > 5 else ""
    median, samples = medians(raw)
    rows = rows_of(median)
    print(table(rows))
    if directory:
        with open(os.path.join(directory, "bench.json"), "w") as f:
            json.dump({"kernel": kernel, "unit": "instructions a packet", "algorithm": "rfc4106(gcm(aes)), 128-bit key",
                       "runs": int(runs), "packets_a_run": int(packets), "rows": rows,
                       "samples": [{"how": h, "part": p, "payload_bytes": s, "figures": v}
                                   for (p, s, h), v in samples.items()]}, f, indent=1)
            f.write("\n")
        with open(os.path.join(directory, "bench.svg"), "w") as f:
            f.write(svg(rows, kernel))
    failed = [r for r in rows if r["pass"] is False]
    print("FAIL: espgw costs more than its limit beside xfrm" if failed else
          "PASS: espgw's cost beyond plain forwarding is within its limits beside xfrm")
    dearer = [r for r in rows if r["adopted_pass"] is False]
    print("FAIL: keyed by xfrm, with an interface, a packet costs more than its limit beside keys by hand" if dearer else
          "PASS: keyed by xfrm, with an interface, a packet costs what it does with keys by hand, within the limit")
    return 1 if failed or dearer else 0


if __name__ == "__main__":
    sys.exit(main())
