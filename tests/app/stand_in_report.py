"""The stand-in workspace on reports: drafts, a checklist, drawn pages, and issuing."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from core.custody import Claim, ClaimState, Verification
from core.domain import Table, Written
from core.errors import BadInput
from core.progress import Progress
from core.reporting import (
    CheckItem,
    IssuedReport,
    Preview,
    ReportDraft,
    ReportFile,
    SigningChoice,
    kept_template,
)

if TYPE_CHECKING:
    from tests.app.stand_in import StandIn

_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_TOUCHED = frozenset({Table.REPORTS})


class StandInReports:
    """`pages_of` decides how many pages a draft has; `previewed` and `asked` remember what was wanted."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.kept: ReportDraft | None = None
        self.made: list[IssuedReport] = []
        self.drafts: list[ReportDraft] = []
        self.previewed: list[tuple[ReportDraft, int, int, int]] = []
        self.asked: list[tuple[ReportDraft, Path | None, SigningChoice | None, str]] = []
        self.pages_of = lambda draft: 3 + len(draft.exhibit_ids or self._door.lines)
        self.steps, self.pause_s = 3, 0.0
        self.extra: tuple[CheckItem, ...] = ()

    def draft(self) -> ReportDraft:
        self._door.called("reports.draft")
        if self.kept is not None:
            return self.kept
        return ReportDraft(title="Examination of images", laboratory=kept_template(self._door.settings), author="A. M.")

    def save_draft(self, draft: ReportDraft) -> Written[ReportDraft]:
        self._door.called("reports.save_draft", writes=True)
        self.kept = draft
        return Written(draft, _TOUCHED)

    def checklist(self, draft: ReportDraft) -> tuple[CheckItem, ...]:
        self._door.called("reports.checklist")
        items = list(self.extra)
        if not draft.customer:
            items.append(CheckItem("customer", "The customer is not named. Write who asked for the report.", True))
        if not draft.summary:
            items.append(CheckItem("summary", "The summary is empty.", False))
        return tuple(items)

    def preview(
        self,
        draft: ReportDraft,
        first_page: int = 1,
        count: int = 2,
        *,
        ppi: int = 80,
        progress: Progress | None = None,
    ) -> Preview:
        self.previewed.append((draft, first_page, count, ppi))
        self._door.called("reports.preview")
        total = self.pages_of(draft)
        pages = range(first_page, min(total, first_page + count - 1) + 1)
        return Preview(tuple(page_picture(f"{draft.title} {page}", ppi) for page in pages), first_page, total)

    def issue(
        self,
        draft: ReportDraft,
        *,
        out: Path | None = None,
        sign: SigningChoice | None = None,
        progress: Progress | None = None,
    ) -> Written[IssuedReport]:
        return self._issue(draft, out, sign, "", "", progress or Progress())

    def amend(
        self,
        uid: str,
        draft: ReportDraft,
        reason: str,
        *,
        out: Path | None = None,
        sign: SigningChoice | None = None,
        progress: Progress | None = None,
    ) -> Written[IssuedReport]:
        return self._issue(draft, out, sign, uid, reason, progress or Progress())

    def issued(self) -> tuple[IssuedReport, ...]:
        self._door.called("reports.issued")
        return tuple(self.made)

    def draft_of(self, uid: str) -> ReportDraft:
        self._door.called("reports.draft_of")
        return next(draft for draft, made in zip(self.drafts, self.made, strict=True) if made.uid == uid)

    def _issue(self, draft, out, sign, amends, reason, progress) -> Written[IssuedReport]:
        self.asked.append((draft, out, sign, reason))
        self._door.called("reports.issue", writes=True)
        progress.start("Hashing the exhibits", self.steps, "exhibits")
        for _ in range(self.steps):
            time.sleep(self.pause_s)
            progress.step()
        number = len(self.made) + 1
        uid = f"R-{number:012x}"
        folder = self._door.folder / "reports" / uid
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.pdf").write_bytes(b"%PDF-1.7")
        before = next((each for each in self.made if each.uid == amends), None)
        if before is not None:
            self.made[self.made.index(before)] = replace(before, superseded_by=uid)
        made = IssuedReport(
            *(number, uid, "2026-114", before.revision + 1 if before else 1, amends, reason, draft.form, "en"),
            *("A. Moreau", 12, _EPOCH + timedelta(hours=number), folder, (ReportFile("report.pdf", "0" * 64, 8),)),
            *(41, "ab" * 32, "Regional laboratory 3"),
        )
        self.made.append(made)
        self.drafts.append(draft)
        return Written(made, _TOUCHED)


class StandInSigning:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.made: list[tuple[Path, str, str]] = []

    def make_certificate(self, path: Path, name: str, password: str) -> None:
        self._door.called("signing.make_certificate")
        if path.exists():
            raise BadInput(f"{path} exists already. Choose another name.")
        self.made.append((path, name, password))


class StandInVerification:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.asked: list[tuple[Path, Path | None]] = []

    def report(self, pdf: Path, case: Path | None = None, *, progress: Progress | None = None) -> Verification:
        self._door.called("report_verification.report")
        self.asked.append((pdf, case))
        claims = (
            Claim("report seal", ClaimState.PASSED, "The file is as it was sealed."),
            Claim("evidence intact", ClaimState.FAILED, "One exhibit is missing.", ("photo_00003.jpg is gone.",)),
        )
        return Verification(str(pdf), claims, _EPOCH)


def page_picture(words: str, ppi: int) -> bytes:
    """A page of A4 as a PNG file, with a few words on it."""
    image = Image.new("RGB", (round(8.27 * ppi), round(11.69 * ppi)), "white")
    ImageDraw.Draw(image).text((ppi, ppi), words.encode("ascii", "replace").decode(), fill="black")
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()
