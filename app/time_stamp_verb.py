"""The verb of time stamps: a request for the log head goes out as a file, the reply comes back as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.console import visible, write_json
from app.verb_options import Json, Quiet, open_workspace, say
from core.custody import TimeStamp


def timestamp(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")],
    request: Annotated[
        Path | None,
        typer.Option(metavar="FILE.tsq", help="Write a request for a time stamp over the log as it is now."),
    ] = None,
    reply: Annotated[
        Path | None, typer.Option(metavar="FILE.tsr", help="Check an authority's reply to such a request, and keep it.")
    ] = None,
    roots: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pem", help="With --reply: certificates of the authorities that you trust."),
    ] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Have a time-stamp authority (RFC 3161) vouch for the log. Files go in and out; no network is asked."""
    if request is not None and reply is not None:
        raise typer.BadParameter("Write a request, or bring a reply back: not both.", param_hint="--request")
    if roots is not None and reply is None:
        raise typer.BadParameter("It needs --reply.", param_hint="--roots")
    with open_workspace(case) as workspace:
        stamps = workspace.time_stamps
        if request is not None:
            made = stamps.request(request).value
            told = f"Wrote {request}. Send it to a time-stamp authority and bring its reply back with --reply."
        elif reply is not None:
            made = stamps.bring_back(reply, roots).value
            told = _brought(made, trusted=roots is not None)
        else:
            write_json(json_file, stamps.all())
            say(visible_lines(stamps.all()), json_file, quiet=quiet)
            return
        write_json(json_file, made)
        say(visible(told), json_file, quiet=quiet)


def visible_lines(stamps: tuple[TimeStamp, ...]) -> str:
    """A line for each time stamp of a case."""
    return "\n".join(visible(_line(stamp)) for stamp in stamps) or "The case has no time stamps."


def _line(stamp: TimeStamp) -> str:
    where = f"entry {stamp.sequence} of the log, asked {stamp.requested_at:%Y-%m-%d %H:%M} UTC"
    if stamp.stamped_at is None:
        return f"{where}: no reply yet"
    return f"{where}: stamped {stamp.stamped_at:%Y-%m-%d %H:%M:%S} UTC by {stamp.authority}"


def _brought(made: TimeStamp, *, trusted: bool) -> str:
    vouched = (
        "Its certificate leads to one of the authorities you trust."
        if trusted
        else "The authority was not checked against trusted roots."
    )
    return f"{_line(made)}. {vouched}"
