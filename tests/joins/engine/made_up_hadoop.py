"""A made-up ``hadoop`` command, for tests without a cluster: a folder is its HDFS, and jobs run here, task after task.

It notes each call. ``HADOOP_SAYS`` is a file of lines that a job ends with instead of a result; ``HADOOP_WAITS`` a file
that it makes before it waits to be killed, ``HADOOP_PUTS`` one that it makes before it puts slowly; where
``HADOOP_KEEPS`` is set it removes nothing. ``mapred`` and ``yarn``, the same program, say what ``YARN_SAYS`` holds.
"""

import itertools
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(os.environ.get("HADOOP_HOME", ""))
PUTS_FOR_S = 3
APPLICATION = "application_1700000000000_0001"


def at(uri):
    return HOME / "hdfs" / uri.removeprefix("hdfs://").lstrip("/")


def fs(action, *words):
    paths = [word for word in words if not word.startswith("-")]
    if action == "-ls":
        if not at(paths[0]).is_dir():
            sys.exit(1)
        files = sorted(at(paths[0]).iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        sys.stdout.write("".join(f"{paths[0]}/{path.name}\n" for path in files))
    elif action == "-mkdir":
        at(paths[0]).mkdir(parents=True, exist_ok=True)
    elif action == "-put":
        put(Path(paths[0]), at(paths[1]))
    elif action == "-cat":
        for part in sorted(at(paths[0]).parent.glob("part-*")):
            sys.stdout.buffer.write(part.read_bytes())
    elif action == "-rm":
        if os.environ.get("HADOOP_KEEPS"):
            sys.exit(1)
        for path in paths:
            shutil.rmtree(at(path), ignore_errors=True) if at(path).is_dir() else at(path).unlink(missing_ok=True)


def put(source, target):
    if not target.parent.is_dir():
        sys.exit(1)
    if puts := os.environ.get("HADOOP_PUTS"):
        Path(puts).touch()
        time.sleep(PUTS_FOR_S)
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def log(line):
    sys.stderr.write(f"2026-11-20 00:00:00,000 INFO {line}\n")
    sys.stderr.flush()


def jar(*words):
    pairs = [(name, value) for name, value in itertools.pairwise(words) if name.startswith("-")]
    options = dict(pairs)
    settings = dict(value.split("=", 1) for name, value in pairs if name == "-D")
    log(f"mapreduce.JobResourceUploader: Disabling Erasure Coding for path: /staging/{os.getpid()}/.staging/job_1_0001")
    log(f"impl.YarnClientImpl: Submitted application {APPLICATION}")
    if waits := os.environ.get("HADOOP_WAITS"):
        Path(waits).touch()
        time.sleep(120)
    if says := os.environ.get("HADOOP_SAYS"):
        sys.stderr.write(Path(says).read_text())
        sys.exit(1)
    log("mapreduce.Job:  map 50% reduce 0%")
    with tempfile.TemporaryDirectory() as folder:
        for link in options["-files"].split(","):
            uri, _, name = link.partition("#")
            shutil.copy(at(uri), Path(folder, name))
        for link in filter(None, options.get("-archives", "").split(",")):
            uri, _, name = link.partition("#")
            shutil.unpack_archive(at(uri), Path(folder, name))
        os.environ.update(value.split("=", 1) for name, value in pairs if name == "-cmdenv")
        lines = at(options["-input"]).read_bytes().splitlines(keepends=True)
        n = int(settings["mapreduce.input.lineinputformat.linespermap"])
        outputs = [task(options["-mapper"], lines[start : start + n], folder) for start in range(0, len(lines), n)]
        if settings["mapreduce.job.reduces"] != "0":
            rows = sorted(line for output in outputs for line in output.splitlines(keepends=True))
            outputs = [task(options["-reducer"], rows, folder)]
    at(options["-output"]).mkdir(parents=True)
    for number, output in enumerate(outputs):
        (at(options["-output"]) / f"part-{number:05d}").write_bytes(output)
    log("mapreduce.Job: Counters: 1\n\tJob Counters\n\t\tLaunched map tasks=1")


def task(command, lines, folder):
    return subprocess.run(
        shlex.split(command), input=b"".join(lines), stdout=subprocess.PIPE, cwd=folder, check=True
    ).stdout


if __name__ == "__main__":
    program, (command, *words) = Path(sys.argv[0]).name, sys.argv[1:]
    with (HOME / "calls").open("a") as calls:
        print(program, command, *words, file=calls)
    if program != "hadoop":
        sys.stdout.write(Path(os.environ.get("YARN_SAYS", os.devnull)).read_text())
    else:
        {"fs": fs, "jar": jar}[command](*words)
