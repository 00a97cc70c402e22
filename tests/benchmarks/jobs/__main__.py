"""One job in this process; its last line is JSON: seconds, peak (bytes of resident memory)."""

import importlib
import json
import os
import re
import resource
import sys
from pathlib import Path

import django

from tests import environment

STATUS = Path("/proc/self/status")


def peak() -> int:
    """Largest resident memory of this program in bytes.

    Linux remembers in `ru_maxrss` what the parent had before this program was loaded, so its own
    high-water mark is asked for where there is one.
    """
    if STATUS.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())):
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(name: str, followers: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wxadmin.settings")
    django.setup()
    job = importlib.import_module(f"{environment.__package__}.benchmarks.jobs.{name}")
    seconds = job.run(int(followers))
    print(json.dumps({"seconds": seconds, "peak": peak()}))


main(*sys.argv[1:])
