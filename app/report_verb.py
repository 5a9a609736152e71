"""The verb that issues a report, amends one, or writes a preliminary one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from app.console import console_progress, visible, write_json
from app.exhibit_wishes import chosen_exhibits
from app.signing_wishes import signing_choice
from app.verb_options import Json, Quiet, open_workspace, say
from core.errors import AnswerHidden
from core.reporting import FORMATS, CheckItem, IssuedReport, ReportDraft, ReportForm
from core.services.workspace import Workspace

_FORMS = {"full": ReportForm.FULL, "short": ReportForm.SHORT, "plain": ReportForm.PLAIN}
_LANGUAGES = ("en", "de")
_INCOMPLETE = (
    "Write a preliminary report into --out; nothing is issued. Answers that a blind case hides from you still stand in "
    "the way: write your own views first (verb view), or leave those exhibits out (--exhibit)."
)
_SHOWN_HASH = 12


def _formats(given: str | None) -> str | None:
    for name in (given or FORMATS[0]).split(","):
        if name.strip() not in FORMATS:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(FORMATS)}.")
    return given


def _form(given: str | None) -> str | None:
    if given is not None and given not in _FORMS:
        raise typer.BadParameter(f"{given!r} is none of {', '.join(_FORMS)}.")
    return given


def _language(given: str | None) -> str | None:
    if given is not None and given not in _LANGUAGES:
        raise typer.BadParameter(f"{given!r} is none of {', '.join(_LANGUAGES)}.")
    return given


def report(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")],
    out: Annotated[Path, typer.Option(help="Folder that gets the files; an issued report is kept in the case too.")],
    formats: Annotated[
        str | None, typer.Option("--format", help="Some of pdf,html,csv,json,jsonld.", callback=_formats)
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(metavar="P12", help="PKCS#12 file that signs; default: the seal of this computer.")
    ] = None,
    form: Annotated[str | None, typer.Option(help="full, short or plain.", callback=_form)] = None,
    language: Annotated[str | None, typer.Option(help="en or de.", callback=_language)] = None,
    exhibit: Annotated[
        list[str] | None, typer.Option(help="SHA-256 of an exhibit, or its beginning; may be repeated. Default: all.")
    ] = None,
    draft: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Fields of the report in place of those kept in the case.")
    ] = None,
    amend: Annotated[str | None, typer.Option(metavar="UID", help="Issue the next revision of this report.")] = None,
    reason: Annotated[str, typer.Option(help="With --amend: why.")] = "",
    allow_incomplete: Annotated[bool, typer.Option("--allow-incomplete", help=_INCOMPLETE)] = False,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Issue a report, sealed and never overwritten; what is missing for it is told instead (exit 1)."""
    _require_together(amend, reason, allow_incomplete=allow_incomplete)
    with open_workspace(case) as workspace:
        wanted = _wanted(workspace, draft, amend)
        wanted = _with_options(workspace, wanted, formats, form, language, exhibit)
        items = workspace.reports.checklist(wanted, amends=amend)
        progress = console_progress(quiet=quiet)
        told = checklist_text(items, _hashes(workspace, items))
        if allow_incomplete:
            _require_visible(items)
            files = workspace.reports.preliminary(wanted, out, progress=progress)
            write_json(json_file, {"report": None, "files": files, "checklist": items})
            say(f"{told}{preliminary_text(files)}", json_file, quiet=quiet)
            return
        if any(item.blocks for item in items):
            write_json(json_file, {"report": None, "files": [], "checklist": items})
            say(f"{told}The report was not issued.", json_file, quiet=quiet)
            if quiet:
                typer.echo(blocked_text(items), err=True)
            raise typer.Exit(1)
        choice = signing_choice(sign)
        if amend is None:
            made = workspace.reports.issue(wanted, out=out, sign=choice, progress=progress).value
        else:
            made = workspace.reports.amend(amend, wanted, reason, out=out, sign=choice, progress=progress).value
        files = tuple(out / file.name for file in made.files)
        write_json(json_file, {"report": made, "files": files, "checklist": items})
        say(f"{told}{issued_text(made, out)}", json_file, quiet=quiet)


def checklist_text(items: Sequence[CheckItem], hashes: Mapping[int, str] | None = None) -> str:
    """What is missing, and what is to be looked at; empty where there is nothing.

    Args:
        items: the checklist.
        hashes: SHA-256 of exhibits by id; its beginning is told beside their labels.
    """
    parts = []
    for heading, blocks in (("Missing:", True), ("To be looked at:", False)):
        lines = [f"  {visible(_with_hash(item, hashes or {}))}" for item in items if item.blocks is blocks]
        parts += [heading, *lines, ""] if lines else []
    return "\n".join([*parts, ""]) if parts else ""


def blocked_text(items: Sequence[CheckItem]) -> str:
    """One sentence for who wants no table."""
    count = sum(item.blocks for item in items)
    missing = "1 point is" if count == 1 else f"{count} points are"
    it = "it" if count == 1 else "them"
    return f"The report was not issued: {missing} missing. Run it without --quiet to see {it}."


def _with_hash(item: CheckItem, hashes: Mapping[int, str]) -> str:
    """The sentence with the beginning of the exhibit's SHA-256 behind its label."""
    sha256 = hashes.get(item.exhibit_id or 0)
    label, colon, rest = item.sentence.partition(":")
    return f"{label} ({sha256[:_SHOWN_HASH]}…){colon}{rest}" if sha256 and colon else item.sentence


def _hashes(workspace: Workspace, items: Sequence[CheckItem]) -> dict[int, str]:
    wanted = tuple(dict.fromkeys(item.exhibit_id for item in items if item.exhibit_id is not None))
    return {line.id: line.sha256 for line in workspace.exhibits.lines(wanted)} if wanted else {}


def _require_visible(items: Sequence[CheckItem]) -> None:
    """A preliminary report shows answers like any other; raises `AnswerHidden`."""
    hidden = [item.sentence.partition(":")[0] for item in items if item.key == "views" and item.blocks]
    if hidden:
        named = ", ".join(hidden)
        raise AnswerHidden(
            "No preliminary report can be written either: this case is examined blind, and answers are hidden from "
            f"you ({named}). Write down your own view of these exhibits first (on Examine, or with the verb view), or "
            "choose others with --exhibit."
        )


def issued_text(made: IssuedReport, out: Path) -> str:
    """Which report it is, and where its files are."""
    number = f"{visible(made.number)}, revision {made.revision}"
    replaced = [f"It replaces {made.supersedes}, which stays as it was."] if made.supersedes else []
    lines = [
        f"Issued {made.uid}: report {number}, about {made.exhibits} exhibit{'s' if made.exhibits != 1 else ''}.",
        *replaced,
        f"Signed with: {visible(made.signer)}",
        f"Log of the case at entry {made.head_sequence}: {made.head_digest}",
        *(f"  {out / file.name}" for file in made.files),
    ]
    return "\n".join(lines)


def preliminary_text(files: Sequence[Path]) -> str:
    """That nothing was issued, and where the files are."""
    return "\n".join(["Preliminary: nothing was issued, and every page says so.", *(f"  {file}" for file in files)])


def _require_together(amend: str | None, reason: str, *, allow_incomplete: bool) -> None:
    if bool(amend) != bool(reason.strip()):
        raise typer.BadParameter("They need one another: which report, and why.", param_hint="--amend / --reason")
    if amend and allow_incomplete:
        raise typer.BadParameter("A preliminary report amends nothing.", param_hint="--allow-incomplete")


def _wanted(workspace: Workspace, draft: Path | None, amend: str | None) -> ReportDraft:
    base = workspace.reports.draft() if amend is None else workspace.reports.draft_of(amend)
    return base if draft is None else workspace.reports.read_draft(draft, base)


def _with_options(
    workspace: Workspace,
    draft: ReportDraft,
    formats: str | None,
    form: str | None,
    language: str | None,
    exhibit: Sequence[str] | None,
) -> ReportDraft:
    if formats is not None:
        asked = {name.strip() for name in formats.split(",")}
        draft = replace(draft, formats=tuple(name for name in FORMATS if name in asked))
    if form is not None:
        draft = replace(draft, form=_FORMS[form])
    if language is not None:
        draft = workspace.reports.in_language(draft, language)
    if exhibit:
        draft = replace(draft, exhibit_ids=chosen_exhibits(workspace, exhibit))
    return draft
