"""What a side lacks or spoils: outputs that only the cache holds, deleted files, moved ones, unreadable ones."""

import json
import os

from repository import CACHE, changed, encoded, mapping, put, write

FORMATS = ["json", "yaml", "toml", "json", "yml"]


def spoiled(r, sides):
    """The two sides with some of all that done to them."""
    old, new = sides
    if r.random() < 0.6:
        kept(r, old, new)
    if r.random() < 0.3:
        moved(r, old, new)
    if r.random() < 0.5:
        for side in (old, new):
            for _ in range(r.randint(0, 2)):
                unreadable(r, side)
    return old, new


def pipelines(*sides):
    return sorted({path for side in sides for path in side if path.rpartition("/")[2] == "dvc.yaml"})


def kept(r, old, new):
    """Stages whose metrics are in Git (`cache: false`) or in the cache, with a lock file that knows the hashes of all."""
    yaml = r.choice(pipelines(old, new) or ["dvc.yaml"])
    below = yaml[: -len("dvc.yaml")]
    looped = r.random() < 0.3
    files = {"kept/%s.%s" % (name, r.choice(FORMATS)): r.choice([{"cache": False}, {"cache": False}, {}, {"cache": True}]) for name in ("a", "b", "c")[: r.randint(1, 3)]}
    kind = r.choice(["metrics", "metrics", "outs"])
    data = {path: mapping(r, path.rpartition(".")[2], 3) for path in files}
    for number, side in enumerate((old, new)):
        document = json.loads(side.get(yaml, "{}"))
        lock = {}
        entries = [{path: flags} if flags or r.random() < 0.2 else path for path, flags in files.items()]
        if r.random() < 0.9:
            stages = document.setdefault("stages", {})
            if looped:
                stages["kept"] = {"foreach": ["x", "y"], "do": {"cmd": "run ${item}", kind: entries_of(entries, "${item}")}}
            else:
                stages["kept"] = {"cmd": "run", kind: entries}
        if kind == "outs" or r.random() < 0.2:
            document.setdefault("metrics", []).extend(real(files, looped))
        for item in ("x", "y") if looped else ("",):
            outs = []
            for path, flags in files.items():
                own = named(path, item)
                content = encoded(write(changed(r, data[path], "json") if number else data[path], path, r))
                other = encoded(write(mapping(r, "json", 2), path, r)) if r.random() < 0.3 else content
                in_git = r.random() < (0.6 if flags.get("cache") is False else 0.1)
                if in_git:
                    side[below + own] = content
                if r.random() < 0.9:
                    outs.append({"path": own, "hash": "md5", "md5": put(side, other, "", r.random() < 0.1), "size": len(other)})
            name = "kept@" + item if looped else "kept"
            lock["gone" if r.random() < 0.1 else name] = {"cmd": "run " + item if looped else "run", "outs": outs}
        if document:
            side[yaml] = json.dumps(document, indent=1)
        if r.random() < 0.9:
            side[below + "dvc.lock"] = json.dumps({"schema": "2.0", "stages": lock})
        side.setdefault(".dvc/config", "")
        side.setdefault(".dvc/.gitignore", "/cache\n/tmp\n")


def named(path, item):
    return path.replace("/", "/%s-" % item) if item else path


def entries_of(entries, item):
    return [named(entry, item) if isinstance(entry, str) else {named(path, item): flags for path, flags in entry.items()} for entry in entries]


def real(files, looped):
    return [named(path, item) for path in files for item in (("x", "y") if looped else ("",))]


def data_files(side):
    """Files of values and points, without those that the whole revision hangs on."""
    hung_on = ("dvc.yaml", "dvc.lock", "params.yaml", "vars.json", "config", ".gitignore", ".dvcignore")
    return sorted(path for path in side if not path.startswith(CACHE) and path.rpartition("/")[2] not in hung_on and not path.endswith(".dvc"))


def moved(r, old, new):
    """One file has another name in head, which its dvc.yaml may know or not."""
    both = [path for path in data_files(new) if path in old]
    if not both:
        return
    path = r.choice(both)
    folder, _, name = path.rpartition("/")
    other = "moved-" + name
    new[(folder + "/" if folder else "") + other] = new.pop(path)
    if r.random() < 0.8:
        for yaml in pipelines(new):
            for before in ('"', "/"):
                new[yaml] = new[yaml].replace(before + name + '"', before + other + '"')


def unreadable(r, side):
    """One file is cut off, or no text that DVC reads."""
    files = data_files(side)
    if not files:
        return
    path = r.choice(files)
    content = encoded(side[path])
    side[path] = r.choice(
        [
            content[: r.randint(0, max(0, len(content) - 1))],
            b"",
            b" \n",
            bytes([0x89, 0x50, 0x4E, 0x47, 0, 1, 2, 0xFE, 0xFF, 10, 0]),
            content + b"\xff",
            b"\xef\xbb\xbf" + content,
            b"\xff\xfe" + content.decode(errors="replace").encode("utf-16-le"),
            b"\xfe\xff" + content.decode(errors="replace").encode("utf-16-be"),
            b"[" + content,
            content + b"\n}",
        ]
    )


def deleted(r, repo):
    """Deletes files of the work tree in some repositories; whether it did."""
    if r.random() < 0.6:
        return False
    found = []
    for folder, folders, files in os.walk(repo):
        folders[:] = sorted(name for name in folders if name not in (".git", ".dvc"))
        found += [os.path.join(folder, name) for name in sorted(files) if name not in ("dvc.yaml", "dvc.lock", "params.yaml", "vars.json") and not name.endswith(".dvc")]
    for path in r.sample(found, min(len(found), r.randint(0, 3))):
        os.remove(path)
    return True
