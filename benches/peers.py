#!/usr/bin/env python3
"""The same estate and the same questions in other tools, beside CloudScope.

    benches/peers.py [--assets 100000] [--binary target/release/cloudscope] [--dir DIR] [--keep] [--only WORD]

Writes the seeded estate (`cloudscope estate`) as CSV and NDJSON, loads it into each tool that is here, asks,
and prints a table: wall and processor time, peak memory, and the answer, so that it can be seen that all
answered the same question. A tool that is not here is said to be absent. Every line is one run of a whole
process with files in the page cache, except those of DuckDB's questions, which are the median of five in one
process, and those marked `inside`, which are what CloudScope says of its own evaluation.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TEXT = "payments-prod"
RARE = "0000a7"
ROWS = []


def run(arguments, output=subprocess.DEVNULL, stdin=subprocess.DEVNULL):
    """Runs a process; returns (wall s, processor s, peak bytes, exit code)."""
    start = time.monotonic()
    child = subprocess.Popen(arguments, stdout=output, stderr=subprocess.DEVNULL, stdin=stdin)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, child.returncode


def captured(arguments, stdin=subprocess.DEVNULL):
    """As run, and what the process wrote."""
    with tempfile.TemporaryFile() as out:
        figures = run(arguments, out, stdin)
        out.seek(0)
        return figures, out.read().decode(errors="replace")


def time_of(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def told(question, tool, wall, cpu, peak, answer):
    size = f"{peak / 1e6:.0f} MB" if peak else "-"
    ROWS.append((question, tool, time_of(wall), time_of(cpu), size, str(answer)))
    print(f"  {question}: {tool}: {time_of(wall)} wall, {time_of(cpu)} cpu, {size}, {answer}", file=sys.stderr, flush=True)


def absent(tool):
    ROWS.append(("", tool, "absent", "", "", ""))


def rate(size, wall):
    return f"{size / 1e6:.0f} MB, {size / 1e6 / wall:.0f} MB/s"


WHERE = {
    f"substring `{TEXT}`": f"name like '%{TEXT}%' or id like '%{TEXT}%' or address like '%{TEXT}%'",
    f"substring `{RARE}`": f"name like '%{RARE}%' or id like '%{RARE}%' or address like '%{RARE}%'",
    "kind, region and tag": "kind = 'aws.ec2.instance' and region = 'eu-west-1' and env = 'prod'",
}
FILTERS = {
    f"substring `{TEXT}`": TEXT,
    f"substring `{RARE}`": RARE,
    "kind, region and tag": "kind=aws.ec2.instance region=eu-west-1 tag.env=prod",
}


def cloudscope(binary, work, assets):
    data = os.path.join(work, "data")
    base = [binary, "--data-dir", data]
    if not os.path.exists(data):
        wall, cpu, peak, code = run(base + ["collect", "-q", f"estate:assets={assets}"])
        told("load, until durable", "cloudscope collect", wall, cpu, peak, f"exit {code}, {disk(data)}")
    for question, text in FILTERS.items():
        figures, out = captured(base + ["query", text, "--columns", "id", "--format", "ndjson"])
        told(question, "cloudscope query, whole process, all ids told", *figures[:3], len(out.splitlines()))
        figures, out = captured(base + ["query", text, "--explain", "--format", "json"])
        if figures[3] == 0:
            explained = json.loads(out)
            seconds = explained["micros"] / 1e6
            told(question, "cloudscope, inside", seconds, seconds, 0, explained["total"])
    figures, out = captured(base + ["query", "", "--group-by", "kind", "--format", "ndjson"])
    if figures[3] == 0:
        told("count by kind", "cloudscope query, whole process", *figures[:3], f"{len(out.splitlines())} kinds")
    # The columns that the table of the others has, and everything.
    same = ["--columns", "id,kind,account,region,name,status,tags.env,properties"]
    for form, tool, columns in [("csv", "the same columns", same), ("csv", "all but payloads", []), ("ndjson", "all", [])]:
        path = os.path.join(work, f"cloudscope.{form}")
        wall, cpu, peak, code = run(base + ["export", "", "--format", form, "-o", path, "--replace"] + columns)
        size = os.path.getsize(path) if os.path.exists(path) else 0
        answer = rate(size, wall) if code == 0 else f"exit {code}"
        told(f"export as {form}", f"cloudscope export, {tool}", wall, cpu, peak, answer)


def disk(path):
    total = 0
    for folder, _, files in os.walk(path):
        total += sum(os.stat(os.path.join(folder, f)).st_blocks * 512 for f in files)
    return f"{total / 1e6:.0f} MB"


def sqlite(work, table):
    if not shutil.which("sqlite3"):
        return absent("sqlite3")
    base = os.path.join(work, "sqlite.db")
    if not os.path.exists(base):
        script = [".mode csv", f".import {table} assets", "create index kinds on assets(kind, region, env);"]
        figures = run(["sqlite3", base] + script)
        told("load, until durable", "sqlite3 .import", *figures[:3], disk_file(base))
    for question, where in WHERE.items():
        figures, out = captured(["sqlite3", base, f"select count(*) from assets where {where};"])
        told(question, "sqlite3", *figures[:3], out.strip())
    figures, out = captured(["sqlite3", base, "select kind, count(*) from assets group by kind;"])
    told("count by kind", "sqlite3", *figures[:3], f"{len(out.splitlines())} kinds")
    path = os.path.join(work, "sqlite.csv")
    with open(path, "wb") as out:
        wall, cpu, peak, _ = run(["sqlite3", "-csv", "-header", base, "select * from assets;"], out)
    told("export as csv", "sqlite3 -csv", wall, cpu, peak, rate(os.path.getsize(path), wall))
    path = os.path.join(work, "sqlite.ndjson")
    cells = "'id', id, 'kind', kind, 'account', account, 'region', region, 'name', name, 'status', status, 'payload', json(payload)"
    with open(path, "wb") as out:
        wall, cpu, peak, _ = run(["sqlite3", base, f"select json_object({cells}) from assets;"], out)
    told("export as ndjson", "sqlite3 json_object", wall, cpu, peak, rate(os.path.getsize(path), wall))


def disk_file(path):
    return f"{os.path.getsize(path) / 1e6:.0f} MB"


DUCK = """
import duckdb, json, resource, statistics, sys, time
base, threads, *questions = sys.argv[1:]
db = duckdb.connect(base, config={"threads": int(threads)})
for question in questions:
    walls, cpus = [], []
    for _ in range(5):
        before, start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        answer = db.execute(question).fetchall()
        walls.append(time.monotonic() - start)
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    answer = answer[0][0] if len(answer) == 1 else f"{len(answer)} kinds"
    print(json.dumps([statistics.median(walls), statistics.median(cpus), after.ru_maxrss * 1024, answer]))
"""


def duckdb(work, table):
    if run([sys.executable, "-c", "import duckdb"])[3] != 0:
        return absent("duckdb (the Python package)")
    base = os.path.join(work, "duck.db")

    def once(sql):
        return run([sys.executable, "-c", "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(sys.argv[2])", base, sql])

    if not os.path.exists(base):
        figures = once(f"create table assets as select * from read_csv('{table}', header=true, all_varchar=true, max_line_size=10000000)")
        told("load, until durable", "duckdb read_csv", *figures[:3], disk_file(base))
    lowered = [re.sub(r"(name|id|address) like", r"lower(\1) like", where) for where in WHERE.values()]
    questions = [f"select count(*) from assets where {where}" for where in lowered]
    questions.append("select kind, count(*) from assets group by kind")
    _, out = captured([sys.executable, "-c", DUCK, base, "2", *questions])
    for question, line in zip([*WHERE, "count by kind"], out.splitlines()):
        told(question, "duckdb, warm", *json.loads(line))
    for form, option in [("csv", "format csv, header"), ("ndjson", "format json")]:
        path = os.path.join(work, f"duck.{form}")
        wall, cpu, peak, _ = once(f"copy assets to '{path}' ({option})")
        told(f"export as {form}", "duckdb copy", wall, cpu, peak, rate(os.path.getsize(path), wall))


def jq(work, lines):
    if not shutil.which("jq"):
        return absent("jq")
    question = '[inputs | select(.kind == "aws.ec2.instance" and .region == "eu-west-1" and .tags.env == "prod")] | length'
    figures, out = captured(["jq", "-n", question, lines])
    told("kind, region and tag", "jq over the file", *figures[:3], out.strip())
    path = os.path.join(work, "jq.ndjson")
    with open(path, "wb") as out:
        wall, cpu, peak, _ = run(["jq", "-c", ".", lines], out)
    told("export as ndjson", "jq -c", wall, cpu, peak, rate(os.path.getsize(path), wall))


def fzf(names):
    if not shutil.which("fzf"):
        return absent("fzf")
    with open(names, "rb") as file:
        figures, out = captured(["fzf", "--filter", "pymtprd"], file)
    told("fuzzy `pymtprd` over names, all hits in order", "fzf --filter, with reading", *figures[:3], f"{len(out.splitlines())} hits")


def grep(lines):
    if not shutil.which("grep"):
        return absent("grep")
    figures, out = captured(["grep", "-c", "-i", "-F", TEXT, lines])
    told(f"substring `{TEXT}`", "grep -i over the file (payloads too)", *figures[:3], out.strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--binary", default="target/release/cloudscope")
    parser.add_argument("--dir", help="where files go; kept when given, so that a second run loads nothing")
    parser.add_argument("--only", default="", help="tools whose name holds this word")
    options = parser.parse_args()
    work = options.dir or tempfile.mkdtemp(prefix="cloudscope-peers-")
    os.makedirs(work, exist_ok=True)
    table, lines, names = (os.path.join(work, name) for name in ["estate.csv", "estate.ndjson", "names.txt"])
    try:
        for path, form in [(table, "csv"), (lines, "ndjson")]:
            if not os.path.exists(path):
                with open(path, "wb") as out:
                    made = run([options.binary, "estate", "--assets", str(options.assets), "--format", form], out)
                if made[3] != 0:
                    sys.exit(f"`{options.binary} estate` failed with {made[3]}; build it with cargo build --release")
        if not os.path.exists(names):
            with open(lines, encoding="utf-8") as source, open(names, "w", encoding="utf-8") as out:
                out.writelines(json.loads(line)["name"] + "\n" for line in source)
        tools = {
            "cloudscope": lambda: cloudscope(options.binary, work, options.assets),
            "sqlite3": lambda: sqlite(work, table),
            "duckdb": lambda: duckdb(work, table),
            "jq": lambda: jq(work, lines),
            "fzf": lambda: fzf(names),
            "grep": lambda: grep(lines),
        }
        for name, tool in tools.items():
            if options.only in name:
                tool()
    finally:
        if not options.dir:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{options.assets} assets, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| what | tool | wall | processor | peak memory | answer |\n| --- | --- | --- | --- | --- | --- |")
    for row in sorted(ROWS, key=lambda row: row[0]):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
