"""A case with a few exhibits, and a draft that nothing blocks, for tests of issued reports."""

from dataclasses import replace
from datetime import date

from core.domain import CaseDetails
from tests.conftest import save_pictures


def make_case(workspace, folder, count=3, title="Portraits"):
    """A new case at `folder` with pictures in it, open in the workspace."""
    workspace.settings.set("examiner", "A. Moreau")
    details = CaseDetails(title, "2026/17", "A. Moreau", "Laboratory of Images")
    made = workspace.cases.create(folder, details).value
    workspace.intake.take([save_pictures(folder.with_name(f"{folder.stem}-pictures"), count)])
    return made.path


def ready_draft(workspace, **changes):
    """A draft with every field that is needed."""
    draft = workspace.reports.draft()
    laboratory = replace(
        draft.laboratory,
        name="Laboratory of Images",
        address="1 Example Road",
        contact="lab@example.org",
        method="SOP-7",
    )
    filled = replace(
        draft,
        laboratory=laboratory,
        title="Examination of images",
        customer="District Court",
        customer_address="2 Court Street",
        request="Which generator?",
        requested_on=date(2026, 11, 1),
        received_on=date(2026, 11, 2),
        worked_from=date(2026, 11, 3),
        worked_to=date(2026, 11, 4),
        place="Hamburg",
        sampling="none",
        condition="good",
        deviations="none",
        external_results="none",
        author="A. Moreau",
        authoriser="C. Haddad",
        summary="Nothing was analysed.",
        limitations="none",
    )
    return replace(filled, **changes)


def issue(workspace, **changes):
    """Issue a report; answers its PDF file."""
    issued = workspace.reports.issue(ready_draft(workspace, **changes)).value
    return issued, pdf_of(issued)


def pdf_of(issued):
    (name,) = [file.name for file in issued.files if file.name.endswith(".pdf")]
    return issued.folder / name
