"""Makes the sample reports in `docs/`: a small case, examined by two people, on images that ship with the program.

Paths and the name of the computer are printed in a report; run it where they may be seen, for instance with the images
copied to a folder of their own and the variable DNADET_HOME on an empty one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.custody import CustodyForm, CustodyKind  # noqa: E402
from core.domain import CaseDetails, ExhibitFilter  # noqa: E402
from core.examine import MapQuestion  # noqa: E402
from core.reporting import LaboratoryTemplate, Outcome, ReportForm, Role  # noqa: E402
from core.services.workspace import Workspace  # noqa: E402

FIRST, SECOND = "A. Moreau", "B. Lindqvist"
CAMERA = "the image was produced by a camera"
GENERATOR = "the image was produced by an image generator"


@dataclass(frozen=True, slots=True)
class Example:
    """One image of the sample, and what the two people write about it."""

    path: str
    outcome: Outcome
    opinion: str
    second: str = ""


EXAMPLES = (
    Example(
        "camera/DSC_0147.jpg",
        Outcome.INCONCLUSIVE,
        "The detector stays under its threshold. Five of the sixteen tiles name the class of the whole image, the "
        "others name various classes. I draw nothing from this for either proposition.",
    ),
    Example(
        "camera/cat_profile.png",
        Outcome.UNKNOWN,
        "The image is less familiar to the detector than nearly all images of the classes it knows. That may come from "
        "a generator it has not met, or from processing it has not met; the findings do not tell one from the other.",
    ),
    Example(
        "downloads/cat_wallpaper.jpg",
        Outcome.NEITHER,
        "The detector calls the image a real photograph. Its validation supports no likelihood ratio, and the "
        "robustness check shows how the answer moves when the image is processed. I do not weigh the score by itself.",
        "The file carries no camera data, and four tiles name other classes. Where the detector has seen few sources, "
        "a score above the threshold carries little for me; I would not have named a class at all.",
    ),
    Example(
        "downloads/screenshot.jpg",
        Outcome.NEITHER,
        "The detector names pix2pix, which fits an image that was enlarged by a transposed convolution. Other networks "
        "use the same layer. The findings do not show that pix2pix made the image.",
    ),
    Example(
        "odd/avatar.png",
        Outcome.OUT_OF_SCOPE,
        "The image is too small for the detector. No statement about its origin is made.",
    ),
)
POPULATION = "images of everyday subjects as they are shared on the internet"
SUMMARY = (
    "Five files were examined. The detector named a class for two of them, called one an unknown architecture, was "
    "inconclusive on one and could not judge one. No likelihood ratio could be stated, and no conclusion goes beyond "
    "what the findings carry. This is a sample: the true origin of the images is known. E-003 and E-004 were made by "
    "small generators that the detector does not know; it calls the first one a real photograph and the second one "
    "pix2pix. Both answers are wrong, and show why a named class is no conclusion."
)
LABORATORY = LaboratoryTemplate(
    name="Example Laboratory for Images",
    address="12 Sample Street, 0000 Exampletown",
    contact="reports@laboratory.example",
    header="Sample report",
    footer="This report was made to show the program. Laboratory and people are made up.",
    marking="SAMPLE",
    method="SOP-IMG-07, edition 2",
)


def main() -> int:
    """Make the reports; returns the exit code."""
    arguments = argparse.ArgumentParser(description="Make the sample reports in docs/.")
    arguments.add_argument("--images", type=Path, default=ROOT / "resources" / "sample_case" / "images")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, Workspace() as workspace:
        _examine(workspace, Path(folder) / "sample", given.images)
        for form, name in ((ReportForm.FULL, "sample-report"), (ReportForm.PLAIN, "sample-report-plain")):
            _issue(workspace, form, Path(folder) / name, given.out / f"{name}.pdf")
    return 0


def _examine(workspace: Workspace, case: Path, images: Path) -> None:
    workspace.settings.set("examiner", FIRST)
    workspace.cases.create(case, CaseDetails("Pictures in a letter", "2026/117", FIRST, LABORATORY.name))
    workspace.intake.take([images / example.path for example in EXAMPLES])
    ids = workspace.exhibits.ids(ExhibitFilter())
    received = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    form = CustodyForm(CustodyKind.RECEIVED, received, "District Court of Exampletown", FIRST, "2026/117-A1")
    workspace.custody.add(replace(form, seal="4711, intact", place="Exampletown", remarks="USB drive in an envelope"))
    for place, example in zip(ids, EXAMPLES, strict=True):
        workspace.conclusions.propose(place, CAMERA, GENERATOR, POPULATION, "No background was given.")
        sys.stderr.write(f"{example.path}\n")
    workspace.analysis.attribute()
    for place, example in zip(ids, EXAMPLES, strict=True):
        workspace.conclusions.conclude(place, example.outcome, example.opinion, "See the limits of the detector.")
    for place in ids[:4]:
        workspace.explaining.sanity(place, MapQuestion())
    for place in ids[2:4]:
        workspace.robustness.run(place)
    workspace.rerun.run()
    workspace.integrity.recheck()
    workspace.settings.set("examiner", SECOND)
    for place, example in zip(ids, EXAMPLES, strict=True):
        if example.second:
            outcome = Outcome.INCONCLUSIVE
            workspace.conclusions.conclude(place, outcome, example.second, role=Role.SECOND, agrees=False)
    workspace.settings.set("examiner", FIRST)


def _issue(workspace: Workspace, form: ReportForm, folder: Path, target: Path) -> None:
    draft = replace(
        workspace.reports.draft(),
        form=form,
        laboratory=LABORATORY,
        title="Examination of five images",
        number=f"2026/117-{form.name[0]}1",
        customer="District Court of Exampletown",
        customer_address="1 Court Square, 0000 Exampletown",
        request="Were the images made by a camera or by an image generator? If by a generator, of which architecture?",
        place="Exampletown",
        condition="Digital files on a USB drive; several had been compressed again before they were handed over.",
        sampling="none; every file was examined",
        deviations="none",
        external_results="none",
        author=FIRST,
        reviewer=SECOND,
        authoriser="C. Haddad",
        summary=SUMMARY,
        limitations="The detector knows eight generators and photographs of a few sources. See the annexes.",
        formats=("pdf",),
    )
    made = workspace.reports.issue(draft, out=folder).value
    shutil.copyfile(folder / next(file.name for file in made.files if file.name.endswith(".pdf")), target)


if __name__ == "__main__":
    sys.exit(main())
