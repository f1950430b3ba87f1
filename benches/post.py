#!/usr/bin/env python3
"""Times `cml comment` against bare clients on the loopback forge: python3 benches/post.py CML FORGE

CML    the program: target/dist/cml
FORGE  the loopback forge: target/release/examples/forge (cargo build --release --example forge)

Prints medians of RUNS runs taken in turn, and their ratio:
comment   a comment without plots, against curl that lists the comments and posts the same text
push      50 images as one push with the comment, against `git push` of a commit of the same files
api       50 images by the data API with 200 ms of latency, against the requests that 8 at once must take
"""

import base64
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

RUNS = 15
IMAGES = 50
LATENCY = 0.2
AT_ONCE = 8
TOKEN = "bench-token"


def png(random_):
    """An image of its own content, about 1 KB."""
    rows = b"".join(b"\0" + random_.randbytes(18 * 3) for _ in range(18))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 18, 18, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def timed(*args, **more):
    start = time.perf_counter()
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if done.returncode:
        sys.exit("%s: %s%s" % (args[0], done.stdout, done.stderr))
    return time.perf_counter() - start


class Bench:
    def __init__(self, cml, forge, folder):
        self.cml, self.forge_program, self.folder = cml, forge, folder
        self.random = random.Random(1)
        self.env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        for who in ("AUTHOR", "COMMITTER"):
            self.env.update({"GIT_%s_NAME" % who: "b", "GIT_%s_EMAIL" % who: "b@example.com"})
        self.repo = os.path.join(folder, "repo")
        os.makedirs(self.repo)
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("dvc.yaml", b"metrics:\n- metrics.json\n")
        self.write("metrics.json", b'{"accuracy": 0.81, "loss": 0.4}\n')
        base = self.commit("base")
        self.git("checkout", "--quiet", "-b", "feature")
        self.write("metrics.json", b'{"accuracy": 0.84, "loss": 0.35}\n')
        self.head, self.base = self.commit("head"), base
        self.bare = os.path.join(folder, "bare.git")
        self.git("clone", "--quiet", "--bare", self.repo, self.bare)
        self.git("-C", self.bare, "config", "http.receivepack", "true")
        self.site = ""

    def git(self, *args):
        return subprocess.run(
            ["git", *args], cwd=self.repo, env=self.env, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def write(self, name, content):
        with open(os.path.join(self.repo, name), "wb") as file:
            file.write(content)

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def job(self):
        repository = {"full_name": "o/r", "default_branch": "main"}
        event = os.path.join(self.folder, "event.json")
        with open(event, "w") as file:
            sides = {
                "head": {"sha": self.head, "ref": "feature", "repo": repository},
                "base": {"sha": self.base, "ref": "main", "repo": repository},
            }
            json.dump({"number": 7, "pull_request": {"number": 7, **sides}, "repository": repository}, file)
        return {
            "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": event,
            "GITHUB_REPOSITORY": "o/r", "GITHUB_SERVER_URL": self.site, "GITHUB_API_URL": self.site + "/api/v3",
            "GITHUB_GRAPHQL_URL": self.site + "/api/graphql", "GITHUB_SHA": self.head, "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_WORKFLOW": "train", "GITHUB_JOB": "model", "GITHUB_RUN_ID": "1", "GITHUB_TOKEN": TOKEN,
        }

    def serve(self, *options):
        args = [self.forge_program, "--head", self.head, "--merge-base", self.base, *options]
        forge = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.site = forge.stdout.readline().split()[0]
        return forge

    def comment(self, *args, **env):
        return timed(self.cml, "comment", *args, cwd=self.repo, env={**self.env, **self.job(), **env})

    def images(self, number):
        """A report with images that nobody has seen; its name."""
        for image in range(IMAGES):
            self.write("i%02d.png" % image, png(self.random))
        lines = ["# run %d" % number] + ["![%d](i%02d.png)" % (image, image) for image in range(IMAGES)]
        self.write("report.md", "\n".join(lines).encode())
        return "report.md"


def told(name, ours, other, peer):
    ours, other = statistics.median(ours), statistics.median(other)
    print("%-8s cml %6.1f ms, %s %6.1f ms: %.2f times" % (name, ours * 1e3, peer, other * 1e3, ours / other))


def comments(bench):
    body = json.dumps({"body": subprocess.run(
        [bench.cml, "report", "--base", "main"], cwd=bench.repo, env=bench.env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout})
    thread = "/api/v3/repos/o/r/issues/7/comments"
    thread = "/api/v3/repos/o/r/issues/7/comments"
    headers = ["-H", "Authorization: Bearer " + TOKEN]
    ours, other = [], []
    for number in range(RUNS):
        forge = bench.serve()
        ours.append(bench.comment())
        forge.kill()
        forge = bench.serve()
        other.append(timed(
            "curl", "-sSf", *headers, bench.site + thread + "?per_page=100",
            "--next", "-sSf", *headers, "-d", body, bench.site + thread,
        ))
        forge.kill()
    told("comment", ours, other, "curl")
    forge = bench.serve()
    # By GNU time: of a child of Python the kernel counts what Python held when it was forked.
    measured = subprocess.run(
        ["time", "--format=%M", bench.cml, "comment", "--log", "error"],
        cwd=bench.repo, env={**bench.env, **bench.job()}, check=True, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL,
    )
    forge.kill()
    print("         peak memory of cml %.1f MB" % (int(measured.stderr.split()[-1]) / 1000))


def push(bench):
    forge = bench.serve("--git", bench.bare)
    basic = base64.b64encode(("x-access-token:" + TOKEN).encode()).decode()
    ours, other = [], []
    for number in range(RUNS):
        ours.append(bench.comment(bench.images(number), "--key", "k%d" % number))
        bench.images(number)
        bench.git("checkout", "--quiet", "--orphan", "images%d" % number)
        bench.commit("images")
        other.append(timed(
            "git", "-c", "http.extraHeader=Authorization: Basic " + basic, "push", "--quiet",
            bench.site + "/o/r.git", "HEAD:refs/bench/%d" % number, cwd=bench.repo, env=bench.env,
        ))
        bench.git("checkout", "--quiet", "--force", "feature")
    told("push", ours, other, "git push")
    forge.kill()


def api(bench):
    forge = bench.serve("--fault", "slow=%d:/" % (LATENCY * 1000))
    ours = [bench.comment(bench.images(number), "--key", "k%d" % number, PATH="") for number in range(3)]
    log = forge.communicate("log\nquit\n")[0].split("\n")
    requests = sum(line.startswith(("GET ", "POST ", "PATCH ", "PUT ")) for line in log) // len(ours)
    arithmetic = (-(-IMAGES // AT_ONCE) + requests - IMAGES) * LATENCY
    told("api", ours, [arithmetic], "%d requests, %d at once," % (requests, AT_ONCE))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder)
        comments(bench)
        push(bench)
        api(bench)
