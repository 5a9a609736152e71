"""The sample case: built from the images that ship, the way an analyst would build one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core import paths
from core.custody import CustodyForm, CustodyKind
from core.domain import AttributionReport, Case, CaseDetails, IntakeReport
from core.progress import Progress
from core.reporting import IssuedReport
from core.services.analysis import Analysis
from core.services.cases import Cases
from core.services.custody import Custody
from core.services.explanations import Explanations
from core.services.intake import Intake
from core.services.reports import Reports

_DETAILS = CaseDetails(
    title="Sample case",
    number="SAMPLE-1",
    examiner="",
    laboratory="",
    notes="Images that ship with the program; see resources/sample_case/SOURCES.md for where each one comes from.",
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample case as it was built; `issued` is its report, a copy of which lies in `reports`."""

    case: Case
    intake: IntakeReport
    report: AttributionReport
    explanations: Path
    issued: IssuedReport
    reports: Path


class Samples:
    """Builds the sample case with the services an analyst's clicks would call."""

    def __init__(
        self,
        cases: Cases,
        intake: Intake,
        analysis: Analysis,
        explanations: Explanations,
        custody: Custody,
        reports: Reports,
    ) -> None:
        self._cases = cases
        self._intake = intake
        self._analysis = analysis
        self._explanations = explanations
        self._custody = custody
        self._reports = reports

    def build(self, out: Path | None = None, *, progress: Progress | None = None) -> Sample:
        """Make the case, take the images in, attribute, explain and report them, and leave the case open.

        Args:
            out: folder for the case; None makes a new one in the user's folder.
            progress: report and cancel point.
        """
        progress = progress or Progress()
        folder = out or paths.user_folder() / "samples" / f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
        folder.mkdir(parents=True, exist_ok=True)
        case = self._cases.create(folder / f"sample{paths.CASE_SUFFIX}", _DETAILS).value
        taken = self._intake.take([paths.resources() / "sample_case" / "images"], progress=progress).value
        report = self._analysis.attribute(progress=progress).value
        explanations = folder / "explanations"
        self._explanations.write_open_case(explanations, progress=progress)
        reports = folder / "reports"
        return Sample(case, taken, report, explanations, self._issued(reports, progress), reports)

    def _issued(self, out: Path, progress: Progress) -> IssuedReport:
        """State where the images come from, and issue the sample's report."""
        now = datetime.now().astimezone().replace(microsecond=0)
        form = CustodyForm(
            CustodyKind.RECEIVED, now, "The makers of the program", "The user of the program", "SAMPLE-1"
        )
        self._custody.add(form)
        draft = self._reports.read_draft(paths.resources() / "sample_case" / "report.json")
        self._reports.save_draft(draft)
        return self._reports.issue(draft, out=out, progress=progress).value
