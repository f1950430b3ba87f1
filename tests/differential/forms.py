"""Unusual forms of what DVC reads: tags, dates, sets, ordered maps, odd keys, patterns of keys, paths with backslashes."""

import json

YAML = [
    "!!str 5", "!!int '7'", "!!float 7", "!!bool yes", "!!null x", "! 5", "! '5'", "!<tag:yaml.org,2002:int> '5'",
    "!!pairs [a: 1, b: 2]", "!!omap [a: 1, b: x]", "[!!omap [a: 1]]", "[!!binary aGk=]", "[!!set {x}]", "[!!set {}]",
    "[2001-01-01, 2001-12-14t21:59:43.10-05:00]", "[1979-05-27 07:32:00, 2001-01-01T23:59:59.9999999 Z]",
    "{null: 1, a: 2}", "{true: 1}", "{1: 2, 1.5: 3}", "{? [1, a] : 3}", "{2001-01-01: 1}", "{? !!binary aGk= : 1}",
    '"a\\nb"', '{"k\\ny": 1, "c\\r\\nd": 2}', "2001-1-1", "2001-01-01T01:02", "!!seq [1]", "!!map {a: 1}", "[1, {a: 2}, 3]",
    "{a: {a: 1}, b: 2}", "7", "0.5", "{'': 1}", "{0: a, 1: b}", "{5: a}",
]
# DVC prints these in tables, and dies of them in JSON.
NOT_JSON = [
    "2001-01-01", "1979-05-27 07:32:00+00:00", "2001-01-01T01:02:03.5 +5", "2001-12-14 21:59:43-03:30",
    "!!timestamp 2001-1-1", "!!set {x}", "!!set {1, 2, 3}", "!!binary aGk=",
]
BROKEN = ["!mine x", "!!python/tuple [1]", "2001-13-01", "!!int x", "!!bool x", "!!set [a]", "<<", "=", "{? [[1]] : 2}", "a\tb", "!!omap [a: 1, a: 2]"]
PYTHON = [
    "[b'x\\xff', b\"it's\"]", "[1+2j, -1j, 2.5-1j]", "[{1}, set()]", "{(1, 2): 3, None: 4}", "'\\x07\\u200b'", "['\\u2028\\x85\\x00']",
    "(1, 2)", "[...]", "0x1F", "-(5)", "{1: 1, 1.0: 2, True: 3}", "'''a\n\tb'''", "'\\q'", "['\\101\\x7f']", "1_0.5_0", "{'a': {'a': [1, 2]}}",
]
PYTHON_NOT_JSON = ["b'x'", "1j", "...", "{3, 1, 2}", "{'x'}", "b'a' b'b'"]
TOML = ["[1979-05-27, 07:32:00.5]", "[1979-05-27T07:32:00Z]", "[1979-05-27T00:32:00.999999-07:00]", "{a = 1, b = [2]}", "0x1F", "inf", "'''a\nb'''"]
TOML_NOT_JSON = ["1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "1979-05-27 07:32:00.25+05:30"]
PATTERNS = ["k*", "k[0-2]", "k[!1]", "k?", "*.a", "**.a", "k1.*", ".k1", "k2.0", "k2.1", "k2.-1", "k0.[ab]", "k3.*.a", "k1.1", "k[", "nothing*"]


def both(r, plain, special):
    """Names with their texts, on both sides."""
    text = lambda: r.choice(special) if special and r.random() < 0.2 else r.choice(plain)  # noqa: E731
    first = {"k%d" % i: text() for i in range(r.randint(1, 5))}
    second = {name: text if r.random() < 0.6 else r.choice(plain) for name, text in first.items() if r.random() < 0.9}
    return first, second


def unusual(r, old, new):
    """Adds a folder `forms` with a dvc.yaml of its own."""
    special = r.random() < 0.3
    document = {"metrics": [], "params": [], "plots": [], "stages": {}}
    mark = r.choice(["\\", "/"])
    files = {
        "sub/m.yaml": (": ", YAML, NOT_JSON),
        "m.yaml": (": ", YAML, NOT_JSON),
        "p.yaml": (": ", YAML, NOT_JSON),
        "sub/p.yml": (": ", YAML, NOT_JSON),
        "p.py": (" = ", PYTHON, PYTHON_NOT_JSON),
        "p.toml": (" = ", TOML, TOML_NOT_JSON),
    }
    broken = r.random() < 0.25
    for path, (equals, plain, other) in files.items():
        # Metrics hold no dates, so these are harmless there.
        texts = both(r, plain, other if special or "m.yaml" in path else [])
        for side, lines in zip((old, new), texts):
            text = "".join("%s%s%s\n" % (name, equals, value) for name, value in lines.items())
            if broken and equals == ": " and r.random() < 0.3:
                text += "z: %s\n" % r.choice(BROKEN)
            if r.random() < 0.95:
                side["forms/" + path] = text
        kind = "metrics" if "m.yaml" in path else "params"
        if r.random() < 0.8:
            document[kind].append(path.replace("/", mark))
    if r.random() < 0.3:
        # Keys that are no texts at the top: DVC sorts those of one kind only.
        keys = r.choice([["1", "10", "2"], ["true", "false"], ["null"], ["1.5", "0.5"]])
        for side in (old, new):
            side["forms/top.yaml"] = "".join("%s: %d\n" % (key, r.randint(0, 3)) for key in keys)
        document["params"].append("top.yaml")
    if r.random() < 0.6:
        patterns = r.sample(PATTERNS, r.randint(1, 3))
        name = r.choice(["p.yaml", "sub%sp.yml" % mark, "p.py", "p.toml"])
        document["stages"]["odd"] = {"cmd": "run", "params": [{name: patterns}]}
        if r.random() < 0.4:
            for side in (old, new):
                side["forms/sub/w.json"] = json.dumps({"s": r.randint(1, 3)})
            document["stages"]["odd"].update(metrics=[{"sub%sw.json" % mark: {"cache": False}}])
    if r.random() < 0.3:
        for side in (old, new):
            side["forms/sub/pl.json"] = json.dumps([{"a": r.randint(0, 5)} for _ in range(2)])
        document["plots"].append("sub%spl.json" % mark)
    for side in (old, new):
        side["forms/dvc.yaml"] = json.dumps({key: part for key, part in document.items() if part})
