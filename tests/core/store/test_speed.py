"""How long the window waits for a case of 20 000 exhibits (readings in time of this thread, not of the clock).

`pytest tests/core/store/test_speed.py -m slow -s` prints the table; without the marker a tenth of it runs with room for
a busy machine.
"""

import time
from statistics import median

import pytest

from core.domain import CaseDetails, ExhibitFilter, ReviewState, SortKey, Verdict
from core.store import audit, cases, exhibits, findings, opening
from tests.core.store.generated import ARCHITECTURES, DETECTOR, fill

FILTERS = {
    "nothing": ExhibitFilter(),
    "verdict": ExhibitFilter(verdicts=frozenset({Verdict.ATTRIBUTED})),
    "architectures": ExhibitFilter(architectures=frozenset(ARCHITECTURES[2:4])),
    "text, few": ExhibitFilter(text="img 12"),
    "text, all": ExhibitFilter(text="USB"),
    "tags": ExhibitFilter(tags=frozenset({1, 5})),
    "state": ExhibitFilter(states=frozenset({ReviewState.UNREVIEWED})),
    "score": ExhibitFilter(score_from=0.3, score_to=0.9),
    "agreement": ExhibitFilter(agreement_from=6),
    "everything": ExhibitFilter(
        "usb", frozenset(Verdict), frozenset(ARCHITECTURES), frozenset(range(10)), frozenset(ReviewState), 0.1, 0.95, 2
    ),
}


def _ms(database, act, times):
    taken = []
    for _ in range(times):
        start = time.thread_time()
        with database.reading() as session:
            act(session)
        taken.append((time.thread_time() - start) * 1000)
    return median(taken)


def _measure(tmp_path, count, times):
    """Milliseconds of every reading, and of opening, on a case of `count` exhibits."""
    made = opening.create(tmp_path / "big", CaseDetails("Big"), "A. Moreau")
    start = time.perf_counter()
    fill(made, count)
    figures = {"fill, per exhibit": (time.perf_counter() - start) * 1000 / count}
    made.close()
    for mode in (False, True):
        start = time.perf_counter()
        database = opening.open_case(made.folder, read_only=mode, actor="A. Moreau")
        figures[f"open {'read-only' if mode else 'for writing'}"] = (time.perf_counter() - start) * 1000
        if mode:
            database.close()
            continue
        figures |= _readings(database, times)
        database.close()
    return figures


def _readings(database, times):
    figures = {}
    with database.reading() as session:
        everything = exhibits.ids(session, ExhibitFilter(), SortKey.NAME)
    window = everything[len(everything) // 2 :][:200]
    for name, wanted in FILTERS.items():
        for sort in SortKey:
            for descending in (False, True):
                figures[f"ids {name} by {sort}{' down' * descending}"] = _ms(
                    database, lambda s, w=wanted, k=sort, d=descending: exhibits.ids(s, w, k, descending=d), times
                )
        figures[f"facets {name}"] = _ms(database, lambda s, w=wanted: exhibits.facets(s, w), times)
    acts = {
        "lines of 200": lambda s: exhibits.lines(s, window),
        "get": lambda s: exhibits.get(s, window[0]),
        "latest finding": lambda s: findings.latest(s, window[0]),
        "counts": cases.counts,
        "without finding": lambda s: exhibits.without_finding(s, DETECTOR.digest),
        "next unreviewed": lambda s: exhibits.next_unreviewed(s, window[0], ExhibitFilter(), SortKey.SCORE),
        "log of 200": lambda s: audit.newest(s, limit=200),
    }
    return figures | {name: _ms(database, act, times) for name, act in acts.items()}


def _limit(name):
    return {"open": 1000, "ids": 50, "line": 10, "face": 100}.get(name[:4].rstrip(), 200)


def test_a_tenth_of_the_case_is_far_below_the_limits(tmp_path):
    slow = {name: ms for name, ms in _measure(tmp_path, 2000, 3).items() if ms > _limit(name)}
    assert slow == {}


@pytest.mark.slow
def test_the_whole_case(tmp_path):
    figures = _measure(tmp_path, 20_000, 7)
    for name, ms in figures.items():
        print(f"{ms:8.1f} ms  {name}")  # noqa: T201 - asked for with -s
    assert {name: ms for name, ms in figures.items() if ms > _limit(name)} == {}
