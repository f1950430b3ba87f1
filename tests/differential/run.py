#!/usr/bin/env python3
"""Compares `cml` with DVC itself on random repositories.

    python tests/differential/run.py [--count N] [--seed S] [--keep DIR] PROGRAM

Needs Python with DVC 3.67 (`pip install dvc==3.67.1`) and git. DVC is imported once; every repository is made from a
seed of its own, so that a failure can be repeated with `--seed S --count 1`. The answers of `metrics diff`,
`params diff` (with and without --all and --deps) and `plots diff` are compared as JSON, and the tables of `--md`, where
characters that cannot be seen are escapes in ours on purpose.

Where DVC dies or gives up on a whole revision, there is nothing to compare: such runs are counted as "skipped".
"""

import argparse
import contextlib
import json
import logging
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from repository import CACHE, make  # noqa: E402
from sides import deleted, spoiled  # noqa: E402

ENV = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com",
    "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
    "DVC_NO_ANALYTICS": "1", "NO_COLOR": "1", "COLUMNS": "200",
}
os.environ.update(ENV)

VALUES = [
    ["metrics", "diff", "--json"],
    ["metrics", "diff", "--json", "--all"],
    ["metrics", "diff", "--md"],
    ["params", "diff", "--json"],
    ["params", "diff", "--json", "--all"],
    ["params", "diff", "--json", "--deps"],
    ["params", "diff", "--md"],
]


def git(repo, *args):
    subprocess.run(["git", *args], cwd=repo, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def build(repo, sides):
    """Commits both sides: `main`, then `feature`, which stays checked out."""
    os.makedirs(repo)
    git(repo, "init", "-q", "-b", "main")
    for branch, files in zip(("main", "feature"), sides):
        if branch == "feature":
            git(repo, "checkout", "-q", "-b", branch)
            for name in os.listdir(repo):
                path = os.path.join(repo, name)
                if name != ".git":
                    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        write(repo, {path: content for path, content in files.items() if not path.startswith(CACHE)})
        git(repo, "add", "-A", "-f")
        git(repo, "commit", "-q", "--allow-empty", "-m", branch)
    for files in sides:
        write(repo, {path: content for path, content in files.items() if path.startswith(CACHE)})


def write(repo, files):
    for path, content in files.items():
        path = os.path.join(repo, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)


class GaveUp(Exception):
    """DVC has no answer."""


class Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def captured():
    """Standard output and error of this process, whoever holds them."""
    streams = []
    files = [tempfile.TemporaryFile() for _ in (1, 2)]
    saved = [os.dup(number) for number in (1, 2)]
    sys.stdout.flush()
    try:
        for number, file in zip((1, 2), files):
            os.dup2(file.fileno(), number)
        yield streams
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, file, old in zip((1, 2), files, saved):
            os.dup2(old, number)
            os.close(old)
            file.seek(0)
            streams.append(file.read().decode())
            file.close()


def dvc_values(args, revs):
    from dvc.cli import main

    log = Log()
    logger = logging.getLogger("dvc")
    logger.addHandler(log)
    try:
        with captured() as streams:
            code = main([*args, *revs])
    finally:
        logger.removeHandler(log)
    out, err = streams
    lines = log.lines + err.splitlines()
    for line in lines:
        if any("in revision '%s'" % rev in line for rev in revs):
            raise GaveUp(line)
    if code:
        raise GaveUp("\n".join(lines)[-300:] or "exit %d" % code)
    return out


def dvc_plots(folder, revs):
    """DVC's plots in our shape."""
    from dvc.render.match import match_defs_renderers
    from dvc.repo import Repo
    from dvc_render import ImageRenderer

    with captured():
        with Repo(".", uninitialized=True) as repo:
            data = repo.plots.diff(revs=revs)
            templates = repo.plots.templates_dir
            found = match_defs_renderers(data=data, out=folder, templates_dir=templates)
    for rev, content in data.items():
        if "error" in content.get("definitions", {}):
            raise GaveUp(str(content["definitions"]["error"]))
    result = {"data": {}, "errors": []}
    for renderer, source_errors, definition_errors in found:
        items = []
        if isinstance(renderer, ImageRenderer):
            for point in renderer.datapoints:
                items.append({"type": "image", "revisions": [point["rev"]], "url": os.path.basename(point["src"])})
        else:
            content = renderer.get_filled_template()
            if content:
                words = {key: renderer.properties[key] for key in ("title", "x", "y", "x_label", "y_label")}
                items.append({"type": "data", "revisions": renderer.get_revs(), **words, "points": renderer.datapoints})
        result["data"][renderer.name] = items
        for rev, by_source in source_errors.items():
            result["errors"] += [{"name": renderer.name, "rev": rev, "source": source} for source in by_source]
        result["errors"] += [{"name": renderer.name, "rev": rev} for rev in definition_errors]
    return json.loads(json.dumps(result))


def our_plots(text):
    document = json.loads(text)
    result = {"data": document.get("data", {}), "errors": document.get("errors", [])}
    for items in result["data"].values():
        for item in items:
            item.pop("template", None)
            if item["type"] == "image":
                item["url"] = os.path.basename(item["url"])
    for error in result["errors"]:
        error.pop("msg")
    return result


def same(a, b, where="$"):
    """The first difference of two JSON values, or None."""
    if isinstance(a, float) and isinstance(b, float):
        equal = a == b or (math.isnan(a) and math.isnan(b))
        return None if equal else "%s: %r, ours %r" % (where, a, b)
    if type(a) is not type(b):
        return "%s: %r, ours %r" % (where, a, b)
    if isinstance(a, dict):
        for key in a.keys() | b.keys():
            if key not in a or key not in b:
                return "%s: key %r is %s" % (where, key, "missing in ours" if key in a else "only in ours")
            found = same(a[key], b[key], "%s.%s" % (where, key))
            if found:
                return found
        return None
    if isinstance(a, list):
        if len(a) != len(b):
            return "%s: %d items, ours %d" % (where, len(a), len(b))
        return next(filter(None, (same(x, y, "%s[%d]" % (where, i)) for i, (x, y) in enumerate(zip(a, b)))), None)
    return None if a == b else "%s: %r, ours %r" % (where, a, b)


def table(text):
    """A Markdown table's lines; the order of files is DVC's own chance."""
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    return [line for line in lines[:1]] + sorted(lines[2:])


def visible(text):
    """DVC's text as we show it: what cannot be seen, or turns text around, is an escape. The JSON is DVC's own."""
    hidden = {"Cc", "Cf", "Zl", "Zp", "Co", "Cn"}
    text = text.replace("\t", " ").replace("\r\n", "\n").replace("\r", "\n")
    shown = lambda c: "\\u{%x}" % ord(c) if c != "\n" and unicodedata.category(c) in hidden else c  # noqa: E731
    return "".join(map(shown, text))


def shown(text):
    """The answer of `metrics show --json`; of what cannot be read, DVC's name for why."""
    document = json.loads(text)[""]["data"]
    for file in document.values():
        file.get("error", {}).pop("msg", None)
    return document


def ours(program, args, revs):
    run = subprocess.run([program, *args, *revs], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    if run.returncode:
        raise AssertionError("exit %d: %s" % (run.returncode, run.stderr.decode()[-300:]))
    return run.stdout.decode()


def check(program, repo, scratch, revs):
    """All commands in one repository: (compared, skipped, differences)."""
    compared, skipped, found = 0, [], []
    os.chdir(repo)
    for args in VALUES:
        try:
            expected = dvc_values(args, revs)
        except GaveUp as reason:
            skipped.append("%s: %s" % (" ".join(args), reason))
            ours(program, args, revs)
            continue
        compared += 1
        got = ours(program, args, revs)
        if "--md" in args:
            difference = None if table(visible(expected)) == table(got) else "tables\n%s\nours\n%s" % (expected, got)
        else:
            difference = same(json.loads(expected), json.loads(got))
        if difference:
            found.append("%s: %s" % (" ".join(args), difference))
    show = ["metrics", "show", "--json"]
    try:
        expected = dvc_values(show, ())
        if "data" not in json.loads(expected).get("", {}):
            raise GaveUp(expected)
    except GaveUp as reason:
        skipped.append("metrics show: %s" % reason)
    else:
        compared += 1
        difference = same(shown(expected), shown(ours(program, show, ())))
        if difference:
            found.append("metrics show: %s" % difference)
    try:
        expected = dvc_plots(os.path.join(scratch, "dvc"), revs)
    except Exception as reason:  # whatever ends DVC
        skipped.append("plots diff: %s" % reason)
        ours(program, ["plots", "diff", "--json", "-o", os.path.join(scratch, "ours")], revs)
        return compared, skipped, found
    got = our_plots(ours(program, ["plots", "diff", "--json", "-o", os.path.join(scratch, "ours")], revs))
    for document in (expected, got):
        document["errors"].sort(key=lambda error: json.dumps(error, sort_keys=True))
    compared += 1
    difference = same(expected, got)
    if difference:
        found.append("plots diff: " + difference)
    return compared, skipped, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first repository; the next has the next")
    parser.add_argument("--keep", help="keep the repositories that differ in this folder")
    parser.add_argument("-v", action="store_true", help="say why DVC gave up")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    keep = options.keep and os.path.abspath(options.keep)
    compared = skipped = failed = 0
    for seed in range(options.seed, options.seed + options.count):
        scratch = tempfile.mkdtemp(prefix="differential-")
        repo = os.path.join(scratch, "repo")
        chance = random.Random(seed)
        build(repo, spoiled(chance, make(chance)))
        revs = ["main", "workspace" if deleted(chance, repo) else "feature"]
        try:
            count, reasons, found = check(program, repo, scratch, revs)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            count, reasons, found = 0, [], [str(error)]
        compared += count
        skipped += len(reasons)
        failed += bool(found)
        for line in found:
            print("seed %d: %s" % (seed, line), flush=True)
        if options.v:
            for line in reasons:
                print("seed %d skipped: %s" % (seed, line), flush=True)
        os.chdir("/")
        if found and keep:
            shutil.copytree(repo, os.path.join(keep, str(seed)), dirs_exist_ok=True)
        shutil.rmtree(scratch)
    print("%d repositories: %d answers compared, %d skipped, %d repositories differ" % (options.count, compared, skipped, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
