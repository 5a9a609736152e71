"""A workspace without disk, database or network: the services' signatures, deterministic, slow or failing on demand."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from core.domain import (
    AuditEntry,
    Case,
    CaseCounts,
    CaseDetails,
    Exhibit,
    ExhibitFilter,
    ExhibitLine,
    Facets,
    ImageFacts,
    IntakeLine,
    IntakeOutcome,
    IntakeReport,
    Occurrence,
    PendingIntake,
    ReviewState,
    RgbImage,
    SortKey,
    Table,
    Verdict,
    Written,
)
from core.errors import Cancelled, NotFound, ReadOnlyCase
from core.progress import Progress
from core.settings import Settings
from tests.app.explaining_fakes import FakeExplaining
from tests.app.stand_in_analysis import CLASSES, StandInAnalysis, StandInDetectors
from tests.app.stand_in_conclusions import StandInConclusions
from tests.app.stand_in_custody import StandInCustody, StandInIntegrity, StandInReruns
from tests.app.stand_in_embedding import StandInEmbedding
from tests.app.stand_in_examiner import StandInAnnotations, StandInGroups, StandInViews
from tests.app.stand_in_report import StandInReports, StandInSigning, StandInVerification

_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_VERDICTS = (Verdict.ATTRIBUTED,) * 6 + (Verdict.INCONCLUSIVE,) * 2 + (Verdict.UNKNOWN, Verdict.OUT_OF_SCOPE)


class StandIn:
    """What the pages believe to be a workspace.

    Args:
        folder: where thumbnails and the settings file go.
        count: exhibits of the case that `open_case` or `cases.open` gives.
        pictures: real images to show; without them coloured squares are made.
    """

    def __init__(self, folder: Path, count: int = 0, *, pictures: Sequence[Path] = (), analysed: bool = True) -> None:
        self.folder, self.pictures = folder, tuple(pictures)
        self.settings = Settings(folder / "settings.json")
        self.calls: list[str] = []
        self.slow: dict[str, float] = {}
        self.fail: dict[str, Exception] = {}
        self.lines: dict[int, ExhibitLine] = {}
        self.notes: dict[int, str] = {}
        self.entries: list[AuditEntry] = []
        self.pending: PendingIntake | None = None
        self.intake_reports: list[IntakeReport] = []
        self.cases, self.exhibits, self.intake = _Cases(self), _Exhibits(self), _Intake(self)
        self.analysis, self.detectors = StandInAnalysis(self), StandInDetectors(self)
        self.embedding, self.explaining = StandInEmbedding(self), FakeExplaining()
        self.custody, self.integrity, self.rerun = StandInCustody(self), StandInIntegrity(self), StandInReruns(self)
        self.views, self.annotations, self.groups = StandInViews(self), StandInAnnotations(self), StandInGroups(self)
        self.conclusions = StandInConclusions(self)
        self.reports = StandInReports(self)
        self.signing, self.report_verification = StandInSigning(self), StandInVerification(self)
        for number in range(count):
            self.add(f"photo_{number:05d}.jpg", analysed=analysed)

    def open_case(self, *, read_only: bool = False) -> Case:
        return self.cases.open(self.folder / "sample.dnacase", read_only=read_only)

    def add(self, name: str, *, analysed: bool = False) -> int:
        number = len(self.lines) + 1
        line = ExhibitLine(number, _digest(number), name, "JPEG", 640, 480, (), False, False, None, None, None, None)
        self.lines[number] = line
        if analysed:
            self.find(number)
        return number

    def find(self, number: int) -> None:
        verdict = _VERDICTS[number % len(_VERDICTS)]
        if verdict is Verdict.OUT_OF_SCOPE:
            self.lines[number] = replace(self.lines[number], verdict=verdict)
            return
        low = 0.9 if verdict is Verdict.ATTRIBUTED else 0.3
        self.lines[number] = replace(
            self.lines[number],
            verdict=verdict,
            architecture=CLASSES[number * 7 % len(CLASSES)],
            score=low + 0.0999 * (number * 37 % 100) / 100,
            agreement=16 - number * 5 % 11,
        )

    def seen(self) -> list[ExhibitLine]:
        """The lines of all exhibits as the examiner at work may see them."""
        return [self.views.seen(line) for line in self.lines.values()]

    def in_groups(self, line: ExhibitLine, wanted: ExhibitFilter) -> bool:
        return not wanted.groups or bool(wanted.groups & self.groups.holding(line.id))

    def called(self, name: str, *, writes: bool = False) -> None:
        self.calls.append(name)
        time.sleep(self.slow.get(name, 0.0))
        if name in self.fail:
            raise self.fail[name]
        if writes and (self.cases.current is None or self.cases.current.read_only):
            raise ReadOnlyCase("The case is open read-only. Close it elsewhere and open it again to change it.")

    def log(self, action: str, **payload: object) -> None:
        self.entries.append(AuditEntry(len(self.entries) + 1, _EPOCH, "examiner", action, payload))

    def close(self) -> None:
        self.cases.current = None


class _Cases:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.current: Case | None = None

    def create(self, path: Path, details: CaseDetails) -> Written[Case]:
        self._door.called("cases.create")
        self.current = Case(path, details, _EPOCH, False)
        self._door.lines.clear()
        return Written(self.current, frozenset({Table.CASE, Table.EXHIBITS}))

    def open(self, path: Path, *, read_only: bool = False) -> Case:
        if read_only:
            self._door.fail.pop("cases.open", None)
        self._door.called("cases.open")
        details = CaseDetails("Election portraits", "2026-114", "A. Moreau", "Regional laboratory 3", "Seized phone.")
        self.current = Case(path, details, _EPOCH, read_only)
        return self.current

    def close(self) -> None:
        self._door.called("cases.close")
        self.current = None

    def update(self, details: CaseDetails) -> Written[Case]:
        self._door.called("cases.update", writes=True)
        self.current = replace(self.current, details=details)
        return Written(self.current, frozenset({Table.CASE, Table.FINDINGS, Table.VIEWS}))

    def counts(self) -> CaseCounts:
        self._door.called("cases.counts")
        lines = self._door.seen()
        verdicts = Counter(line.verdict.value for line in lines if line.verdict)
        reviewed = sum(line.reviewed for line in lines)
        return CaseCounts(
            len(lines),
            1_234_567 * len(lines),
            sum(verdicts.values()),
            reviewed,
            verdicts,
            10,
            sum(line.hidden for line in lines),
        )

    def log(self, limit: int = 200) -> tuple[AuditEntry, ...]:
        self._door.called("cases.log")
        return tuple(reversed(self._door.entries[-limit:]))

    def recent(self) -> tuple[Path, ...]:
        self._door.called("cases.recent")
        return tuple(Path(path) for path in self._door.settings.recall("recent", []))

    def forget(self, path: Path) -> None:
        self._door.called("cases.forget")
        kept = [other for other in self._door.settings.recall("recent", []) if other != str(path)]
        self._door.settings.remember("recent", kept)


class _Exhibits:
    def __init__(self, door: StandIn) -> None:
        self._door = door

    def ids(self, wanted: ExhibitFilter, sort: SortKey = SortKey.TAKEN, *, descending: bool = False) -> tuple[int, ...]:
        self._door.called("exhibits.ids")
        found = [line for line in self._door.seen() if self._shows(line, wanted)]
        found.sort(key=_SORTS[sort], reverse=descending)
        return tuple(line.id for line in found)

    def lines(self, ids: Sequence[int]) -> tuple[ExhibitLine, ...]:
        self._door.called("exhibits.lines")
        known = [self._door.lines[number] for number in ids if number in self._door.lines]
        return tuple(map(self._door.views.seen, known))

    def _shows(self, line: ExhibitLine, wanted: ExhibitFilter) -> bool:
        return _shown(line, wanted) and self._door.in_groups(line, wanted)

    def facets(self, wanted: ExhibitFilter) -> Facets:
        self._door.called("exhibits.facets")
        lines = self._door.seen()

        def count(field: str, of: Callable[[ExhibitLine], Sequence[object]]) -> dict:
            others = replace(wanted, **{field: frozenset()})
            return dict(Counter(value for line in lines if self._shows(line, others) for value in of(line)))

        return Facets(
            len(lines),
            sum(self._shows(line, wanted) for line in lines),
            count("verdicts", lambda line: [line.verdict.value] if line.verdict else []),
            count("architectures", lambda line: [line.architecture] if line.architecture else []),
            count("tags", lambda line: line.tags),
            count("states", lambda line: [_state(line).value]),
            dict.fromkeys(self._door.groups.groups, 0)
            | count("groups", lambda line: self._door.groups.holding(line.id)),
        )

    def get(self, exhibit_id: int) -> Exhibit:
        self._door.called("exhibits.get")
        if exhibit_id not in self._door.lines:
            raise NotFound(f"Exhibit {exhibit_id} does not exist.")
        line = self._door.lines[exhibit_id]
        facts = ImageFacts(
            *("JPEG", "RGB 8 bit", line.width, line.height),
            jpeg_quality=92,
            metadata=(("Software", "GIMP 2.10"),),
        )
        return Exhibit(
            *(line.id, line.sha256, "a" * 32, 1_234_567, line.name, facts, _EPOCH),
            (Occurrence(f"/media/usb/DCIM/{line.name}", _EPOCH),),
            *(line.tags, self._door.notes.get(line.id, ""), line.reviewed),
        )

    def thumbnail(self, sha256: str) -> Path:
        self._door.called("exhibits.thumbnail")
        number = int(sha256[:8], 16)
        spread = len(self._door.pictures) or 12
        path = self._door.folder / f"thumbnail-{number % spread}.png"
        if not path.exists():
            _picture(self._door.pictures, number % spread).save(path)
        return path

    def display(self, exhibit_id: int, max_side: int = 4096) -> RgbImage:
        self._door.called("exhibits.display")
        spread = len(self._door.pictures) or 12
        picture = _picture(self._door.pictures, exhibit_id % spread, 800)
        return RgbImage(np.asarray(picture), 1.0)

    def tag(self, ids: Sequence[int], tag: int, on: bool) -> Written[None]:
        self._door.called("exhibits.tag", writes=True)
        for number in ids:
            line = self._door.lines[number]
            tags = {*line.tags, tag} if on else {*line.tags} - {tag}
            self._door.lines[number] = replace(line, tags=tuple(sorted(tags)))
        self._door.log("tag", ids=list(ids), tag=tag, on=on)
        return Written(None, frozenset({Table.TAGS}))

    def note(self, exhibit_id: int, text: str) -> Written[str]:
        self._door.called("exhibits.note", writes=True)
        previous = self._door.notes.get(exhibit_id, "")
        self._door.notes[exhibit_id] = text
        self._door.lines[exhibit_id] = replace(self._door.lines[exhibit_id], has_note=bool(text))
        return Written(previous, frozenset({Table.NOTES}))

    def review(self, ids: Sequence[int], reviewed: bool) -> Written[None]:
        self._door.called("exhibits.review", writes=True)
        for number in ids:
            self._door.lines[number] = replace(self._door.lines[number], reviewed=reviewed)
        return Written(None, frozenset({Table.REVIEWS}))

    def next_unreviewed(
        self, after_id: int, wanted: ExhibitFilter, sort: SortKey = SortKey.TAKEN, *, descending: bool = False
    ) -> int | None:
        ids = self.ids(wanted, sort, descending=descending)
        rest = ids[ids.index(after_id) + 1 :] if after_id in ids else ids
        return next((number for number in rest if not self._door.lines[number].reviewed), None)


class _Intake:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.pause_s = 0.0

    def take(self, paths: Sequence[Path], *, progress: Progress) -> Written[IntakeReport]:
        self._door.called("intake.take", writes=True)
        lines: list[IntakeLine] = []
        progress.start("Taking in", len(paths), "files")
        try:
            for path in paths:
                time.sleep(self.pause_s)
                lines.append(self._line(Path(path)))
                progress.step(text=Path(path).name)
        except Cancelled:
            left = len(paths) - len(lines)
            self._door.pending = PendingIntake(len(self._door.intake_reports) + 1, _EPOCH, len(lines), left)
            self._door.intake_reports.append(IntakeReport(len(self._door.intake_reports) + 1, tuple(lines), False))
            raise
        report = IntakeReport(len(self._door.intake_reports) + 1, tuple(lines), True)
        self._door.intake_reports.append(report)
        return Written(report, frozenset({Table.EXHIBITS, Table.INTAKE}))

    def _line(self, path: Path) -> IntakeLine:
        if path.suffix == ".txt":
            return IntakeLine(str(path), IntakeOutcome.NOT_AN_IMAGE, "It has no signature of an image format we read.")
        number = self._door.add(path.name)
        return IntakeLine(str(path), IntakeOutcome.TAKEN, "", _digest(number), number)

    def pending(self) -> PendingIntake | None:
        self._door.called("intake.pending")
        return self._door.pending

    def resume(self, *, progress: Progress) -> Written[IntakeReport]:
        pending, self._door.pending = self._door.pending, None
        return self.take(
            [Path(f"/media/usb/rest_{n}.jpg") for n in range(pending.left if pending else 0)], progress=progress
        )

    def discard(self) -> Written[None]:
        self._door.called("intake.discard", writes=True)
        self._door.pending = None
        return Written(None, frozenset({Table.INTAKE}))

    def report(self, batch_id: int | None = None) -> IntakeReport | None:
        self._door.called("intake.report")
        if batch_id is not None:
            return next((report for report in self._door.intake_reports if report.batch_id == batch_id), None)
        return self._door.intake_reports[-1] if self._door.intake_reports else None


_SORTS: dict[SortKey, Callable[[ExhibitLine], object]] = {
    SortKey.TAKEN: lambda line: line.id,
    SortKey.NAME: lambda line: line.name,
    SortKey.SCORE: lambda line: line.score or -1.0,
    SortKey.AGREEMENT: lambda line: -1 if line.agreement is None else line.agreement,
    SortKey.VERDICT: lambda line: line.verdict or "",
    SortKey.SIZE: lambda line: line.width * line.height,
}


def _shown(line: ExhibitLine, wanted: ExhibitFilter) -> bool:
    words = wanted.text.lower().split()
    ranged = (wanted.score_from, wanted.score_to) != (0.0, 1.0)
    return (
        all(word in line.name.lower() for word in words)
        and (not wanted.verdicts or line.verdict in wanted.verdicts)
        and (not wanted.architectures or line.architecture in wanted.architectures)
        and (not wanted.tags or bool(wanted.tags & set(line.tags)))
        and (not wanted.states or _state(line) in wanted.states)
        and (not ranged or (line.score is not None and wanted.score_from <= line.score <= wanted.score_to))
        and (not wanted.agreement_from or (line.agreement or 0) >= wanted.agreement_from)
    )


def _state(line: ExhibitLine) -> ReviewState:
    if line.reviewed:
        return ReviewState.REVIEWED
    return ReviewState.WAITING if line.verdict is None else ReviewState.UNREVIEWED


def _digest(number: int) -> str:
    return f"{number:08x}" + hashlib.sha256(str(number).encode()).hexdigest()[8:]


def _picture(pictures: Sequence[Path], number: int, side: int = 256) -> Image.Image:
    if pictures:
        with Image.open(pictures[number]) as opened:
            opened.thumbnail((side, side))
            return opened.convert("RGB")
    shade = np.zeros((side * 3 // 4, side, 3), np.uint8)
    shade[..., 0], shade[..., 1] = 40 + 16 * number, np.arange(side) * 255 // side
    shade[..., 2] = 200 - 12 * number
    return Image.fromarray(shade)
