"""Everything the case holds about the exhibits of a report, read in one consistent view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.custody import CustodyEvent
from core.domain import Exhibit, Finding
from core.examine import Annotation, ExaminerView, Robustness
from core.reporting import Conclusion, Propositions
from core.store import annotations as drawings
from core.store import conclusions, custody, exhibits, findings, reruns, robustness, views
from core.store.session import CaseSession


@dataclass(frozen=True, slots=True)
class Material:
    """What the case holds about one exhibit.

    Attributes:
        findings: newest first; the first one is printed.
        robustness: the newest check of the detector that made the newest finding.
        propositions: those that stand.
        conclusions: newest first, changed minds among them.
        custody: events about it or about the whole case, as they happened.
        repetition: what the newest repetition of a finding said, or "".
    """

    exhibit: Exhibit
    findings: tuple[Finding, ...]
    robustness: Robustness | None
    views: tuple[ExaminerView, ...]
    annotations: tuple[Annotation, ...]
    propositions: Propositions | None
    conclusions: tuple[Conclusion, ...]
    custody: tuple[CustodyEvent, ...]
    repetition: str

    @property
    def finding(self) -> Finding | None:
        """The newest finding."""
        return self.findings[0] if self.findings else None


def read_material(
    session: CaseSession, exhibit_ids: Sequence[int], actor: str, events: Sequence[CustodyEvent]
) -> Iterator[Material]:
    """The material of exhibits that are visible to `actor`, in the order asked for.

    Args:
        session: one view of the case.
        exhibit_ids: which exhibits.
        actor: who reads.
        events: every custody event of the case.

    Raises:
        NotFound: there is no such exhibit.
    """
    concluded = conclusions.among_exhibits(session, exhibit_ids)
    proposed = conclusions.propositions_among(session, exhibit_ids)
    custody_of = events_by_exhibit(events, exhibit_ids)
    for exhibit_id in exhibit_ids:
        found = findings.all_of(session, exhibit_id)
        repeated = reruns.of(session, exhibit_id)
        standing = proposed.get(exhibit_id, ())
        digest = found[0].detector.digest if found else None
        yield Material(
            exhibit=exhibits.get(session, exhibit_id),
            findings=found,
            robustness=robustness.latest(session, exhibit_id, digest) if digest else None,
            views=views.of(session, exhibit_id),
            annotations=tuple(one for one in drawings.of(session, exhibit_id, actor) if one.in_report),
            propositions=standing[0] if standing else None,
            conclusions=concluded.get(exhibit_id, ()),
            custody=custody_of[exhibit_id],
            repetition=repeated[0].sentence if repeated else "",
        )


def all_events(session: CaseSession) -> tuple[CustodyEvent, ...]:
    """Every custody event of the case, but for those that another one corrects."""
    events = custody.all_of(session)
    corrected = {event.corrects for event in events}
    return tuple(event for event in events if event.id not in corrected)


def events_by_exhibit(
    events: Sequence[CustodyEvent], exhibit_ids: Sequence[int]
) -> Mapping[int, tuple[CustodyEvent, ...]]:
    """The events about each of the exhibits; an event without exhibits is about all."""
    wanted: dict[int, list[CustodyEvent]] = {exhibit_id: [] for exhibit_id in exhibit_ids}
    for event in events:
        for exhibit_id in event.exhibit_ids or exhibit_ids:
            if exhibit_id in wanted:
                wanted[exhibit_id].append(event)
    return {exhibit_id: tuple(found) for exhibit_id, found in wanted.items()}
