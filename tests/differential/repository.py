"""Random DVC repositories: two sides, each a map of path to content, mixing every form that DVC reads."""

import hashlib
import json
import re

from forms import unusual

NAMES = ["acc", "loss", "lr", "a.b", "deep", "n", "ü", "x y", "f1", "on", "1"]
NUMBERS = ["0", "1", "-1", "3", "1.0", "0.5", "-0.25", "1e-7", "123456789012345678901", "0.1234565", "1e22", "2.675", "-0.0", "100000.5", "1e16"]
WORDS = ["abc", "yes", "it's", 'q"r', "a|b", "ü", "", " pad ", "null", "1.5", "line\nbreak", "\u200b", "日本"]


def value(r, depth, kind):
    """A random value: a number's text, or a Python value."""
    choice = r.random()
    if depth > 0 and choice < 0.2:
        return {r.choice(NAMES): value(r, depth - 1, kind) for _ in range(r.randint(0, 3))}
    if choice < 0.3:
        items = [value(r, 0, kind) for _ in range(r.randint(0, 3))]
        return items
    if choice < 0.65:
        return Number(r.choice(NUMBERS))
    if choice < 0.8:
        return r.choice(WORDS)
    if choice < 0.9:
        return r.random() < 0.5
    if choice < 0.95 and kind != "toml":
        return None
    return Number(repr(round(r.uniform(-2, 2), r.randint(1, 9))))


class Number:
    def __init__(self, text):
        self.text = text


def mapping(r, kind, size=5):
    return {r.choice(NAMES): value(r, 2, kind) for _ in range(r.randint(0, size))}


def changed(r, data, kind):
    """The same map with some changes."""
    out = {}
    for key, inner in data.items():
        choice = r.random()
        if choice < 0.1:
            continue
        if isinstance(inner, dict) and choice < 0.7:
            out[key] = changed(r, inner, kind)
        elif choice < 0.45:
            out[key] = value(r, 1, kind)
        else:
            out[key] = inner
    if r.random() < 0.3:
        out[r.choice(NAMES)] = value(r, 1, kind)
    return out


def to_json(v):
    if isinstance(v, dict):
        return "{" + ", ".join(json.dumps(k) + ": " + to_json(x) for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ", ".join(map(to_json, v)) + "]"
    return v.text if isinstance(v, Number) else json.dumps(v, ensure_ascii=False)


def to_yaml(v, r):
    """Flow style with YAML's own scalars here and there; JSON strings are YAML too."""
    if isinstance(v, dict):
        return "{" + ", ".join(json.dumps(k) + ": " + to_yaml(x, r) for k, x in v.items()) + "}"
    if isinstance(v, list):
        return "[" + ", ".join(to_yaml(x, r) for x in v) + "]"
    if isinstance(v, Number):
        return v.text
    if isinstance(v, bool):
        return r.choice(["true", "True", "TRUE"]) if v else r.choice(["false", "False", "FALSE"])
    if v is None:
        return r.choice(["null", "~", "Null", "NULL"])
    if r.random() < 0.2:
        return r.choice(["yes", "no", "on", "010", "0o10", "0x1F", "0b11", "1_000", "1:30", ".5", "5.", "+12", ".inf", "-.inf", ".nan", "1e3", "12e03", "plain word", "08", "1.2.3", "0.1e-2", "1_0.5", "y", "=x", "0o9", "-.5e+3", ".5e3", "+.5", "1e", "0x", "1__0", "-0"])
    return json.dumps(v, ensure_ascii=False)


def block_yaml(data, r, indent=""):
    lines = []
    for k, x in data.items():
        key = k if k.isalpha() and k.isascii() and k not in ("on", "y", "n") else json.dumps(k, ensure_ascii=False)
        if isinstance(x, dict) and x and r.random() < 0.7:
            lines += [indent + key + ":", block_yaml(x, r, indent + "  ")]
        else:
            lines.append(indent + key + ": " + to_yaml(x, r))
    return "\n".join(lines)


def to_toml(data):
    def one(v):
        if isinstance(v, dict):
            return "{" + ", ".join(json.dumps(k, ensure_ascii=False) + " = " + one(x) for k, x in v.items()) + "}"
        if isinstance(v, list):
            return "[" + ", ".join(map(one, v)) + "]"
        if isinstance(v, Number):
            return v.text if len(v.text) < 19 else "7"
        if isinstance(v, bool):
            return "true" if v else "false"
        return json.dumps(v) if v is not None else '"none"'

    return "".join(json.dumps(k, ensure_ascii=False) + " = " + one(v) + "\n" for k, v in data.items())


def to_python(data, r):
    def one(v):
        if isinstance(v, dict):
            return "{" + ", ".join(repr(k) + ": " + one(x) for k, x in v.items()) + "}"
        if isinstance(v, list):
            text = ", ".join(map(one, v))
            return "[" + text + "]" if r.random() < 0.5 else "(" + text + ("," if len(v) == 1 else "") + ")"
        return v.text if isinstance(v, Number) else repr(v)

    lines = ["import os", "# a comment: '", "COMPUTED = 2 * 3", "f = f'{COMPUTED}'"]
    for k, v in data.items():
        name = "".join(c if c.isalnum() and c.isascii() else "_" for c in k)
        name = "k" + name
        choice = r.random()
        if isinstance(v, dict) and choice < 0.5:
            lines.append("class %s:" % name)
            lines.append("    '''words'''")
            for key, inner in v.items():
                inner_name = "i_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in key)
                lines.append("    %s = %s" % (inner_name, one(inner)))
            lines += ["    def __init__(self, x):", "        self.own = 5", "        local = 6", "        self.z: int = -3"]
        elif choice < 0.6:
            lines.append("%s: int = %s" % (name, one(v)))
        elif choice < 0.7:
            lines.append("%s = (\n    %s  # why\n)" % (name, one(v)))
        elif choice < 0.75:
            lines.append("%s = other = %s" % (name, one(v)))
        else:
            lines.append("%s = %s" % (name, one(v)))
    return "\n".join(lines) + "\n"


def write(data, path, r):
    if path.endswith(".json"):
        return to_json(data)
    if path.endswith(".toml"):
        return to_toml(data)
    if path.endswith(".py"):
        return to_python(data, r)
    head = "%YAML 1.1\n---\n" if r.random() < 0.1 else ""
    return head + (block_yaml(data, r) if r.random() < 0.6 else to_yaml(data, r)) + "\n"


def table(r, path, columns, rows):
    """Plot data with these columns."""
    cells = [[r.choice([str(i), str(round(r.random(), 3)), "0.5", "x", ""]) for _ in columns] for i in range(rows)]
    if path.endswith((".csv", ".tsv")):
        mark = "," if path.endswith(".csv") else "\t"
        quoted = [[c if r.random() < 0.9 else '"%s"' % c for c in row] for row in cells]
        if quoted and r.random() < 0.1:
            quoted[-1] = quoted[-1][: r.randint(1, len(columns))]
        end = r.choice(["\n", "\n", "\r\n"])
        return end.join(mark.join(row) for row in [columns, *quoted]) + end

    def cell(text):
        return float(text) if text not in ("x", "") else (text or None)

    points = [dict(zip(columns, map(cell, row))) for row in cells]
    choice = r.random()
    if choice < 0.6:
        document = points
    elif choice < 0.8:
        document = {"meta": 1, "inner": {"rows": points}}
    else:
        half = max(1, len(columns) // 2)
        document = {
            "a": [{k: p[k] for k in columns[:half]} for p in points],
            "b": {"c": [{k: p[k] for k in columns[half:]} for p in points[: r.randint(1, len(points) or 1)]]},
        }
        if not columns[half:] or not points:
            document = points
    return json.dumps(document)


def plot_props(r, columns, stage=False):
    props = {}
    if r.random() < 0.5:
        props["x"] = r.choice(columns)
    if r.random() < 0.6:
        props["y"] = r.choice(columns) if stage or r.random() < 0.7 else r.sample(columns, r.randint(1, len(columns)))
    if r.random() < 0.3:
        props["title"] = r.choice(["A title", "ü | *"])
    if r.random() < 0.2:
        props["x_label"] = "the x"
    if r.random() < 0.2:
        props["y_label"] = "the y"
    if r.random() < 0.3:
        props["template"] = r.choice(["linear", "simple", "scatter", "smooth", "confusion", "bar_horizontal", "scatter_jitter", "confusion_normalized", "bar_horizontal_sorted"])
    return props


def make(r):
    """Two sides of a repository."""
    old, new = {}, {}

    def add(path, kind="json", size=5):
        data = mapping(r, kind, size)
        if r.random() < 0.92:
            old[path] = write(data, path, r)
        if r.random() < 0.92:
            again = changed(r, data, kind)
            new[path] = old[path] if path in old and r.random() < 0.15 else write(again, path, r)

    endings = ["json", "yaml", "toml", "yml", "json", "txt"]
    project = {"stages": {}, "metrics": [], "params": [], "plots": []}
    folders = ["", "", "sub", "sub/deep"][: r.randint(1, 4)]
    documents = {}
    for folder in dict.fromkeys(folders):
        below = (folder + "/") if folder else ""
        document = {key: type(kind)() for key, kind in project.items()}
        documents[below + "dvc.yaml"] = document
        for i in range(r.randint(0, 3)):
            ending = r.choice(endings)
            path = "m%d.%s" % (i, ending)
            add(below + path, ending)
            document["metrics"].append(path)
        if r.random() < 0.3:
            for name in ("dir/a.json", "dir/b/c.yaml"):
                add(below + name, "json")
            document["metrics"].append("dir")
        for i in range(r.randint(0, 2)):
            ending = r.choice(["json", "yaml", "toml", "py", "yaml"])
            path = "p%d.%s" % (i, ending)
            add(below + path, ending)
            document["params"].append(path)
        if r.random() < 0.7:
            data = {"lr": Number("0.1"), "name": "alpha", "flag": True, "list": ["us", "uk", "us"], "m": {"k": Number("3"), "l": [Number("1"), Number("2")]}}
            data.update({k: v for k, v in mapping(r, "yaml", 3).items() if k not in data})
            old[below + "params.yaml"] = block_yaml(data, r) + "\n"
            kept = dict(data)
            kept["lr"] = Number(r.choice(NUMBERS))
            if r.random() < 0.3:
                kept["m"] = {"k": Number("4"), "l": [Number("2"), Number("2")]}
            kept.update({k: v for k, v in changed(r, {k: v for k, v in data.items() if k in NAMES and k != "lr"}, "yaml").items()})
            new[below + "params.yaml"] = block_yaml(kept, r) + "\n"
            stages(r, below, document, old, new)
        plots(r, below, document, old, new)
    for side, files in enumerate((old, new)):
        for path, document in documents.items():
            document = json.loads(json.dumps(document))
            if side == 1 and r.random() < 0.2:
                for key in ("metrics", "params", "plots"):
                    if document[key] and r.random() < 0.5:
                        document[key].pop()
            for key in list(document):
                if not document[key]:
                    del document[key]
            if document:
                files[path] = json.dumps(document, indent=1)
    if r.random() < 0.3:
        outside(r, old, new)
    if r.random() < 0.25:
        ignored(r, old, new)
    if r.random() < 0.5:
        unusual(r, old, new)
    return old, new


def ignored(r, old, new):
    """Hides folders, or files of folders, from DVC."""
    for side in (old, new):
        if r.random() < 0.8:
            side[".dvcignore"] = "# hidden\n" + "".join(
                r.choice(["sub/deep\n", "/sub/\n", "b/\n", "dir/a.json\n", "dir/*.json\n", "*.toml\n", "!b\n"]) for _ in range(2)
            )
        if r.random() < 0.2 and "sub/dvc.yaml" in side:
            side["sub/.dvcignore"] = r.choice(["deep\n", "!dir/a.json\n", "dir/b/\n"])


CACHE = ".dvc/cache/"


def outside(r, old, new):
    """Moves files into DVC's cache, in which some are missing; what is left in Git is a .dvc file."""
    whole = [path for path in {**old, **new} if re.fullmatch(r"(m\d|plot\d)\.\w+", path.rpartition("/")[2])]
    chosen = [path for path in whole if r.random() < 0.5]
    folders = [path[: -len("b/c.tsv")] for path in {**old, **new} if path.endswith("plots/b/c.tsv") and r.random() < 0.7]
    lost = r.random() < 0.2
    for side in (old, new):
        for path in chosen:
            if path in side:
                side[path + ".dvc"] = output(r, side, path.rpartition("/")[2], encoded(side.pop(path)), "", lost)
        for folder in folders:
            inside = sorted(path for path in side if path.startswith(folder))
            if inside:
                hashes = [(path[len(folder) :], put(side, encoded(side.pop(path)), "", lost and r.random() < 0.5)) for path in inside]
                listing = json.dumps([{"md5": md5, "relpath": path} for path, md5 in hashes]).encode()
                side[folder[:-1] + ".dvc"] = output(r, side, "plots", listing, ".dir", False)
        side[".dvc/config"] = ""
        side[".dvc/.gitignore"] = "/cache\n/tmp\n"


def encoded(content):
    return content.encode() if isinstance(content, str) else content


def put(side, content, ending, lost):
    """The content's hash; the content goes into the cache unless it is lost."""
    md5 = hashlib.md5(content).hexdigest() + ending
    if not lost:
        side[CACHE + "files/md5/" + md5[:2] + "/" + md5[2:]] = content
    return md5


def output(r, side, name, content, ending, lost):
    md5 = put(side, content, ending, lost and r.random() < 0.5)
    return "outs:\n- md5: %s\n  hash: md5\n  path: %s\n" % (md5, name)


def stages(r, below, document, old, new):
    """Stages with templates, loops and working folders."""

    def both(path, data):
        old[below + path] = json.dumps(data)
        new[below + path] = json.dumps({key: r.choice([inner, inner + 1]) for key, inner in data.items()})

    if r.random() < 0.5:
        document["vars"] = [{"own": "one", "nested": {"two": 2}}]
        if r.random() < 0.5:
            both("vars.json", {"used": 1, "unused": 2})
            document["vars"].append("vars.json" + r.choice(["", ":used", ":used,unused"]))
    if r.random() < 0.6:
        both("out/alpha.json", {"s": 1})
        document["stages"]["train"] = {
            "cmd": "run ${lr} ${m.k}" + (" ${used}" if "vars.json" in str(document.get("vars")) else ""),
            "params": r.choice([["lr", "m.k"], ["m"], [{"params.yaml": None}], ["list.0", "m.l.*"], ["missing", "name"], ["m.*", "flag"]]),
            "metrics": [{"out/${name}.json": {"cache": False}}],
        }
    if r.random() < 0.4:
        for name in ("us", "uk"):
            both("each/%s.json" % name, {"s": 1, "t": 2})
        document["stages"]["each"] = {
            "foreach": r.choice([["us", "uk"], "${list}", {"us": {"a": 1}, "uk": {"a": 2}}]),
            "do": {"cmd": "run ${item} ${lr}", "metrics": [{"each/${item}.json": {"cache": False}}]},
        }
        if isinstance(document["stages"]["each"]["foreach"], dict):
            document["stages"]["each"]["do"] = {"cmd": "run ${item.a}", "metrics": [{"each/${key}.json": {"cache": False}}]}
    if r.random() < 0.3:
        for i in (1, 2):
            both("matrix/a-%d.json" % i, {"s": i})
        document["stages"]["grid"] = {
            "matrix": r.choice([{"x": ["a"], "y": [1, 2]}, {"x": ["a"], "y": "${m.l}"}]),
            "cmd": "run ${item.x} ${item.y} ${key}",
            "metrics": [{"matrix/${item.x}-${item.y}.json": {"cache": False}}],
        }
        if r.random() < 0.5:
            document["stages"]["grid"]["matrix"]["x"] = ["a", "b"]
    if r.random() < 0.3:
        both("work/w.json", {"s": 1})
        for side in (old, new):
            side[below + "work/params.yaml"] = "q: %d\nz: 1\n" % r.randint(1, 3)
        document["stages"]["inside"] = {
            "cmd": "run",
            "wdir": r.choice(["work", "./work/../work"]),
            "params": r.choice([["q"], [{"../params.yaml": ["lr"]}], ["z", "q"]]),
            "metrics": [{"w.json": {"cache": False}}],
        }
        if r.random() < 0.3:
            document["stages"]["inside"]["vars"] = ["params.yaml:q", {"local": 1}] if r.random() < 0.5 else [{"local": 1}]
            document["stages"]["inside"]["cmd"] = "run ${local}"


def plots(r, below, document, old, new):
    """Plots in every form."""
    columns = r.sample(["step", "acc", "loss", "a.b", "rev2", "epoch"], r.randint(1, 4))

    def data(path, same_rows=None):
        for side in (old, new):
            if r.random() < 0.93:
                side[below + path] = table(r, path, columns, same_rows or r.randint(0, 4))

    def entry(name, props):
        document["plots"].append({name: props} if props or r.random() < 0.2 else name)

    for i in range(r.randint(0, 2)):
        path = "plot%d.%s" % (i, r.choice(["csv", "tsv", "json", "yaml", "csv"]))
        data(path)
        entry(path, plot_props(r, columns))
    if r.random() < 0.3:
        rows = r.randint(1, 3)
        for path in ("t/one.csv", "t/two.json"):
            data(path, rows)
        y = {"t/one.csv": r.choice(columns)}
        if r.random() < 0.7:
            y["t/two.json"] = r.choice(columns) if r.random() < 0.6 else r.sample(columns, r.randint(1, len(columns)))
        props = plot_props(r, columns)
        props["y"] = y
        if r.random() < 0.4:
            props["x"] = r.choice([{"t/one.csv": r.choice(columns)}, {"t/one.csv": r.choice(columns), "t/two.json": r.choice(columns)}])
        entry("Both", props)
    if r.random() < 0.3:
        for path in ("plots/a.csv", "plots/b/c.tsv", "plots/b/d.json"):
            data(path)
        entry("plots", {k: v for k, v in plot_props(r, columns).items() if k in ("x", "title", "x_label")})
        if r.random() < 0.5:
            entry("plots/b" if r.random() < 0.5 else "plots/b/d.json", plot_props(r, columns))
    if r.random() < 0.3:
        for side in (old, new):
            side[below + "i.png"] = b"\x89PNG" + bytes([r.randint(0, 9)])
        entry("i.png", {})
    if r.random() < 0.4:
        path = "s.%s" % r.choice(["csv", "json"])
        data(path)
        props = plot_props(r, columns, stage=True)
        if path == "s.csv" and r.random() < 0.2:
            props["header"] = False
            props.pop("x", None)
            props["y"] = "0"
        document["stages"]["drawn"] = {"cmd": "run", "plots": [{path: {"cache": False, **props}}]}
        if r.random() < 0.2:
            entry(path, plot_props(r, columns))
