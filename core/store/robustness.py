"""How answers survived processing; a check is added and never changed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import exists, select

from core.domain import DetectorReference, Verdict
from core.errors import NotFound
from core.examine import Robustness, RobustnessStep
from core.store import audit
from core.store.columns import as_we_write_it
from core.store.schema import ExhibitRow, FindingRow, RobustnessRow
from core.store.session import CaseSession, Transaction

_TEXTS = ("curve", "text")
_NUMBERS = ("level", "score", "top_score")


def add(transaction: Transaction, made: Robustness) -> None:
    """Keep a check with its finding.

    Raises:
        NotFound: it is about bytes that are not in the case.
    """
    exhibit_id = transaction.scalar(select(ExhibitRow.id).where(ExhibitRow.sha256 == made.exhibit_sha256))
    if exhibit_id is None:
        raise NotFound(
            f"The case {transaction.folder} has no exhibit with the SHA-256 {made.exhibit_sha256}. Take the image in "
            "first."
        )
    row_id = transaction.add_row(RobustnessRow, exhibit_id=exhibit_id, **_values(made))
    told = {
        "id": row_id,
        "exhibit": exhibit_id,
        "sha256": made.exhibit_sha256,
        "finding": made.finding_id,
        "detector": made.detector.digest,
        "preset": made.preset,
        "steps": len(made.steps),
    }
    audit.append(transaction, audit.Act.ROBUSTNESS_ADD, told)


def latest(
    session: CaseSession, exhibit_id: int, detector_digest: str | None = None, preset: str | None = None
) -> Robustness | None:
    """The newest check of an exhibit, of one detector and one preset where they are given."""
    return next(iter(_read(session, exhibit_id, detector_digest, preset, limit=1)), None)


def all_of(session: CaseSession, exhibit_id: int) -> tuple[Robustness, ...]:
    """Every check of an exhibit, newest first."""
    return tuple(_read(session, exhibit_id))


def missing(session: CaseSession, detector_digest: str, preset: str) -> tuple[int, ...]:
    """Ids of the exhibits that a detector named a class for and that were not yet checked with a preset, in order."""
    done = exists().where(
        RobustnessRow.exhibit_id == FindingRow.exhibit_id,
        RobustnessRow.detector_digest == detector_digest,
        RobustnessRow.preset == preset,
    )
    query = (
        select(FindingRow.exhibit_id)
        .where(FindingRow.detector_digest == detector_digest, FindingRow.architecture.is_not(None), ~done)
        .distinct()
        .order_by(FindingRow.exhibit_id)
    )
    return tuple(session.scalars(query))


def _read(
    session: CaseSession,
    exhibit_id: int,
    detector_digest: str | None = None,
    preset: str | None = None,
    limit: int | None = None,
) -> Iterable[Robustness]:
    query = select(RobustnessRow, ExhibitRow.sha256).join(ExhibitRow, ExhibitRow.id == RobustnessRow.exhibit_id)
    query = query.where(RobustnessRow.exhibit_id == exhibit_id).order_by(RobustnessRow.id.desc()).limit(limit)
    if detector_digest is not None:
        query = query.where(RobustnessRow.detector_digest == detector_digest)
    if preset is not None:
        query = query.where(RobustnessRow.preset == preset)
    for row, sha256 in session.execute(query):
        with as_we_write_it("a robustness check"):
            made = _record(row, sha256)
        yield made


def _values(made: Robustness) -> dict[str, Any]:
    return {
        "finding_id": made.finding_id,
        "detector_name": made.detector.name,
        "detector_version": made.detector.version,
        "detector_digest": made.detector.digest,
        "preset": made.preset,
        "architecture": made.architecture,
        "verdict": made.verdict.value,
        "score": made.score,
        "steps": [asdict(step) for step in made.steps],
        "device": made.device,
        "seed": made.seed,
        "made_at": made.made_at,
    }


def _record(row: RobustnessRow, sha256: str) -> Robustness:
    if not isinstance(row.steps, list) or not math.isfinite(row.score):
        raise TypeError("the steps are no list, or the score is no number")
    return Robustness(
        exhibit_sha256=sha256,
        detector=DetectorReference(row.detector_name, row.detector_version, row.detector_digest),
        finding_id=row.finding_id,
        preset=row.preset,
        architecture=row.architecture,
        verdict=Verdict(row.verdict),
        score=row.score,
        steps=tuple(map(_step, row.steps)),
        made_at=row.made_at,
        device=row.device,
        seed=row.seed,
    )


def _step(values: dict[str, Any]) -> RobustnessStep:
    step = RobustnessStep(**{**values, "verdict": Verdict(values["verdict"])})
    texts = [values[name] for name in _TEXTS] + ([] if step.top is None else [step.top])
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text of a step is no text")
    if not all(type(values[name]) in (int, float) and math.isfinite(values[name]) for name in _NUMBERS):
        raise ValueError("a number of a step is no number")
    return step
