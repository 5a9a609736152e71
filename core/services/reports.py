"""Reports of the open case: what is to be written, what is missing, how it looks, and issuing it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from core.domain import Table, Written
from core.errors import BadInput, error_from_os
from core.progress import Progress
from core.reporting import CheckItem, IssuedReport, Preview, ReportDraft, SigningChoice, kept_template
from core.services.cases import Cases
from core.services.report_checklist import checked
from core.services.report_engine import Engine
from core.services.report_preview import Previews
from core.settings import Settings
from core.store import report_drafts, report_state, reports

_REPORTS = frozenset({Table.REPORTS})
_TITLES = {"en": "Examination of images", "de": "Untersuchung von Bildern"}


class Reports:
    """Drafts, checks, previews and issues reports.

    Args:
        settings: the laboratory's template.
        cases: holds the open case.
        engine: makes records.
    """

    def __init__(self, settings: Settings, cases: Cases, engine: Engine) -> None:
        self._settings = settings
        self._cases = cases
        self._engine = engine
        self._previews = Previews(cases, engine)

    def close(self) -> None:
        """End the process that draws previews."""
        self._previews.close()

    def draft(self) -> ReportDraft:
        """What is chosen and written so far; at first what the case and the settings know."""
        with self._cases.database.reading() as session:
            kept = report_drafts.read(session)
        return kept if kept is not None else self._first_draft()

    def save_draft(self, draft: ReportDraft) -> Written[ReportDraft]:
        """Keep a draft in place of the one before.

        Raises:
            BadInput: a text that is too long, or a section or format that there is not.
            ReadOnlyCase: the case is open read-only.
        """
        sound = report_drafts.record(report_drafts.plain(draft))
        with self._cases.database.writing() as transaction:
            report_drafts.save(transaction, sound)
        return Written(sound, _REPORTS)

    def read_draft(self, path: Path, base: ReportDraft | None = None) -> ReportDraft:
        """A draft with the fields that a JSON file states in place of what was there.

        Args:
            path: a JSON object; fields that it does not state stay as they are.
            base: what was there; None takes `draft`.

        Raises:
            BadInput: it is no JSON, or a field of it does not fit; the sentence names it.
            NotFound, NoPermission: the file cannot be read.
        """
        try:
            stated = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise error_from_os(error, path, doing="reading the draft") from error
        except (ValueError, RecursionError) as error:
            raise BadInput(f"The draft {path} is no JSON: {error}.") from error
        if not isinstance(stated, dict):
            raise BadInput(f"The draft {path} must be an object with the fields of a report.")
        with self._cases.database.reading() as session:
            report_drafts.require_stated(stated, frozenset(report_state.existing(session, ())))
        before = report_drafts.plain(base or self.draft())
        if isinstance(stated.get("laboratory"), dict):
            stated = {**stated, "laboratory": {**before["laboratory"], **stated["laboratory"]}}
        return report_drafts.record({**before, **stated})

    def in_language(self, draft: ReportDraft, language: str) -> ReportDraft:
        """The draft for a report in another language; a title that nobody changed is translated."""
        changed = replace(draft, laboratory=replace(draft.laboratory, language=language))
        return replace(changed, title=_TITLES[language]) if draft.title in _TITLES.values() else changed

    def checklist(self, draft: ReportDraft, *, amends: str | None = None) -> tuple[CheckItem, ...]:
        """What is missing or to be looked at before issue, blocking items first.

        Args:
            draft: what is chosen and written.
            amends: the report that it shall take the place of, or None.
        """
        return checked(draft, self._engine.facts(draft, amending=amends is not None))

    def preview(
        self,
        draft: ReportDraft,
        first_page: int = 1,
        count: int = 2,
        *,
        ppi: int = 80,
        progress: Progress | None = None,
    ) -> Preview:
        """Rendered pages of the report as it would be, marked as a preview; of several volumes the first one.

        Args:
            draft: what is chosen and written.
            first_page: from 1; behind the last page, the last one is drawn.
            count: how many pages.
            ppi: pixels per inch.
            progress: cancel point; a preview that is cancelled ends at once.

        Raises:
            Cancelled: at once when it was asked for.
            AnswerHidden: the case is blind, and this examiner has written no view of one of the exhibits.
            BadInput, CoreError: the logo is no picture, there is no such scale, or the pages cannot be drawn.
        """
        return self._previews.pages(draft, first_page, count, ppi, progress or Progress())

    def issue(
        self,
        draft: ReportDraft,
        *,
        out: Path | None = None,
        sign: SigningChoice | None = None,
        progress: Progress | None = None,
    ) -> Written[IssuedReport]:
        """Check, hash the evidence again, write, seal and keep a report; it is there whole or not at all.

        Args:
            draft: what is chosen and written.
            out: a folder that gets copies of the files; None makes none.
            sign: whose certificate signs the PDF; None takes the seal of this installation.
            progress: report and cancel point.

        Raises:
            BadInput: something that the report cannot be issued without; the sentences are those of `checklist`.
            ReadOnlyCase, DiskFull, NoPermission, Cancelled: nothing was issued.
        """
        from core.services.report_issue import Issue  # its libraries take half a second, which no window waits for

        self._previews.rest()
        return Issue(self._cases, self._engine, draft, sign or SigningChoice()).go(out, progress or Progress())

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
        """Issue the next revision of a report, which says what it supersedes and why; the old one stays.

        Raises:
            BadInput: there is no reason, or the report was amended already; else as `issue` does.
            NotFound: no such report was issued.
        """
        from core.services.report_issue import Issue

        with self._cases.database.reading() as session:
            before = reports.get(session, uid)
        if before.superseded_by:
            raise BadInput(f"The report {uid} was amended already. Amend {before.superseded_by}, which replaces it.")
        if not reason.strip():
            raise BadInput("Say why the report is amended; the new one prints it.")
        issue = Issue(self._cases, self._engine, draft, sign or SigningChoice(), amends=before, reason=reason.strip())
        self._previews.rest()
        return issue.go(out, progress or Progress())

    def preliminary(self, draft: ReportDraft, out: Path, *, progress: Progress | None = None) -> tuple[Path, ...]:
        """Write the report as it is into a folder, marked as a preview on every page; it is not issued, nor sealed.

        Raises:
            AnswerHidden, BadInput, DiskFull, NoPermission, Cancelled: as `issue` does; files that were written stay.
        """
        from core.services.report_issue import Issue

        return Issue(self._cases, self._engine, draft).preliminary(out, progress or Progress())

    def issued(self) -> tuple[IssuedReport, ...]:
        """Every report of the case that was issued, newest first."""
        with self._cases.database.reading() as session:
            return reports.issued(session)

    def draft_of(self, uid: str) -> ReportDraft:
        """What an issued report was made of, to amend it; raises `NotFound`."""
        with self._cases.database.reading() as session:
            return reports.draft_of(session, uid)

    def _first_draft(self) -> ReportDraft:
        details = self._cases.database.case.details
        author = details.examiner or self._cases.examiner
        laboratory = kept_template(self._settings)
        if not laboratory.name:
            laboratory = replace(laboratory, name=details.laboratory)
        return ReportDraft(title=_TITLES[laboratory.language], laboratory=laboratory, author=author)
