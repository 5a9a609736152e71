"""The verb that verifies: is every byte and every log entry still what it was?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import console_progress, plain, visible, write_json
from app.verb_options import Json, Quiet, open_workspace, say
from app.widgets.claim_words import unvouched_text, verification_lines
from core.custody import Verification
from core.errors import BadInput
from core.paths import CASE_SUFFIX

_NO = 1


def verify(
    subject: Annotated[Path, typer.Argument(metavar="CASE|REPORT.pdf", help="A case, or a report as PDF.")],
    case: Annotated[
        Path | None, typer.Argument(metavar="[CASE]", help="With a report: the case that issued it.")
    ] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Verify a case or a report, claim by claim. Exit 1 when a claim does not hold."""
    with open_workspace() as workspace:
        progress = console_progress(quiet=quiet)
        if not _is_case(subject):
            made = workspace.report_verification.report(subject, case, progress=progress)
        elif case is not None:
            raise BadInput(f"{subject} is a case. A second case is named only beside a report.")
        else:
            made = workspace.verification.case(subject, progress=progress)
    write_json(json_file, verification_row(made))
    say("\n".join(map(visible, verification_lines(made))), json_file, quiet=quiet)
    if not made.passed:
        raise typer.Exit(_NO)


def verification_row(made: Verification) -> dict[str, Any]:
    """What the JSON says of a verification."""
    return {
        "subject": made.subject,
        "passed": made.passed,
        "at": plain(made.at),
        "claims": plain(made.claims),
        "warning": unvouched_text(made),
    }


def _is_case(subject: Path) -> bool:
    """Whether a folder was named, or a case without its ending."""
    return subject.is_dir() or (not subject.exists() and subject.with_name(subject.name + CASE_SUFFIX).is_dir())
