"""What detectors said about the exhibits; a finding is added and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, bindparam, func, select, update

from core.domain import ConsistencyGrid, DetectorReference, Finding, LikelihoodRatio, Tile, Verdict
from core.errors import NotFound
from core.examine import FEATURE_LENGTH
from core.store import audit
from core.store.columns import among, as_we_write_it
from core.store.schema import ExhibitRow, FindingRow
from core.store.search import VERDICT_ORDER
from core.store.session import CaseSession, Transaction

_FEATURE_BYTES = FEATURE_LENGTH * 2  # float16


@dataclass(frozen=True, slots=True)
class KeptFeatures:
    """The features that one detector left on the exhibits of a case, in order of intake.

    Attributes:
        exhibit_ids, verdicts: one for each row of `values`.
        values: (n, 512) float16 as they were stored; nobody has looked whether the numbers are finite.
        others: exhibits without a finding of this detector, or whose feature is missing or of another length.
    """

    exhibit_ids: tuple[int, ...]
    verdicts: tuple[Verdict, ...]
    values: NDArray[np.float16]
    others: tuple[int, ...]


def add(transaction: Transaction, finding: Finding) -> Finding:
    """Add one finding and make it the exhibit's current one; answers it with its ids."""
    return add_all(transaction, (finding,))[0]


def add_all(transaction: Transaction, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Add the findings of a batch, each the current one of its exhibit from now on; one log entry tells of all.

    Raises:
        NotFound: a finding is about bytes that are not in the case.
    """
    if not findings:
        return ()
    exhibits = _exhibits_of(transaction, findings)
    first = (transaction.scalar(select(func.max(FindingRow.id))) or 0) + 1  # nobody else writes meanwhile
    numbered = tuple(
        replace(finding, id=first + offset, exhibit_id=exhibits[finding.exhibit_sha256])
        for offset, finding in enumerate(findings)
    )
    transaction.add_rows(FindingRow, [_values(finding) for finding in numbered])
    transaction.connection().execute(_MAKE_CURRENT, [_current(finding) for finding in numbered])
    audit.append(transaction, audit.Act.FINDING_ADD, {"findings": [_logged(finding) for finding in numbered]})
    return numbered


def latest(session: CaseSession, exhibit_id: int, detector_digest: str | None = None) -> Finding | None:
    """The newest finding on an exhibit, of one detector when its digest is given."""
    query = _of_exhibits().where(FindingRow.exhibit_id == exhibit_id).order_by(FindingRow.id.desc()).limit(1)
    if detector_digest is not None:
        query = query.where(FindingRow.detector_digest == detector_digest)
    return next(iter(_read(session, query)), None)


def all_of(session: CaseSession, exhibit_id: int) -> tuple[Finding, ...]:
    """Every finding on an exhibit, newest first."""
    query = _of_exhibits().where(FindingRow.exhibit_id == exhibit_id).order_by(FindingRow.id.desc())
    return tuple(_read(session, query))


def current_of(session: CaseSession, exhibit_ids: Sequence[int]) -> Mapping[int, Finding]:
    """The current findings of many exhibits by exhibit id; those without one are left out."""
    query = _of_exhibits().where(among(ExhibitRow.id, exhibit_ids), ExhibitRow.finding_id == FindingRow.id)
    return {finding.exhibit_id: finding for finding in _read(session, query) if finding.exhibit_id is not None}


def features(session: CaseSession, detector_digest: str) -> KeptFeatures:
    """What one detector's newest findings keep of every exhibit, in a single pass over the case."""
    newest = (
        select(func.max(FindingRow.id).label("id"), FindingRow.exhibit_id)
        .where(FindingRow.detector_digest == detector_digest)
        .group_by(FindingRow.exhibit_id)
        .subquery()
    )
    query = (
        select(ExhibitRow.id, FindingRow.verdict, FindingRow.feature)
        .outerjoin(newest, newest.c.exhibit_id == ExhibitRow.id)
        .outerjoin(FindingRow, FindingRow.id == newest.c.id)
        .order_by(ExhibitRow.id)
    )
    ids: list[int] = []
    verdicts: list[Verdict] = []
    others: list[int] = []
    blob = bytearray()
    for row in session.run(query):
        exhibit_id, verdict, feature = tuple(row)
        if not isinstance(feature, bytes) or len(feature) != _FEATURE_BYTES:
            others.append(exhibit_id)
            continue
        with as_we_write_it("a finding"):
            verdicts.append(Verdict(verdict))
        ids.append(exhibit_id)
        blob += feature
    values = np.frombuffer(blob, "<f2").reshape(-1, FEATURE_LENGTH)  # (n, 512)
    return KeptFeatures(tuple(ids), tuple(verdicts), values, tuple(others))


_MAKE_CURRENT = (
    update(ExhibitRow)
    .where(ExhibitRow.id == bindparam("exhibit"))
    .values(
        finding_id=bindparam("finding"),
        verdict=bindparam("said"),
        verdict_rank=bindparam("rank"),
        architecture=bindparam("named"),
        score=bindparam("top"),
        agreement=bindparam("agreeing"),
    )
)


def _exhibits_of(transaction: Transaction, findings: Sequence[Finding]) -> dict[str, int]:
    wanted = {finding.exhibit_sha256 for finding in findings}
    query = select(ExhibitRow.sha256, ExhibitRow.id).where(among(ExhibitRow.sha256, sorted(wanted)))
    found = dict(transaction.execute(query).all())
    if missing := wanted - found.keys():
        raise NotFound(
            f"The case {transaction.folder} has no exhibit with the SHA-256 {min(missing)}. Take the image in first."
        )
    return found


def _current(finding: Finding) -> dict[str, Any]:
    return {
        "exhibit": finding.exhibit_id,
        "finding": finding.id,
        "said": finding.verdict.value,
        "rank": VERDICT_ORDER.index(finding.verdict),
        "named": finding.architecture,
        "top": _top(finding),
        "agreeing": None if finding.grid is None else finding.grid.agreeing,
    }


def _logged(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "exhibit": finding.exhibit_id,
        "sha256": finding.exhibit_sha256,
        "detector": finding.detector.digest,
        "verdict": finding.verdict.value,
        "architecture": finding.architecture,
        "score": _top(finding),
    }


def _top(finding: Finding) -> float | None:
    return finding.scores[0][1] if finding.scores else None


def _values(finding: Finding) -> dict[str, Any]:
    grid, ratio = finding.grid, finding.likelihood_ratio
    return {
        "id": finding.id,
        "exhibit_id": finding.exhibit_id,
        "detector_name": finding.detector.name,
        "detector_version": finding.detector.version,
        "detector_digest": finding.detector.digest,
        "verdict": finding.verdict.value,
        "reason": finding.reason,
        "architecture": finding.architecture,
        "scores": finding.scores,
        "threshold": finding.threshold,
        "grid": None if grid is None else asdict(grid),
        "likelihood_ratio": None if ratio is None else asdict(ratio),
        "feature": finding.feature,
        "conditions": dict(finding.conditions),
        "device": finding.device,
        "ms": finding.ms,
        "made_at": finding.made_at,
    }


def _of_exhibits() -> Select[tuple[FindingRow, str]] | Any:  # noqa: ANN401
    return select(FindingRow, ExhibitRow.sha256).join(ExhibitRow, ExhibitRow.id == FindingRow.exhibit_id)


def _read(session: CaseSession, query: Any) -> Iterable[Finding]:  # noqa: ANN401
    for row, sha256 in session.execute(query):
        with as_we_write_it("a finding"):
            finding = _record(row, sha256)
        yield finding


def _record(row: FindingRow, sha256: str) -> Finding:
    return Finding(
        exhibit_sha256=sha256,
        detector=DetectorReference(row.detector_name, row.detector_version, row.detector_digest),
        verdict=Verdict(row.verdict),
        reason=row.reason,
        architecture=row.architecture,
        scores=tuple((name, score) for name, score in row.scores),
        threshold=row.threshold,
        grid=_grid(row.grid),
        device=row.device,
        ms=row.ms,
        made_at=row.made_at,
        likelihood_ratio=None if row.likelihood_ratio is None else LikelihoodRatio(**row.likelihood_ratio),
        feature=row.feature,
        conditions=row.conditions,
        exhibit_id=row.exhibit_id,
        id=row.id,
    )


def _grid(values: dict[str, Any] | None) -> ConsistencyGrid | None:
    if values is None:
        return None
    tiles = tuple(Tile(**tile) for tile in values["tiles"])
    boxes = tuple((left, top, width, height) for left, top, width, height in values["boxes"])
    return ConsistencyGrid(values["agreeing"], tiles, boxes)
