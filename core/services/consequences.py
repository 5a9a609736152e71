"""What another detector would say of images that findings exist of: in every case known here, for looking only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.descent import ChangedFinding, Consequences, IssuedWithParent
from core.domain import Finding, Verdict
from core.errors import Cancelled, CoreError
from core.progress import Progress
from core.services import engine
from core.services.cases import Cases
from core.services.engine import Task
from core.services.processes import Processes
from core.store import blindness, blobs, opening, resting
from core.store.database import Database
from core.store.resting import RestingFinding, RestingReport

_CHUNK = 8
_SHORT = 12  # hexadecimal digits of a SHA-256 in a sentence
Said = tuple[Verdict, str | None]


@dataclass(frozen=True, slots=True)
class Former:
    """The detector whose findings are looked for; `answers` as `answers_digest_of`, "" when it is not known."""

    digest: str
    answers: str = ""


@dataclass(frozen=True, slots=True)
class _Rested:
    """What one case holds of a detector; `findings` are those that who looks may see, `hidden` counts the others."""

    folder: Path
    title: str
    findings: tuple[RestingFinding, ...]
    reports: tuple[RestingReport, ...]
    hidden: int


class Looking:
    """Reads images of cases again with another detector; opens cases read-only, so no byte of them changes.

    Args:
        cases: the open case, which is read as it is, and who is at work.
        processes: the analysis process.
        device: "auto", "cpu" or "cuda".
    """

    def __init__(self, cases: Cases, processes: Processes, device: str) -> None:
        self._cases = cases
        self._processes = processes
        self._device = device

    def look(self, former: Former, new: Path, paths: Sequence[Path], progress: Progress) -> Consequences:
        """Which findings of a detector another one would not make.

        Exhibits of a blind case that are hidden from who looks are neither read nor told of, only counted.

        Args:
            former: whose findings.
            new: file of the other detector.
            paths: the cases; one that cannot be opened becomes a sentence.
            progress: report and cancel point.

        Raises:
            DetectorRefused, DeviceUnavailable, CoreError: the other detector cannot be used, or the process was lost.
        """
        rested, unread = self._rested(former, paths, progress)
        progress.start("Reading images again", sum(len(one.findings) for one in rested), "findings")
        parts = [self._looked(one, new, progress) for one in rested]
        reports = sorted((report for part in parts for report in part.reports), key=lambda one: -one.changed)
        return Consequences(
            cases=sum(1 for one in rested if one.findings),
            findings=sum(part.findings for part in parts),
            changed=tuple(change for part in parts for change in part.changed),
            reports=tuple(reports),
            unread=(*unread, *(sentence for part in parts for sentence in part.unread)),
        )

    def _rested(
        self, former: Former, paths: Sequence[Path], progress: Progress
    ) -> tuple[tuple[_Rested, ...], tuple[str, ...]]:
        found: list[_Rested] = []
        unread: list[str] = []
        wanted = tuple(dict.fromkeys(path.absolute() for path in paths))
        progress.start("Looking into cases", len(wanted), "cases")
        for path in wanted:
            try:
                with self._opened(path) as database:
                    found.append(_rested_in(database, former))
            except Cancelled:
                raise
            except CoreError as error:
                unread.append(str(error))
            progress.step()
        return tuple(found), tuple(unread)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[Database]:
        current = self._cases.current
        if current is not None and current.path == path.resolve():
            yield self._cases.database
            return
        with closing(opening.open_case(path, read_only=True, actor=self._cases.examiner)) as database:
            yield database

    def _looked(self, one: _Rested, new: Path, progress: Progress) -> Consequences:
        said, unread = self._said(one, new, progress)
        changed = {
            finding.exhibit_id: _change(one, finding, said[finding.exhibit_id])
            for finding in one.findings
            if finding.exhibit_id in said and differs(_before(finding), said[finding.exhibit_id])
        }
        if one.hidden:
            sentence = (
                f"In the case “{one.title}”, {one.hidden} exhibits with such findings are hidden from "
                f"{self._cases.examiner}, who has not written down a view of them. They were not looked at."
            )
            unread = (*unread, sentence)
        reports = tuple(_report(one, report, changed, said) for report in one.reports)
        return Consequences(1, len(said), tuple(changed.values()), reports, unread)

    def _said(self, one: _Rested, new: Path, progress: Progress) -> tuple[Mapping[int, Said], tuple[str, ...]]:
        said: dict[int, Said] = {}
        unread: list[str] = []
        for start in range(0, len(one.findings), _CHUNK):
            chunk = one.findings[start : start + _CHUNK]
            tasks = [Task(finding.sha256, blobs.evidence_path(one.folder, finding.sha256)) for finding in chunk]
            limit = self._processes.pixel_limit
            answer = self._processes.analyse(engine.attribute, new, self._device, tasks, limit, progress=progress)
            for finding, made in zip(chunk, answer.findings, strict=True):
                if isinstance(made, Finding):
                    said[finding.exhibit_id] = made.verdict, made.architecture
                else:
                    unread.append(f"In the case “{one.title}”, {finding.sha256[:_SHORT]} could not be read: {made}")
            progress.step(len(chunk))
        return said, tuple(unread)


def differs(before: Said, after: Said) -> bool:
    """Whether two answers say something else: another verdict, or another architecture where one is attributed.

    The top class of an image that is inconclusive, or of an unknown architecture, claims nothing.
    """
    return before[0] is not after[0] or (before[0] is Verdict.ATTRIBUTED and before[1] != after[1])


def _rested_in(database: Database, former: Former) -> _Rested:
    title = database.case.details.title
    with database.reading() as session:
        files = resting.files_of(session, former.digest, former.answers)
        if not files:
            return _Rested(database.folder, title, (), (), 0)
        found = resting.findings_of(session, files)
        hidden = blindness.hidden_among(session, [one.exhibit_id for one in found], database.actor)
        seen = tuple(one for one in found if one.exhibit_id not in hidden)
        return _Rested(database.folder, title, seen, resting.reports_on(session, files), len(hidden))


def _before(finding: RestingFinding) -> Said:
    return finding.verdict, finding.architecture


def _change(one: _Rested, finding: RestingFinding, after: Said) -> ChangedFinding:
    return ChangedFinding(one.folder, one.title, finding.name, finding.sha256, _before(finding), after)


def _report(
    one: _Rested, report: RestingReport, changed: Mapping[int, ChangedFinding], said: Mapping[int, Said]
) -> IssuedWithParent:
    changes = tuple(changed[number] for number in report.exhibit_ids if number in changed)
    return IssuedWithParent(
        case=one.folder,
        case_title=one.title,
        number=report.number,
        exhibits=len(report.exhibit_ids),
        changed=len(changes),
        uid=report.uid,
        revision=report.revision,
        author=report.author,
        issued_at=report.issued_at,
        changes=changes,
        unread=sum(1 for number in report.exhibit_ids if number not in said),
    )
