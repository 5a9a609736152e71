"""The report record: what a draft and the case give, as plain frozen data, volume by volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from core.custody import CustodyEvent, CustodyKind, EvidenceState, LogHead
from core.custody import Recheck as EvidenceRecheck
from core.domain import Case, DetectorReference, IntakeLine
from core.report import weaknesses
from core.report.record import (
    DetectorRecord,
    ExhibitRecord,
    Front,
    Identity,
    Laboratory,
    Line,
    Recheck,
    ReportRecord,
    Scale,
    Weakness,
)
from core.report.words import words
from core.reporting import SECTIONS, ReportDraft, ReportForm, exhibit_label
from core.services.report_assets import written
from core.services.report_detector import detector_record
from core.services.report_exhibit import Setting, Shown, exhibit_record, moment
from core.services.report_log import Row, log_record
from core.services.report_material import Material
from core.services.report_not_taken import note, printed
from core.services.report_sentences import Sentences
from core.store.session import CaseSession
from core.verbal_scale import VerbalScale

WHOLE = 200  # exhibits that fit into one volume, whose typesetting then takes up to 900 MB
VOLUME = {ReportForm.FULL: 160, ReportForm.PLAIN: 160, ReportForm.SHORT: 400}  # of one of several volumes


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for every volume of a report.

    Attributes:
        exhibit_ids: those that are printed, in order.
        references: the detectors of their newest findings.
        totals: verdict → exhibits.
        named_real: of those attributed, the ones attributed to real photographs.
        software: the program and its libraries.
        not_taken: files that were handed over and are no exhibits, for the first volume.
    """

    case: Case
    draft: ReportDraft
    exhibit_ids: tuple[int, ...]
    setting: Setting
    say: Sentences
    front: Front
    laboratory: Laboratory
    references: tuple[DetectorReference, ...]
    totals: Mapping[str, int]
    named_real: int
    software: tuple[Line, ...]
    not_taken: tuple[IntakeLine, ...] = ()

    @property
    def sections(self) -> tuple[str, ...]:
        """Of `SECTIONS`, those that are printed."""
        return tuple(section for section in SECTIONS if section in self.setting.sections)

    @property
    def volumes(self) -> tuple[tuple[int, ...], ...]:
        """Ids of the exhibits of each volume, about as many in each; a report always has one."""
        count, most = len(self.exhibit_ids), VOLUME[self.draft.form]
        parts = 1 if count <= WHOLE else -(-count // most)
        ends = [round(count * part / parts) for part in range(parts + 1)]
        return tuple(self.exhibit_ids[start:end] for start, end in pairwise(ends))

    @property
    def labels(self) -> Mapping[int, str]:
        """The number of each exhibit in this report: "E-001"."""
        count = len(self.exhibit_ids)
        return {number: exhibit_label(place, count) for place, number in enumerate(self.exhibit_ids, 1)}


def identity(
    plan: Plan, *, uid: str, number: str, revision: int = 1, supersedes: str = "", reason: str = "", issued_at: str = ""
) -> Identity:
    """Which report this is; without a time of issue it is a preview."""
    return Identity(
        uid=uid,
        number=number,
        revision=revision,
        supersedes=supersedes,
        reason=reason,
        title=plan.draft.title,
        form=plan.draft.form.value,
        language=plan.draft.laboratory.language,
        issued_at=issued_at,
        preview=not issued_at,
    )


def volume_record(
    plan: Plan,
    which: Identity,
    session: CaseSession,
    shown: Sequence[tuple[str, Material, Shown]],
    *,
    head: LogHead | None,
    recheck: EvidenceRecheck | None,
    excerpt: tuple[Sequence[Row], int],
    stamps: Sequence[Line],
) -> ReportRecord:
    """One volume.

    Args:
        plan: of the whole report.
        which: identity with part and parts.
        session: the case.
        shown: label, material and readings of its exhibits.
        head: where the log stood; None in a preview.
        recheck: the hash check before this report, or None.
        excerpt: entries of the log that concern this volume, and how many there are.
        stamps: lines about time stamps.
    """
    exhibits = tuple(exhibit_record(label, material, what, plan.setting) for label, material, what in shown)
    rows, count = excerpt if "log" in plan.setting.sections else ((), 0)
    checked = None if recheck is None else recheck_record(recheck, exhibits)
    detectors = tuple(_detectors(plan, exhibits))
    return ReportRecord(
        identity=which,
        laboratory=plan.laboratory,
        front=plan.front,
        software=plan.software,
        detectors=detectors,
        scale=scale_record(plan.setting.scale),
        exhibits=exhibits,
        recheck=checked,
        weaknesses=_weaknesses(plan, detectors, exhibits, checked),
        log=log_record(session, head, rows, stamps),
        sections=plan.sections,
        totals=plan.totals,
        named_real=plan.named_real,
        notes=tuple(_notes(plan, which, shown, (count, len(rows)))),
        not_taken=printed(plan.not_taken, which.language) if which.part == 1 else (),
    )


def front_of(
    case: Case,
    draft: ReportDraft,
    events: Sequence[CustodyEvent],
    worked: tuple[datetime, datetime] | None,
    author: str,
) -> Front:
    """The front with dates that the draft leaves open taken from custody events, findings and conclusions."""
    received = draft.received_on or received_on(events)
    first, last = (moment.astimezone().date() for moment in worked) if worked else (None, None)
    return Front(
        case_title=case.details.title,
        case_number=case.details.number,
        case_uid=case.uid,
        customer=draft.customer,
        customer_address=draft.customer_address,
        request=draft.request,
        requested_on=_day(draft.requested_on),
        received_on=_day(received),
        worked_from=_day(draft.worked_from or first),
        worked_to=_day(draft.worked_to or last),
        place=draft.place,
        sampling=draft.sampling,
        condition=draft.condition,
        deviations=draft.deviations,
        external_results=draft.external_results,
        author=draft.author or author,
        reviewer=draft.reviewer,
        authoriser=draft.authoriser,
        summary=draft.summary,
        limitations=draft.limitations,
    )


def received_on(events: Sequence[CustodyEvent]) -> date | None:
    """The day on which the first items were received, at the place where they were."""
    days = [event.form.at.date() for event in events if event.form.kind is CustodyKind.RECEIVED]
    return min(days, default=None)


def laboratory_record(draft: ReportDraft, logo: bytes | None, assets: Path, say: Sentences) -> Laboratory:
    """The laboratory's template, its logo written among the assets."""
    template = draft.laboratory
    picture = written(assets, "logo.png", logo)
    return Laboratory(
        name=template.name,
        address=template.address,
        contact=template.contact,
        accreditation=template.accreditation,
        header=template.header,
        footer=template.footer,
        marking=template.marking,
        method=template.method,
        logo=None if picture is None else picture.asset(say("logo", name=template.name)),
    )


def scale_record(scale: VerbalScale) -> Scale:
    """The verbal scale in full."""
    bands = tuple((band.above, None if band.up_to == float("inf") else band.up_to, band.label) for band in scale.bands)
    return Scale(scale.name, scale.version, scale.source, scale.neutral, bands)


def recheck_record(made: EvidenceRecheck, exhibits: Sequence[ExhibitRecord]) -> Recheck:
    """The hash check of a whole report, and what it found of the exhibits of this volume."""
    problems = tuple(f"{one.label}: {one.problem}" for one in exhibits if one.problem)
    return Recheck(moment(made.at), made.exhibits, made.intact, problems)


def problem_sentences(recheck: EvidenceRecheck, say: Sentences) -> Mapping[str, str]:
    """What is said of exhibits whose bytes are not what they were, by SHA-256; without paths of this computer."""
    return {one.sha256: say(one.state.value) for one in recheck.problems if one.state is not EvidenceState.INTACT}


def _notes(
    plan: Plan, which: Identity, shown: Sequence[tuple[str, Material, Shown]], entries: tuple[int, int]
) -> Iterator[str]:
    """What could not be shown, and why; `entries` of the log that there are, and that are printed."""
    for label, material, what in shown:
        yield from what.notes
        yield from _about_conclusions(label, material, plan.say)
    yield from _about_detectors(plan)
    if entries[0] > entries[1]:
        yield plan.say("excerpt", count=entries[0], shown=entries[1])
    if which.part == 1:
        yield from note(plan.not_taken, which.language)
    if which.preview and which.parts > 1:
        yield plan.say("volume", first=shown[0][0], last=shown[-1][0], count=len(plan.exhibit_ids))


def _weaknesses(
    plan: Plan, detectors: Sequence[DetectorRecord], exhibits: Sequence[ExhibitRecord], checked: Recheck | None
) -> tuple[Weakness, ...]:
    if "weaknesses" not in plan.setting.sections:
        return ()
    language = plan.draft.laboratory.language
    return weaknesses.rows(detectors, weaknesses.count(exhibits, checked), words(language))


def _detectors(plan: Plan, exhibits: Sequence[ExhibitRecord]) -> Iterator[DetectorRecord]:
    """Those behind the findings of this volume."""
    used = {exhibit.finding.detector for exhibit in exhibits if exhibit.finding is not None}
    for reference in plan.references:
        if reference.digest in used:
            yield detector_record(reference, plan.setting.detectors.get(reference.digest), plan.say)


def _about_detectors(plan: Plan) -> Iterator[str]:
    for one in plan.references:
        if one.digest not in plan.setting.detectors:
            yield plan.say("no_detector", name=one.name, version=one.version, digest=one.digest[:12])


def _about_conclusions(label: str, material: Material, say: Sentences) -> Iterator[str]:
    """Changed minds, and conclusions under other propositions than those printed."""
    standing = material.propositions.id if material.propositions is not None else None
    outcomes, seen = words(say.language), set[tuple[str, str]]()
    for one in material.conclusions:  # newest first
        who = (one.author, one.role.value)
        if who in seen:
            said = {
                "author": one.author,
                "at": moment(one.made_at),
                "outcome": outcomes.name_of("outcome", one.outcome.value),
            }
            yield say("earlier_conclusion", label=label, **said)
        elif one.propositions_id is not None and one.propositions_id != standing:
            yield say("other_propositions", label=label, author=one.author)
        seen.add(who)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
