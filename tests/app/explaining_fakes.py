"""Services that explain, check and read files, for pages that are tested without a case."""

from __future__ import annotations

import threading
from typing import Any

from core.domain import Table, Written
from core.errors import Cancelled
from core.examine import Consistency, MapQuestion, MapSanity, Neighbour, Robustness
from core.progress import Progress
from tests.app.widgets.explaining_records import a_consistency, a_sanity
from tests.app.widgets.test_robustness_view import CHECK


class FakeExplaining:
    """Consistency and checks of maps; `refusal` is raised instead."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, Any]] = []
        self.kept: dict[int, MapSanity] = {}
        self.failed: tuple[str, ...] = ()
        self.refusal: Exception | None = None

    def consistency(
        self, exhibit_id: int, *, detector: str | None = None, progress: Progress | None = None
    ) -> Consistency:
        self.asked.append(("consistency", exhibit_id, detector))
        if self.refusal is not None:
            raise self.refusal
        return a_consistency()

    def sanity(
        self, exhibit_id: int, question: MapQuestion, *, detector: str | None = None, progress: Progress | None = None
    ) -> MapSanity:
        self.asked.append(("sanity", exhibit_id, question))
        if self.refusal is not None:
            raise self.refusal
        self.kept[exhibit_id] = a_sanity(self.failed)
        return self.kept[exhibit_id]

    def kept_sanity(self, exhibit_id: int, question: MapQuestion, *, detector: str | None = None) -> MapSanity | None:
        return self.kept.get(exhibit_id)


class FakeRobustness:
    """Robustness checks that wait for `go`, so that they can be cancelled."""

    def __init__(self) -> None:
        self.kept: dict[int, Robustness] = {}
        self.go = threading.Event()
        self.asked: list[tuple[int, str]] = []

    def latest(self, exhibit_id: int, *, detector: str | None = None, preset: str | None = None) -> Robustness | None:
        return self.kept.get(exhibit_id)

    def run(
        self, exhibit_id: int, preset: str, *, detector: str | None = None, progress: Progress
    ) -> Written[Robustness]:
        self.asked.append((exhibit_id, preset))
        progress.start("Checking robustness", 22, "steps")
        while not self.go.wait(0.01):
            if progress.cancelled:
                raise Cancelled("Cancelled.")
        self.kept[exhibit_id] = CHECK
        return Written(CHECK, frozenset({Table.ROBUSTNESS}))


class FakeEmbedding:
    """Every other exhibit is near."""

    def neighbours(self, exhibit_id: int, count: int = 12, *, detector: str | None = None) -> tuple[Neighbour, ...]:
        return (Neighbour(0.2, architecture="real"),)
