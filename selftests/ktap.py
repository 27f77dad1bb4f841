# SPDX-License-Identifier: GPL-2.0
"""Counts the test points in KTAP output, and trusts nothing that is not there: a plan without its points has failed."""

import re

VERSION = re.compile(r"K?TAP version \d+\s*$")
PLAN = re.compile(r"1\.\.(\d+)(?P<skip>\s*# ?SKIP\b.*)?\s*$", re.I)
POINT = re.compile(r"(?P<word>ok|not ok)\b(?:\s+(?P<number>\d+))?(?P<rest>.*)$")
SKIP = re.compile(r"#\s*SKIP\b", re.I)
BAIL = re.compile(r"Bail out!")


class Ktap:
    """Reads one program's output, line by line, which may hold several KTAP documents one after the other.

    Only the outermost level counts: a subtest's points are indented, and its parent's point sums them up.
    """

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.problems = []  # what is wrong beyond the points that say "not ok" themselves
        self.documents = 0
        self._reset()

    def _reset(self):
        self._open = False
        self._plan = None
        self._points = 0

    def _problem(self, text, count=1):
        self.problems.append(text)
        self.failed += count

    def _close(self):
        if not self._open:
            return
        if self._plan is None:
            self._problem(f"no plan after {self._points} points: ended early?")
        elif self._points < self._plan:
            self._problem(f"only {self._points} of {self._plan} planned points", self._plan - self._points)
        elif self._points > self._plan:
            self._problem(f"{self._points} points, but {self._plan} planned")
        self._reset()

    def _begin(self):
        if not self._open:
            self._open = True
            self.documents += 1

    def feed(self, line):
        """Takes one line; returns whether it belongs to KTAP (else it is a diagnostic)."""
        line = line.rstrip("\n")
        if VERSION.match(line):
            self._close()
            self._begin()
            return True
        m = PLAN.match(line)
        if m:
            self._begin()
            if self._plan is not None:
                self._problem("a second plan")
            self._plan = int(m[1])
            if self._plan == 0 and m["skip"]:
                self.skipped += 1
            elif self._plan == 0:
                self._problem("an empty plan")
            return True
        m = POINT.match(line)
        if m:
            self._begin()
            self._points += 1
            if m["number"] and int(m["number"]) != self._points:
                self._problem(f"point {m['number']} where {self._points} was due")
            if m["word"] == "not ok":
                self.failed += 1
            elif SKIP.search(m["rest"]):
                self.skipped += 1
            else:
                self.passed += 1
            return True
        if BAIL.match(line):
            self._begin()
            self._problem("bailed out")
            return True
        return line.startswith((" ", "#")) or not line

    def finish(self, status, must_speak=True):
        """Ends the output of a program with this exit status."""
        self._close()
        if not self.documents and must_speak:
            self._problem("no KTAP output")
        if status and not self.failed and not (status == 4 and self.skipped and not self.passed):
            self._problem(f"exit status {status}, though no point failed")
        return self


def counted(passed, failed, skipped):
    """The counts of a part of a run; unlike the last line, which stands alone."""
    return f"pass={passed} fail={failed} skip={skipped}"


def total(passed, failed, skipped):
    """The last line of every run."""
    return f"{passed} passed, {failed} failed, {skipped} skipped"
