"""From a draft and the case to the volumes of a report: what is planned, what is looked at, what is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.custody import EvidenceProblem, LogHead, Recheck, TimeStamp
from core.domain import DetectorSummary
from core.errors import BadInput, CoreError
from core.imaging.problems import Undecodable
from core.imaging.report_pictures import report_logo
from core.progress import Progress
from core.report.record import Identity, Line, ReportRecord
from core.report.weaknesses import REAL
from core.reporting import SECTIONS, ReportDraft, exhibit_label, standing
from core.services.cases import Cases
from core.services.conclusions import Conclusions
from core.services.detectors import Detectors
from core.services.embedding import Embedding
from core.services.integrity import Integrity
from core.services.log_standing import LogStanding
from core.services.processes import Processes
from core.services.report_assets import logo_file
from core.services.report_checklist import Facts
from core.services.report_detector import software_lines
from core.services.report_exhibit import Setting, Shown, moment
from core.services.report_log import Row, excerpts
from core.services.report_material import Material, all_events, read_material
from core.services.report_not_taken import is_about_all, not_taken_beside
from core.services.report_readings import Job, Readings
from core.services.report_record import Plan, front_of, laboratory_record, volume_record
from core.services.report_sentences import Sentences
from core.services.views import require_visible
from core.store import blindness, chain, conclusions, intake, report_state, reports
from core.store.session import CaseSession

_SIMILAR = 3


@dataclass(frozen=True, slots=True)
class Issuing:
    """What is printed of an issued report beside its draft; a preview has none of it."""

    head: LogHead | None = None
    recheck: Recheck | None = None
    problems: Mapping[str, str] | None = None


class Engine:
    """Makes report records.

    Args:
        cases: holds the open case.
        detectors: whose cards are printed.
        conclusions: the verbal scales.
        integrity: what is known of the evidence.
        embedding: what is similar.
        readings: reads the exhibits' files.
        processes: reads the logo.
    """

    def __init__(
        self,
        cases: Cases,
        detectors: Detectors,
        conclusions: Conclusions,
        integrity: Integrity,
        embedding: Embedding,
        readings: Readings,
        processes: Processes,
    ) -> None:
        self._cases = cases
        self._detectors = detectors
        self._conclusions = conclusions
        self._integrity = integrity
        self._embedding = embedding
        self._readings = readings
        self._processes = processes
        self._logos: dict[tuple[str, int, int], bytes] = {}
        self._log = LogStanding()

    def plan(self, draft: ReportDraft, assets: Path) -> Plan:
        """What is the same for every volume; the logo is written among the assets.

        Raises:
            BadInput, NotFound: no such scale; the logo is no picture.
        """
        database, say = self._cases.database, Sentences(draft.laboratory.language)
        scale = self._conclusions.scale(draft.scale)
        case = database.case
        with database.reading() as session:
            ids = report_state.existing(session, draft.exhibit_ids)
            events = [event for event in all_events(session) if _concerns(event.exhibit_ids, ids)]
            worked = report_state.worked(session, ids)
            references = report_state.detectors(session, ids)
            verdicts = Counter(report_state.verdicts(session, ids).values())
            left_over = not_taken_beside(session, ids)
            named_real = report_state.attributed_to(session, ids, REAL)
        sections = frozenset(SECTIONS) - frozenset(draft.left_out)
        return Plan(
            case=case,
            draft=draft,
            exhibit_ids=ids,
            setting=Setting(self._at_hand(), scale, sections, say),
            say=say,
            front=front_of(case, draft, events, worked, case.details.examiner),
            laboratory=laboratory_record(draft, self._logo(draft), assets, say),
            references=references,
            totals={verdict: count for verdict, count in verdicts.items() if verdict is not None},
            named_real=named_real,
            software=software_lines(),
            not_taken=left_over,
        )

    def facts(self, draft: ReportDraft, *, amending: bool = False) -> Facts:
        """What the checklist looks at."""
        database = self._cases.database
        case = database.case
        problems = {one.sha256: one for one in self._integrity.standing().problems}
        logo_problem = self._logo_problem(draft)
        log_problem = self._log.problem(database)
        with database.reading() as session:
            ids = report_state.existing(session, draft.exhibit_ids)
            events = [event for event in all_events(session) if _concerns(event.exhibit_ids, ids)]
            by_hash = report_state.hashes(session, ids)
            verdicts = report_state.verdicts(session, ids)
            hidden = blindness.hidden_among(session, ids, database.actor)
            concluded = conclusions.among_exhibits(session, [number for number in ids if number not in hidden])
            return Facts(
                case=case,
                exhibit_ids=ids,
                missing=len(set(draft.exhibit_ids) - set(ids)),
                labels=_labels(ids),
                front=front_of(case, draft, events, report_state.worked(session, ids), case.details.examiner),
                concluded=report_state.concluded(session, ids),
                proposed=report_state.proposed(session, ids),
                viewed=report_state.viewed(session, ids),
                hidden=hidden,
                analysed=frozenset(number for number, verdict in verdicts.items() if verdict is not None),
                opinions={number: standing(found) for number, found in concluded.items()},
                problems=_by_exhibit(problems, by_hash),
                references=report_state.detectors(session, ids),
                at_hand=self._at_hand(),
                numbers=reports.numbers(session),
                log_problem=_log_problem(session) or log_problem,
                logo_problem=logo_problem,
                amending=amending,
                events=tuple(events),
                not_taken=len(intake.not_taken(session)),
                about_all=is_about_all(session, ids),
            )

    def require_logged(self, progress: Progress) -> None:
        """Raise unless the case says what its log says; looked at anew, whatever was found before.

        Raises:
            BadInput: it does not; the sentence names what differs.
            Cancelled: it was cancelled.
        """
        if problem := self._log.problem_now(self._cases.database, progress):
            raise BadInput(f"The report cannot be issued. {problem}")

    def forget(self) -> None:
        """Forget what previews read."""
        self._readings.forget()

    def hashed_again(self, draft: ReportDraft, progress: Progress) -> Recheck:
        """The hash check before a report, kept in the case."""
        with self._cases.database.reading() as session:
            ids = report_state.existing(session, draft.exhibit_ids)
        return self._integrity.recheck("report", ids, progress=progress).value

    def excerpts(
        self, plan: Plan, volumes: Sequence[Sequence[int]], progress: Progress
    ) -> tuple[tuple[tuple[Row, ...], int], ...]:
        """The entries of the log that concern each of the volumes, and how many there are."""
        if "log" not in plan.setting.sections:
            return tuple(((), 0) for _ in volumes)
        with self._cases.database.reading() as session:
            return excerpts(session, volumes, plan.say, progress)

    def materials(self, exhibit_ids: Sequence[int]) -> tuple[Material, ...]:
        """What the case holds about exhibits.

        Raises:
            AnswerHidden: the case is blind, and this examiner has written no view of one of them.
        """
        database = self._cases.database
        with database.reading() as session:
            hidden = blindness.hidden_among(session, exhibit_ids, database.actor)
        for number in sorted(hidden):
            require_visible(database, number)
        with database.reading() as session:
            return tuple(read_material(session, exhibit_ids, database.actor, all_events(session)))

    def shown(
        self, plan: Plan, materials: Sequence[Material], job: Job, progress: Progress
    ) -> tuple[tuple[str, Material, Shown], ...]:
        """What is read off the files of exhibits, with their labels."""
        labels = plan.labels
        similar = self._similar(plan, materials) if "similar" in plan.setting.sections else {}
        found: list[tuple[str, Material, Shown]] = []
        progress.start("Reading the exhibits", len(materials), "exhibits")
        for label, material, what in self._readings.shown(
            [(labels[one.exhibit.id], one) for one in materials], job, progress
        ):
            found.append((label, material, replace(what, similar=similar.get(material.exhibit.id, ()))))
            progress.step(text=label)
        return tuple(found)

    def maps_stamp(self, materials: Sequence[Material]) -> tuple[float, ...]:
        """Tells whether heat maps and their checks became kept, or others, since the last time."""
        return tuple(stamp for material in materials for stamp in self._readings.map_stamp(material))

    def record(
        self,
        plan: Plan,
        which: Identity,
        shown: Sequence[tuple[str, Material, Shown]],
        issuing: Issuing,
        excerpt: tuple[Sequence[Row], int],
    ) -> ReportRecord:
        """One volume."""
        with self._cases.database.reading() as session:
            return volume_record(
                plan,
                which,
                session,
                shown,
                head=issuing.head,
                recheck=issuing.recheck,
                excerpt=excerpt,
                stamps=tuple(_stamp(one, plan.say) for one in report_state.stamps(session)),
            )

    def _similar(self, plan: Plan, materials: Sequence[Material]) -> Mapping[int, tuple[Line, ...]]:
        """Lines about the nearest exhibits and the nearest class, by exhibit."""
        labels, by_detector = plan.labels, dict[str, list[int]]()
        for one in materials:
            if one.finding is not None and one.finding.detector.digest in plan.setting.detectors:
                by_detector.setdefault(one.finding.detector.digest, []).append(one.exhibit.id)
        lines: dict[int, tuple[Line, ...]] = {}
        for digest, ids in by_detector.items():
            named = plan.setting.titles(digest)
            for number, near in self._embedding.neighbours_among(ids, _SIMILAR, detector=digest).items():
                lines[number] = tuple(
                    Line(
                        plan.say("reference", name=named.get(one.architecture, one.architecture))
                        if one.architecture is not None
                        else labels.get(one.exhibit_id or 0, plan.say("outside")),
                        plan.say("distance", distance=one.distance),
                    )
                    for one in near
                )
        return lines

    def _at_hand(self) -> Mapping[str, DetectorSummary]:
        return {one.reference.digest: one for one in self._detectors.all() if not one.problem}

    def _logo(self, draft: ReportDraft) -> bytes | None:
        """The laboratory's logo as a PNG file, or None where there is none; raises `BadInput` when it is no picture."""
        if not draft.laboratory.logo.strip():
            return None
        path = Path(draft.laboratory.logo)
        found = logo_file(path)
        key = (str(path), found.st_mtime_ns, found.st_size)
        if key not in self._logos:
            try:
                self._logos[key] = self._processes.read(report_logo, path)
            except Undecodable as error:  # it cost the reader its life, its time or its memory
                raise BadInput(f"The logo {path} cannot be read: {error}") from error
        return self._logos[key]

    def _logo_problem(self, draft: ReportDraft) -> str:
        try:
            self._logo(draft)
        except BadInput as error:
            return str(error)
        return ""


def _labels(exhibit_ids: Sequence[int]) -> Mapping[int, str]:
    return {number: exhibit_label(place, len(exhibit_ids)) for place, number in enumerate(exhibit_ids, 1)}


def _concerns(about: Sequence[int], exhibit_ids: Sequence[int]) -> bool:
    return not about or not set(about).isdisjoint(exhibit_ids)


def _by_exhibit(problems: Mapping[str, EvidenceProblem], by_hash: Mapping[str, int]) -> Mapping[int, EvidenceProblem]:
    return {by_hash[sha256]: one for sha256, one in problems.items() if sha256 in by_hash}


def _log_problem(session: CaseSession) -> str:
    try:
        found = chain.head(session)
    except CoreError as error:
        return f"The log of the case cannot be read: {error}"
    return "" if found.sequence else "The log of the case has no entry that could be printed."


def _stamp(one: TimeStamp, say: Sentences) -> Line:
    if one.stamped_at is None:
        return Line(str(one.sequence), say("stamp_open", at=moment(one.requested_at)))
    said = {"sequence": one.sequence, "authority": one.authority, "at": moment(one.stamped_at)}
    return Line(str(one.sequence), say("stamp", **said))
