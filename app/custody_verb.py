"""The verb about custody: who had the items, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app import custody_words as words
from app.console import table_text, write_json
from app.exhibit_wishes import chosen_exhibits
from app.verb_options import Json, Quiet, open_workspace, say
from core.custody import CustodyEvent, CustodyForm, CustodyKind, doubts
from core.services.workspace import Workspace

_HEADINGS = ("No.", "When", "What", "Who", "Item, seal, place, remarks", "About", "Written down by")


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise typer.BadParameter(f"{given!r} is no time. Write it like 2026-11-21T10:31+01:00.") from error
    return at if at.tzinfo is not None else at.astimezone()  # the time zone of this computer


At = Annotated[
    str | None,
    typer.Option(help="When, like 2026-11-21T10:31+01:00; without an offset: time of this computer. Default: now."),
]


def custody(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")],
    add: Annotated[CustodyKind | None, typer.Option(help="Write down that items were …")] = None,
    at: At = None,
    from_party: Annotated[str, typer.Option("--from", help="Who handed the items over.")] = "",
    to_party: Annotated[str, typer.Option("--to", help="Who took them; wanted for received and transferred.")] = "",
    item: Annotated[str, typer.Option(help="The laboratory's number of the item.")] = "",
    seal: Annotated[str, typer.Option(help="Number and state of the seal.")] = "",
    place: Annotated[str, typer.Option(help="Where.")] = "",
    remarks: Annotated[str, typer.Option(help="Anything else.")] = "",
    exhibit: Annotated[
        list[str] | None, typer.Option(help="SHA-256 of an exhibit, or its beginning; may be repeated. Default: all.")
    ] = None,
    corrects: Annotated[int | None, typer.Option(help="Number of the event that this one corrects.")] = None,
    sure: Annotated[bool, typer.Option("--sure", help="An odd time is right; who took the items is unknown.")] = False,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Show who had the items and when, or write down what happened to them (--add)."""
    if add is None:
        _require_nothing_stated(at, from_party, to_party, item, seal, place, remarks, exhibit, corrects)
        with open_workspace() as workspace:
            workspace.cases.open(case, read_only=True)
            _tell(workspace, None, json_file, quiet=quiet)
        return
    moment = _moment(at) or datetime.now(UTC).astimezone()
    form = CustodyForm(add, moment, from_party, to_party, item, seal, place, remarks)
    if not sure and (odd := doubts(form, datetime.now(UTC))):
        raise typer.BadParameter(f"{' '.join(odd)} If it is right, say --sure.", param_hint="--add")
    with open_workspace(case) as workspace:
        ids = chosen_exhibits(workspace, exhibit) if exhibit else None
        made = workspace.custody.add(form, ids, corrects).value
        _tell(workspace, made, json_file, quiet=quiet)


def _require_nothing_stated(*stated: object) -> None:
    if any(value not in ("", None, []) for value in stated):
        raise typer.BadParameter("It states something, so say what happened: --add received, transferred, …")


def _tell(workspace: Workspace, made: CustodyEvent | None, json_file: str | None, *, quiet: bool) -> None:
    events = workspace.custody.all()
    write_json(json_file, {"events": events, "added": made})
    say(events_text(events), json_file, quiet=quiet)


def events_text(events: tuple[CustodyEvent, ...]) -> str:
    """Every event in one line."""
    if not events:
        return "No custody event was written down yet. See --add."
    corrected = words.corrections(events)
    rows = [
        (
            str(event.id),
            words.when_text(event),
            words.what_text(event, corrected.get(event.id)),
            words.parties_text(event),
            words.item_text(event),
            words.about_text(event),
            words.written_text(event),
        )
        for event in events
    ]
    return table_text(_HEADINGS, rows)
