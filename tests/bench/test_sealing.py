"""What sealing costs: the same work with the chained log, and without its triggers, hashes, signatures and anchors.

`pytest -m slow tests/bench/test_sealing.py -s` prints the table; of every reading the best of five counts, in time of
this process (the drive's own time, which is the same for both, is left out).
"""

import time

import pytest

from core import installation
from core.domain import CaseDetails
from core.services.workspace import Workspace
from core.store import chain, exhibits, journal, opening
from tests.conftest import save_pictures
from tests.core.store.generated import fill

TIMES, EXHIBITS, IMAGES = 5, 5000, 300


def _unsealed(patch):
    patch.setattr(journal, "watch", lambda _: None)
    patch.setattr(chain, "seal", lambda _: None)
    patch.setattr(installation, "remember", lambda *_, **__: None)


def _seconds(act):
    start, clock = time.process_time(), time.perf_counter()
    act()
    return time.process_time() - start, time.perf_counter() - clock


def _tagging(folder):
    """Tagging all exhibits at once, and a thousand of them one by one."""
    made = opening.create(folder, CaseDetails("Big"), "A. Moreau")
    fill(made, EXHIBITS)
    everything = range(1, EXHIBITS + 1)

    def at_once(on):
        with made.writing() as transaction:
            exhibits.tag(transaction, everything, 3, on)

    def one_by_one():
        for number in everything[:1000]:
            with made.writing() as transaction:
                exhibits.tag(transaction, [number], 4, True)

    at_once(False)
    taken = {f"tag {EXHIBITS} at once": _seconds(lambda: at_once(True)), "tag 1000 one by one": _seconds(one_by_one)}
    made.close()
    return taken


def _intake(folder, pictures):
    with Workspace() as workspace:
        workspace.cases.create(folder, CaseDetails("Intake"))
        workspace.intake.take([pictures / "picture-0000.jpg"])  # the readers are up
        return {f"take in {IMAGES} images": _seconds(lambda: workspace.intake.take([pictures]))}


@pytest.mark.slow
def test_the_cost_of_sealing(tmp_path, monkeypatch):
    pictures = save_pictures(tmp_path / "pictures", IMAGES)
    best = {}
    for turn in range(2 * TIMES):
        how = "without" if turn % 2 else "sealed"
        with monkeypatch.context() as patch:
            if turn % 2:
                _unsealed(patch)
            taken = _tagging(tmp_path / f"tags {turn}") | _intake(tmp_path / f"intake {turn}", pictures)
        for name, seconds in taken.items():
            known = best.setdefault((name, how), seconds)
            best[(name, how)] = tuple(map(min, known, seconds))
    for name in dict.fromkeys(name for name, _ in best):
        (cpu, clock), (cpu_before, clock_before) = best[(name, "sealed")], best[(name, "without")]
        print(  # noqa: T201 - asked for with -s
            f"{name:24} {cpu_before * 1000:8.0f} -> {cpu * 1000:8.0f} ms of this process ({cpu / cpu_before:.2f}); "
            f"{clock_before * 1000:8.0f} -> {clock * 1000:8.0f} ms by the clock ({clock / clock_before:.2f})"
        )
    assert best[("take in 300 images", "sealed")][0] < 2 * best[("take in 300 images", "without")][0]
