"""Runs verbs of the command line as a user's shell would."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments):
    """The command line of a verb, for `subprocess`."""
    return [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]


def run(*arguments, expect=0):
    """Run a verb to its end; returns (standard output, standard error). `expect` None: the answer may be yes or no."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300, check=False)
    allowed = (0, 1) if expect is None else (expect,)
    assert done.returncode in allowed, f"{arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def run_json(*arguments, expect=0):
    """Run a verb with ``--json -`` and read its answer."""
    return json.loads(run(*arguments, "--json", "-", expect=expect)[0])
