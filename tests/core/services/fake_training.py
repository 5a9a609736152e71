"""Stands in for ``main.py train … --follow``: counts steps slowly, and keeps the count as its checkpoint."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from core.errors import Cancelled, DiskFull
from core.services.training_status import Follower

STEPS = 40


def main():
    parser = argparse.ArgumentParser()
    for name in ("--out", "--follow", "--files"):
        parser.add_argument(name, type=Path, required=True)
    wishes, _ = parser.parse_known_args()
    how = os.environ.get("FAKE_TRAINING", "")
    run = wishes.out.with_suffix(".run")
    with Follower(wishes.follow, sys.stdin.fileno(), run) as follower:
        run.mkdir(exist_ok=True)
        if how == "full disk":
            raise DiskFull(f"There is no space left while writing the checkpoint at {run}.")
        kept = run / "step"
        done = int(kept.read_text()) if kept.exists() else 0
        follower.progress.start("Training", STEPS, "steps", done=done)
        for step in range(done, STEPS):
            time.sleep({"stuck": 60, "slow": 0.2}.get(how, 0.02))
            try:
                follower.progress.step(text=f"loss {1 / (step + 1):.3f}")
            except Cancelled:
                kept.write_text(str(step + 1))
                raise
            if how == "killed" and step == 5:
                os.kill(os.getpid(), signal.SIGKILL)
            if how == "fault" and step == 5:
                sys.stderr.write("Traceback\n")
                os._exit(7)
            if how == "checkpoints":
                kept.write_text(str(step + 1))
        wishes.out.write_bytes(b"a detector")
        follower.finished(("One image was left out.",))


if __name__ == "__main__":
    try:
        main()
    except (Cancelled, DiskFull):
        sys.exit(3)
