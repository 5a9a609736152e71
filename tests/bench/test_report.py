"""How long a report takes and how much memory: `pytest -m slow -s tests/bench/test_report.py -k 200` (or 10000)."""

import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain import CaseDetails
from core.reporting import FORMATS
from core.services.workspace import Workspace
from tests.core.services.large_case import fill
from tests.core.services.reported_case import complete

pytestmark = pytest.mark.slow
_MB = 1024


class Peaks:
    """The largest resident size of this process and of every child while it runs, in MB."""

    def __init__(self):
        self.largest = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._ended.wait(0.25):
            for number in [str(os.getpid()), *_children(os.getpid())]:
                try:
                    lines = Path(f"/proc/{number}/status").read_text().splitlines()
                except OSError:
                    continue
                peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
                self.largest[number] = max(peak // _MB, self.largest.get(number, 0))

    def end(self):
        self._ended.set()
        self._thread.join()
        return max(self.largest.values())


def _children(pid):
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for number in path.read_text().split():
            found += [number, *_children(int(number))]
    return found


@pytest.mark.parametrize(("count", "side", "seconds"), [(200, 640, 60), (10_000, 96, None)])
def test_issue(tmp_path, count, side, seconds):
    with Workspace() as workspace:
        workspace.settings.set("examiner", "A. Moreau")
        workspace.cases.create(tmp_path / "large", CaseDetails("Large", "2026/17", "A. Moreau", "Laboratory"))
        fill(workspace.cases.database, workspace.detectors.current(), count, side)
        draft = complete(workspace.reports.draft(), formats=FORMATS)
        draft = replace(draft, received_on=draft.requested_on)
        peaks, began = Peaks(), time.monotonic()
        report = workspace.reports.issue(draft).value
        took, peak = time.monotonic() - began, peaks.end()
        megabytes = sum(file.size for file in report.files) / 1e6
        assert "torch" not in sys.modules  # or this process would be larger than that of an analyst
        print(  # noqa: T201
            f"\n{count} exhibits: {took:.0f} s, {len(report.files)} files, {megabytes:.0f} MB, "
            f"largest process {peak} MB"
        )
        assert report.exhibits == count
        assert peak < 1024
        assert seconds is None or took < seconds


def test_previews(tmp_path):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "large", CaseDetails("Large", "2026/17", "A. Moreau", "Laboratory"))
        fill(workspace.cases.database, workspace.detectors.current(), 200, 640)
        draft = complete(workspace.reports.draft())
        times = []
        for summary, page in (("One.", 1), ("One.", 40), ("One.", 200), ("Two.", 1), ("Three.", 1)):
            began = time.monotonic()
            workspace.reports.preview(replace(draft, summary=summary), page, 2)
            times.append(time.monotonic() - began)
        words = "first {:.1f} s, other pages {:.1f} and {:.1f} s, other words {:.1f} and {:.1f} s"
        print("\n" + words.format(*times))  # noqa: T201
        assert max(times[1:3]) < 5
