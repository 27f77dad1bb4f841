# SPDX-License-Identifier: GPL-2.0
"""What the tool prints in JSON is what its schema says.

judged() has every JSON pass that a test gets, so that all of the suite judges the schema, and the schema all that the
tool prints.  Of JSON Schema there is what that schema uses, and nothing else: an unknown word is an error.
"""

import functools
import json
import os
import re

# Of an array as long as that no more rows are looked at, evenly: a machine that is emulated has other things to do.
ROWS = 300
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}
NOTES = {"$schema", "title", "description", "$defs"}


class Refused(Exception):
    """Something is not what the schema says."""


class Schema:
    def __init__(self, schema):
        self.defs = schema.get("$defs", {})
        self.made = {}
        self.seen = set()  # shapes that something had
        self.all = {name for name in self.defs if re.match("(row|event|change)-", name)}
        for name in self.defs:
            self.named(name)
        self.top = self.make({k: v for k, v in schema.items() if k not in NOTES})

    def named(self, name):
        """Compiled when it is needed: they may refer to each other."""
        if name not in self.defs:
            raise KeyError(f"the schema has no {name}")
        if name not in self.made:
            self.made[name] = None
            self.made[name] = self.make(self.defs[name])
        return self.made[name]

    def make(self, schema):
        """A function that says what is wrong with a value: None or a text."""
        parts = [getattr(self, "make_" + re.sub(r"\W", "", word))(value, schema) for word, value in schema.items()
                 if word not in ("additionalProperties", "required")]
        if schema.keys() & {"additionalProperties", "required"} and "properties" not in schema:
            raise KeyError("required and additionalProperties go with properties")
        if len(parts) == 1:
            return parts[0]

        def judge(value):
            for part in parts:
                wrong = part(value)
                if wrong:
                    return wrong
            return None

        return judge

    def make_ref(self, ref, _):
        name = ref.removeprefix("#/$defs/")
        self.named(name)

        def judge(value):
            wrong = self.made[name](value)
            if not wrong and name in self.all:
                self.seen.add(name)
            return wrong and f"{name}: {wrong}"

        return judge

    def make_type(self, name, _):
        kind, boolean = TYPES[name], name == "boolean"
        return lambda value: None if isinstance(value, kind) and isinstance(value, bool) == boolean else f"{value!r} is no {name}"

    def make_enum(self, words, _):
        allowed = {(type(w), w) for w in words}
        return lambda value: None if not isinstance(value, (dict, list)) and (type(value), value) in allowed else \
            f"{value!r} is none of {', '.join(map(str, words))}"

    def make_const(self, word, _):
        return self.make_enum([word], _)

    def make_anyOf(self, parts, _):  # pylint: disable=invalid-name
        judges = [self.make(part) for part in parts]

        def judge(value):
            wrong = []
            for part in judges:
                wrong.append(part(value))
                if not wrong[-1]:
                    return None
            # Of rows the one that is meant says most.
            object_ = value.get("object") if isinstance(value, dict) else None
            near = [w for w in wrong if object_ and f"-{object_}:" in w]
            return (near or ["; ".join(wrong)])[0]

        return judge

    def make_pattern(self, pattern, _):
        found = re.compile(re.sub(r"\$$", r"\\Z", pattern)).search  # an end of line is not the end
        return lambda value: None if not isinstance(value, str) or found(value) else f"{value!r} is not {pattern}"

    def make_minimum(self, least, _):
        return lambda value: f"{value} is less than {least}" if isinstance(value, (int, float)) and value < least else None

    def make_maximum(self, most, _):
        return lambda value: f"{value} is more than {most}" if isinstance(value, (int, float)) and value > most else None

    def make_minLength(self, least, _):  # pylint: disable=invalid-name
        return lambda value: f"{value!r} is too short" if isinstance(value, str) and len(value) < least else None

    def make_maxLength(self, most, _):  # pylint: disable=invalid-name
        return lambda value: f"{value!r} is too long" if isinstance(value, str) and len(value) > most else None

    def make_items(self, part, _):
        judge_one = self.make(part)

        def judge(value):
            if not isinstance(value, list):
                return None
            for i in range(0, len(value), max(1, len(value) // ROWS)):
                wrong = judge_one(value[i])
                if wrong:
                    return f"[{i}]: {wrong}"
            return None

        return judge

    def make_properties(self, properties, schema):
        judges = {key: self.make(part) for key, part in properties.items()}
        required = schema.get("required", [])
        if schema.get("additionalProperties") is not False or not set(required) <= set(properties):
            raise KeyError("a key that is not in properties")

        def judge(value):
            if not isinstance(value, dict):
                return None
            for key in required:
                if key not in value:
                    return f"{key} is missing"
            for key, part in value.items():
                one = judges.get(key)
                if not one:
                    return f"{key} is no key of it"
                wrong = one(part)
                if wrong:
                    return f"{key}: {wrong}"
            return None

        return judge

    def judge(self, name, value):
        """name: of what is in $defs; None: of any."""
        wrong = self.make_ref(name, None)(value) if name else self.top(value)
        if wrong:
            raise Refused(wrong)
        return value

    def output(self, command):
        """What in $defs a command prints; a command without words is what it is called."""
        words = command.split()
        return next((name for name in ("-".join(words[:2]), words[0]) if name in self.defs), "-".join(words[:2]))


@functools.lru_cache(None)
def schema():
    """The tool's; None where tests have been installed without it."""
    path = os.environ.get("ESPGW_SCHEMA")
    if not path:
        return None
    with open(path) as f:
        return Schema(json.load(f))


def judged(command, text):
    """What a command printed, which is JSON that the schema allows, is given back as what it says.

    A command as it is typed: "sa show spi 0x100", or what its lines are: "monitor", "status-line", "mss-listen".
    """
    value = json.loads(text)
    s = schema()
    if s:
        try:
            s.judge(s.output(command), value)
        except Refused as e:
            raise Refused(f"espgw -j {command}: {e}") from None
    return value
