"""Writes what was measured, with machine and commit, into a section of docs/benchmarks.md."""

import datetime
import os
import platform
import subprocess
import sys

PAGE = "docs/benchmarks.md"


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    memory = int(open("/proc/meminfo").readline().split()[1]) / 1024 / 1024
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB memory, {system}, Linux {platform.release()}"


def commit():
    def git(*args):
        return subprocess.run(["git", *args], capture_output=True, text=True).stdout.strip()

    changed = [l for l in git("status", "--porcelain").splitlines() if not l.endswith(PAGE)]
    return git("rev-parse", "--short=12", "HEAD") + (" with local changes" if changed else "")


def profile():
    """The name of the folder Cargo put the binary into: debug, release, dist."""
    return os.path.basename(os.path.dirname(os.path.abspath(os.environ["BIN"])))


def bench(variable, *args):
    """Runs the bench whose executable the variable names; each of its lines is one figure: what, a colon, how much."""
    ran = subprocess.run([os.environ[variable], "--bench", *args], stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(" ".join(part.split()) for part in l.split(":", 1)) for l in ran.stdout.splitlines() if ":" in l]


def tell(section, setting, rows, full):
    """Prints a table of (what, figure); a full measurement replaces that section of the page."""
    lines = [
        f"Measured {datetime.date.today().isoformat()} at commit `{commit()}`, {profile()} build.",
        f"Machine: {machine()}.",
        setting,
        "",
        "| what | figure |",
        "|---|---|",
    ]
    text = "\n".join(lines + [f"| {what} | {figure} |" for what, figure in rows])
    print(text)
    if not full:
        say(f"a short run; {PAGE} is left as it is")
        return
    begin, end = f"<!-- {section} -->", f"<!-- /{section} -->"
    before, rest = open(PAGE).read().split(begin)
    after = rest.split(end)[1]
    with open(PAGE, "w") as page:
        page.write(f"{before}{begin}\n{text}\n{end}{after}")
    say(f"written into {PAGE}")
