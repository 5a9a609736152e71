"""Draft notices about issued reports that a new detector would answer otherwise; a person decides, nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import count
from pathlib import Path

from core.descent import ChangedFinding, Consequences, IssuedWithParent
from core.domain import Verdict
from core.errors import error_from_os
from core.retraining import Draft
from core.whole_file import replace_file

_TITLE = "DRAFT NOTICE – not sent, to be decided by the examiner"
_STANDING = (
    (
        "This notice withdraws nothing and changes nothing. The report stands as it was issued until its author, or "
        "whoever is responsible for it, decides otherwise."
    ),
    (
        "The answers in the report are what the detector of that time said of these images. Another answer of a later "
        "detector does not show by itself which of the two is right: both can be wrong, at the error rates stated on "
        "their cards."
    ),
)
_STEPS = (
    (
        "Read the card of the new detector: what it was tested on, how often it is wrong, and whether its gate was "
        "passed or overruled."
    ),
    (
        "Analyse the exhibits named above again in the case, with both detectors, and compare heat maps, consistency "
        "grids and robustness."
    ),
    "Look at the other evidence about each exhibit (file, metadata, provenance) before preferring either answer.",
    (
        "Decide whether a conclusion of the report depends on these answers. If it does, amend the report (page "
        "Report, Amend), which says what it replaces and why, and inform its recipients."
    ),
    "If nothing follows, note in the case that it was looked at, by whom, when, and why nothing follows.",
)
_SIGNED = ("Decision:", "Reasons:", "Name:", "Date:")
_STYLE = (
    "body{font-family:sans-serif;max-width:48em;margin:2em auto;padding:0 1em;line-height:1.4}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #888;padding:.3em .5em;text-align:left;"
    "vertical-align:top}code{overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True)
class _Notice:
    """What one notice says, part by part."""

    about: tuple[tuple[str, str], ...]
    happened: tuple[str, ...]
    changes: tuple[ChangedFinding, ...]


def notices(consequences: Consequences, folder: Path, draft: Draft) -> tuple[Path, ...]:
    """Write a draft notice, as text and as HTML, about each issued report with findings that would be others.

    A file that is there already and says something else stays, since somebody may have worked on it.

    Args:
        consequences: what would change.
        folder: where they are written.
        draft: the retraining behind the new detector.

    Returns:
        The files, two for each report, in the order of `consequences.reports`.

    Raises:
        NoPermission, DiskFull: the folder cannot be written; notices that were written stay.
    """
    written: list[Path] = []
    for report in consequences.reports:
        if report.changes:
            notice = _notice(report, draft)
            written += _kept(folder, _file_name(report), {".txt": as_text(notice), ".html": as_html(notice)})
    return tuple(written)


def as_text(notice: _Notice) -> str:
    """The notice as plain text."""
    lines = [_TITLE, "=" * len(_TITLE), ""]
    lines += [f"{name}: {value}" for name, value in notice.about]
    lines += ["", *_paragraphs(notice.happened), "Answers that would be others:", ""]
    for change in notice.changes:
        lines += [f"- {_line(change.exhibit)}", f"  SHA-256 {change.sha256}"]
        lines += [f"  in the report: {_said(change.before)}", f"  new detector:  {_said(change.after)}", ""]
    lines += ["What this means", "", *_paragraphs(_STANDING), "What to do", ""]
    lines += [f"{place}. {step}" for place, step in enumerate(_STEPS, 1)]
    return "\n".join([*lines, "", *(f"{name} ____________________" for name in _SIGNED), ""])


def as_html(notice: _Notice) -> str:
    """The notice as one HTML file that loads nothing."""
    about = (f"<tr><th scope='row'>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in notice.about)
    rows = "".join(_row(change) for change in notice.changes)
    heads = "".join(f"<th scope='col'>{name}</th>" for name in ("Exhibit", "SHA-256", "In the report", "New detector"))
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_TITLE}</title><style>{_STYLE}</style></head><body><h1>{_TITLE}</h1><table>{''.join(about)}</table>"
        f"{_tagged('p', notice.happened)}<h2>Answers that would be others</h2>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<h2>What this means</h2>{_tagged('p', _STANDING)}<h2>What to do</h2><ol>{_tagged('li', _STEPS)}</ol>"
        f"{_tagged('p', [f'{name} ____________________' for name in _SIGNED])}</body></html>\n"
    )


def _notice(report: IssuedWithParent, draft: Draft) -> _Notice:
    issued = f"{report.issued_at:%Y-%m-%d}" if report.issued_at else ""
    about = (
        ("Report", f"{_line(report.number)}, revision {report.revision}"),
        ("Identity", report.uid),
        ("Case", _line(report.case_title)),
        ("Issued", issued),
        ("Author", _line(report.author)),
        ("This notice drawn up", f"{datetime.now(UTC):%Y-%m-%d} (UTC)"),
    )
    known = tuple((name, value) for name, value in about if value)
    return _Notice(known, tuple(_happened(report, draft)), report.changes)


def _happened(report: IssuedWithParent, draft: Draft) -> Iterator[str]:
    parent, new = draft.parent, draft.card
    old = f"{parent.name} {parent.version} (SHA-256 {parent.digest})" if parent else "an earlier detector"
    digest = f" (SHA-256 {draft.made})" if draft.made else ""
    learned = f" It was trained to name {', '.join(draft.added)} as well." if draft.added else ""
    yield f"The report prints findings of the detector {_line(old)}."
    made = f"{_line(new.name)} {_line(new.version)}" if new.name else "not named yet"
    yield f"A later detector was made from it: {made}{digest}.{learned}"
    if draft.override:
        yield f"It did not pass the gate, which was overruled. Stated reason: {_line(draft.override)}"
    looked = report.exhibits - report.unread
    yield (
        f"Of {report.exhibits} exhibits for which the report prints such a finding, {looked} were read again with the "
        f"later detector. It answers otherwise about {report.changed} of them."
    )
    if report.unread:
        yield f"{report.unread} could not be looked at, so nothing is known about them."


def _said(answer: tuple[Verdict, str | None]) -> str:
    verdict, architecture = answer
    return f"attributed to {_line(architecture or '')}" if verdict is Verdict.ATTRIBUTED else verdict.value


def _row(change: ChangedFinding) -> str:
    cells = (escape(_line(change.exhibit)), f"<code>{escape(change.sha256)}</code>")
    answers = (escape(_said(change.before)), escape(_said(change.after)))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in (*cells, *answers))}</tr>"


def _tagged(tag: str, texts: Iterable[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (text, "")


def _line(text: str) -> str:
    """Text of a case, perhaps written by a stranger, fit for one line."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _file_name(report: IssuedWithParent) -> str:
    number = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in report.number)[:40]
    return f"notice-{number or 'report'}-r{report.revision}-{report.uid or 'R'}"


def _kept(folder: Path, name: str, contents: dict[str, str]) -> tuple[Path, ...]:
    """Write files of one name, which gets a number where there are others already."""
    stems = (name if attempt == 1 else f"{name}-{attempt}" for attempt in count(1))
    named = ({folder / f"{stem}{suffix}": text for suffix, text in contents.items()} for stem in stems)
    files = next(those for those in named if all(_is_free(path, text) for path, text in those.items()))
    for path, text in files.items():
        replace_file(path, text, doing="writing a draft notice")
    return tuple(files)


def _is_free(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except FileNotFoundError:
        return True
    except OSError as error:
        raise error_from_os(error, path, doing="writing a draft notice") from error
