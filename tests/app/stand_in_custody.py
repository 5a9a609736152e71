"""The stand-in workspace on custody, the standing of the evidence, and repeated findings."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.custody import (
    CustodyEvent,
    CustodyForm,
    EvidenceProblem,
    EvidenceStanding,
    EvidenceState,
    Recheck,
    Repetition,
    Rerun,
)
from core.domain import Table, Written
from core.errors import BadInput
from core.progress import Progress

if TYPE_CHECKING:
    from tests.app.stand_in import StandIn

_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class StandInCustody:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.events: list[CustodyEvent] = []

    def add(
        self, form: CustodyForm, exhibit_ids: Sequence[int] | None = None, corrects: int | None = None
    ) -> Written[CustodyEvent]:
        self._door.called("custody.add", writes=True)
        if not any((form.from_party, form.to_party, form.item, form.seal, form.place, form.remarks)):
            raise BadInput("The form is blank. State at least who handed over or took the items, or write a remark.")
        ids = tuple(self._door.lines) if exhibit_ids is None else tuple(exhibit_ids)
        made = CustodyEvent(len(self.events) + 1, form, ids, self._door.views.examiner, _EPOCH, corrects)
        self.events.append(made)
        self._door.log("custody.add", remarks=form.remarks)
        return Written(made, frozenset({Table.CUSTODY}))

    def of(self, exhibit_id: int) -> tuple[CustodyEvent, ...]:
        self._door.called("custody.of")
        return tuple(one for one in self.events if not one.exhibit_ids or exhibit_id in one.exhibit_ids)

    def all(self) -> tuple[CustodyEvent, ...]:
        self._door.called("custody.all")
        return tuple(self.events)


class StandInIntegrity:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.pause_s = 0.0
        self.broken: tuple[str, ...] = ()  # hashes
        self.whole: Recheck | None = None

    def recheck(
        self, reason: str = "on demand", exhibit_ids: Sequence[int] | None = None, *, progress: Progress | None = None
    ) -> Written[Recheck]:
        self._door.called("integrity.recheck")
        progress = progress or Progress()
        lines = list(self._door.lines.values())
        progress.start("Verifying evidence", len(lines), "MB")
        for _ in lines:
            time.sleep(self.pause_s)
            progress.step()
        path = "/cases/Portraits.dnacase/evidence"
        problems = tuple(
            EvidenceProblem(
                sha256, EvidenceState.CHANGED, f"The evidence file {path}/{sha256[:2]}/{sha256} is not what it was."
            )
            for sha256 in self.broken
        )
        at, intact = datetime.now(UTC), len(lines) - len(problems)
        self.whole = Recheck(reason, len(lines), intact, problems, True, at, self._door.views.examiner, 0.1, 1)
        return Written(self.whole, frozenset({Table.INTEGRITY}))

    def latest(self) -> Recheck | None:
        return self.whole

    def standing(self) -> EvidenceStanding:
        self._door.called("integrity.standing")
        problems = self.whole.problems if self.whole is not None else ()
        return EvidenceStanding(len(self._door.lines), self.whole, problems, self.whole.at if problems else None)


class StandInReruns:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.made: list[Rerun] = []
        self.outcome = Repetition.EQUAL

    def run(
        self,
        exhibit_ids: Sequence[int] | None = None,
        *,
        detector: str | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Written[tuple[Rerun, ...]]:
        self._door.called("rerun.run")
        ids = tuple(self._door.lines) if exhibit_ids is None else tuple(exhibit_ids)
        for number in ids:
            self._door.views.require_visible(number)
        sentence = f"{self.outcome.value.capitalize()}: as the stand-in says. Computed on CPU (2 threads), as then."
        made = tuple(
            Rerun(
                number, number, self._door.lines[number].sha256, self.outcome, sentence, 0.0, 0.001, _EPOCH, "A. Moreau"
            )
            for number in ids
        )
        self.made += [replace(one, id=len(self.made) + 1) for one in made]
        return Written(made, frozenset({Table.RERUNS}))

    def of(self, exhibit_id: int) -> tuple[Rerun, ...]:
        self._door.called("rerun.of")
        self._door.views.require_visible(exhibit_id)
        return tuple(one for one in reversed(self.made) if one.exhibit_id == exhibit_id)


class FakeReruns:
    """Repeats findings whose exhibit and finding have one number; `gate` holds them back until a test opens it."""

    def __init__(self) -> None:
        self.made: list[Rerun] = []
        self.asked: list[tuple[tuple[int, ...], str, str]] = []
        self.outcome, self.refusal = Repetition.EQUAL, None
        self.gate = threading.Event()
        self.gate.set()

    def of(self, exhibit_id: int) -> tuple[Rerun, ...]:
        return tuple(one for one in reversed(self.made) if one.exhibit_id == exhibit_id)

    def run(
        self, exhibit_ids: Sequence[int], *, detector: str, device: str, progress: Progress
    ) -> Written[tuple[Rerun, ...]]:
        self.asked.append((tuple(exhibit_ids), detector, device))
        progress.start("Repeating", len(exhibit_ids), "findings")
        while not self.gate.wait(0.01):
            progress.check()
        if self.refusal is not None:
            raise self.refusal
        (number,) = exhibit_ids
        sentence = f"{self.outcome.value.capitalize()}: as the stand-in says about {number}."
        told = (self.outcome, sentence, 0.0, 0.001, _EPOCH, "A. Moreau")
        made = Rerun(number, number, f"{number:064x}", *told, id=len(self.made) + 1)
        self.made.append(made)
        return Written((made,), frozenset({Table.RERUNS}))
