#!/usr/bin/env python3
"""Makes the data of docs/benchmarks.md: python3 benches/data.py KIND DIR

many      200 metrics files of 500 keys, every value another on the branch `feature`
points    a CSV of 1,000,000 rows, base on `main`, head in the workspace
series    curve_N.csv of N = 1,000, 100,000, 1,000,000 points, and twelve files p00.csv to p11.csv of 20,000
history   20,000 files and 5,000 commits around one small metrics file
"""

import os
import random
import subprocess
import sys


def git(*args, **more):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "-c", "user.name=b", "-c", "user.email=b@example.com", *args], check=True, env=env, **more)


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def commit(message):
    git("add", "--all")
    git("commit", "--quiet", "--message", message)


def start():
    git("init", "--quiet", "--initial-branch=main")
    write(".dvc/config", "")
    write(".dvc/.gitignore", "/tmp\n/cache\n/config.local\n")


def many(r):
    def side():
        for number in range(200):
            rows = ",\n".join('  "key_%d": %r' % (key, r.random()) for key in range(500))
            write("metrics/m%03d.json" % number, "{\n%s\n}\n" % rows)

    write("dvc.yaml", "metrics:\n" + "".join("- metrics/m%03d.json\n" % number for number in range(200)))
    side()
    commit("base")
    git("checkout", "--quiet", "-b", "feature")
    side()


def points(r):
    def side(end):
        loss = 2.0
        with open("loss.csv", "w") as file:
            file.write("step,loss\n")
            for step in range(1_000_000):
                loss += (end - loss) / 200_000 + r.gauss(0, 0.0005)
                file.write("%d,%.6f\n" % (step, loss))

    write("dvc.yaml", "plots:\n- loss.csv:\n    x: step\n    y: loss\n")
    side(0.5)
    commit("base")
    git("checkout", "--quiet", "-b", "feature")
    side(0.4)


def series(r):
    def curve(path, count):
        loss = 2.0
        with open(path, "w") as file:
            file.write("step,loss\n")
            for step in range(count):
                loss += (0.5 - loss) / (count / 5) + r.gauss(0, 0.0005)
                file.write("%d,%.6f\n" % (step, loss))

    names = ["curve_%d.csv" % count for count in (1_000, 100_000, 1_000_000)]
    for name in names:
        curve(name, int(name[6:-4]))
    twelve = ["p%02d.csv" % number for number in range(12)]
    for name in twelve:
        curve(name, 20_000)
    commit("curves")


def history(r):
    """By `git fast-import`: 5,000 commits would take minutes one by one."""
    for number in range(20_000):
        write("data/%03d/%05d.txt" % (number // 100, number), "%d\n" % number)
    write("dvc.yaml", "metrics:\n- metrics.json\n")
    write("metrics.json", '{"acc": 0.5}\n')
    commit("files")
    stream = []
    for number in range(5_000):
        stream.append("commit refs/heads/main\ncommitter b <b@example.com> %d +0000\n" % (1_600_000_000 + number))
        stream.append("data 1\nc\n")
        if number == 0:
            stream.append("from refs/heads/main^0\n")
        text = '{"acc": %r}\n' % r.random()
        stream.append("M 100644 inline metrics.json\ndata %d\n%s" % (len(text), text))
    git("fast-import", "--quiet", "--force", input="".join(stream).encode())
    git("checkout", "--quiet", "-f", "main")
    git("checkout", "--quiet", "-b", "feature")
    write("metrics.json", '{"acc": 0.75}\n')


if __name__ == "__main__":
    kinds = {"many": many, "points": points, "series": series, "history": history}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    os.makedirs(sys.argv[2])
    os.chdir(sys.argv[2])
    start()
    kinds[sys.argv[1]](random.Random(1))
