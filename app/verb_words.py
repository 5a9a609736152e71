"""The words and rows the verbs print, built from records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from app.console import plain, table_text, visible
from core.domain import (
    KEPT,
    AttributionReport,
    Case,
    CaseCounts,
    Exhibit,
    Finding,
    IntakeReport,
    Verdict,
)
from core.examine import ExaminerView

Row = dict[str, Any]
_NAME_SHOWN = 48
_MEMBER = re.compile(r".*?\.zip!(.+)", re.IGNORECASE | re.DOTALL)  # the file inside an archive; "!" may be in any name


HOW_TO_SEE = "Use: main.py view CASE --exhibit SHA --opinion real|generated|undecided --text T."


def explained_text(row: Row) -> str:
    """Where the picture of an exhibit lies, or why there is none."""
    if not row["reason"]:
        return visible(str(row["overlay"]))
    reason = hidden_words(row["sha256"]) if "hidden" in row else visible(row["reason"])
    return f"{visible(str(row['image']))}: {reason}"


def hidden_words(sha256: str) -> str:
    """What is said instead of an answer that a blind case still hides, with the way out."""
    return (
        f"Hidden: write your view first (main.py view CASE --exhibit {sha256[:12]} "
        "--opinion real|generated|undecided --text T)."
    )


def case_text(case: Case, counts: CaseCounts) -> str:
    """What a case holds, in a few lines."""
    verdicts = ", ".join(f"{n} {verdict}" for verdict, n in counts.verdicts.items() if n) or "none yet"
    rows = [
        ("Title", case.details.title),
        ("Number", case.details.number or "-"),
        ("Examiner", case.details.examiner or "-"),
        ("Laboratory", case.details.laboratory or "-"),
        ("Made", case.created_at.isoformat(timespec="seconds")),
        ("Exhibits", f"{counts.exhibits} ({counts.evidence_bytes / 1e6:.1f} MB)"),
        ("Analysed", f"{counts.analysed} of {counts.exhibits}"),
        ("Verdicts", verdicts),
        ("Reviewed", str(counts.reviewed)),
        ("Blind", _blind_text(case, counts)),
        ("Not taken in", str(counts.refused)),
    ]
    return table_text((str(case.path), ""), rows)


def _blind_text(case: Case, counts: CaseCounts) -> str:
    if not case.details.blind:
        return "no"
    return (
        f"yes; the verdicts on {counts.hidden} exhibits are hidden until you write your view"
        if counts.hidden
        else "yes"
    )


def intake_text(report: IntakeReport) -> str:
    """How many of each outcome, and a line for everything that is no exhibit."""
    counts: dict[str, int] = {}
    for line in report.lines:
        counts[line.outcome.value] = counts.get(line.outcome.value, 0) + 1
    head = ", ".join(f"{n} {outcome}" for outcome, n in counts.items()) or "Nothing to take in"
    refused = [f"  {visible(line.path)}: {line.reason}" for line in report.lines if line.outcome not in KEPT]
    return "\n".join([head + ".", *refused])


def refused_rows(report: IntakeReport | None) -> list[Row]:
    """JSON rows of what could not be taken in."""
    if report is None:
        return []
    return [
        {**_empty(line.path, line.sha256), "state": "unreadable", "reason": line.reason}
        for line in report.lines
        if line.outcome not in KEPT
    ]


def analysis_row(exhibit: Exhibit, finding: Finding | None, failed: str) -> Row:
    """The JSON row of one exhibit, as `analyze --json` promises."""
    path = exhibit.occurrences[0].path if exhibit.occurrences else exhibit.name
    row = _empty(path, exhibit.sha256)
    if finding is None:
        return {**row, "state": "unreadable" if failed else "skipped", "reason": failed or "Not analysed yet."}
    return _found(row, finding)


def hidden_row(exhibit: Exhibit) -> Row:
    """The JSON row of an exhibit of a blind case of which this examiner has no own view yet."""
    path = exhibit.occurrences[0].path if exhibit.occurrences else exhibit.name
    return {**_empty(path, exhibit.sha256), "state": "hidden", "reason": hidden_words(exhibit.sha256)}


def view_text(views: Sequence[ExaminerView], row: Row) -> str:
    """The views of an exhibit and the detector's answer."""
    cells = [
        (
            view.examiner,
            f"{view.made_at:%Y-%m-%d %H:%M} UTC",
            view.opinion,
            "before the answer" if view.blind else "the answer was visible",
            view.text or "-",
        )
        for view in views
    ]
    table = table_text(("examiner", "when", "view", "written", "text"), cells)
    if row["state"] != "analyzed":
        return f"{table}\n\nDetector: {row['reason']}"
    return f"{table}\n\nDetector: {row['verdict']}, {_named(row)}. {row['reason']}"


def _found(row: Row, finding: Finding) -> Row:
    return {
        **row,
        "state": "analyzed",
        "reason": finding.reason,
        "verdict": finding.verdict.value,
        "architecture": finding.architecture,
        "scores": dict(finding.scores),
        "likelihood_ratio": plain(finding.likelihood_ratio),
        "consistency": _consistency(finding),
        "detector": plain(finding.detector),
        "device": finding.device,
        "ms": round(finding.ms, 1),
    }


def analysis_text(rows: Sequence[Row], report: AttributionReport) -> str:
    """Findings as a table, then what could not be read and what the device said."""
    cells = [
        (
            _name(str(row["path"])),
            row["verdict"] or row["state"],
            _named(row),
            f"{max(row['scores'].values()):.2f}" if row["scores"] else "-",
            f"{row['consistency']['agreeing']}/16" if row["consistency"] else "-",
            _ratio(row["likelihood_ratio"]),
            *([_survived(row["robustness"])] if "robustness" in row else []),
        )
        for row in rows
        if row["state"] == "analyzed"
    ]
    more = ["survives"] if any("robustness" in row for row in rows) else []
    heads = ("image", "verdict", "architecture", "score", "tiles", "likelihood ratio", *more)
    table = [table_text(heads, cells), ""] if cells else []
    others = _told(row for row in rows if row["state"] not in ("analyzed", "hidden"))
    hidden = _told(row for row in rows if row["state"] == "hidden")
    notes = [f"Note: {remark}" for remark in report.remarks]
    new = f"{report.made} new finding{'' if report.made == 1 else 's'} on {report.device}."
    head = new if report.device else "Nothing was left to analyse."
    unchecked = _unchecked(rows)
    told = (("Not analysed:", others), ("Robustness not checked:", unchecked))
    return "\n".join(
        [*table, head, *notes, *(line for title, lines in told if lines for line in (title, *lines)), *hidden]
    )


def _named(row: Row) -> str:
    """The class with the top score, unless the verdict is that it is none of them."""
    return "-" if row["verdict"] == Verdict.UNKNOWN.value else row["architecture"] or "-"


def _survived(check: Row | None) -> str:
    """After how many steps of processing the answer was still the same."""
    return f"{check['survived']} of {len(check['steps'])} steps" if check and check["steps"] else "-"


def _unchecked(rows: Iterable[Row]) -> list[str]:
    failed = [row for row in rows if (row.get("robustness") or {}).get("reason") and row["scores"]]
    return [f"  {visible(str(row['path']))}: {visible(row['robustness']['reason'])}" for row in failed]


def _told(rows: Iterable[Row]) -> list[str]:
    return [f"  {visible(str(row['path']))}: {row['reason']}" for row in rows]


def _name(path: str) -> str:
    """The file name, shortened in the middle so that one long name does not widen the table."""
    inside = _MEMBER.fullmatch(path)
    name = PurePosixPath(inside[1]).name if inside else Path(path).name
    return name if len(name) <= _NAME_SHOWN else f"{name[: _NAME_SHOWN - 17]}…{name[-16:]}"


def _ratio(given: Row | None) -> str:
    """A ratio with its 95 % interval and the largest that its validation supports."""
    if given is None:
        return "-"
    value, low, high, ceiling = (float(given[key]) for key in ("value", "low", "high", "ceiling"))
    return f"{value:.3g} ({low:.3g} to {high:.3g}, at most {ceiling:.3g})"


def _empty(path: str, sha256: str | None) -> Row:
    return {
        "path": path,
        "sha256": sha256,
        "state": "",
        "reason": "",
        "verdict": None,
        "architecture": None,
        "scores": {},
        "likelihood_ratio": None,
        "consistency": None,
        "detector": None,
        "device": None,
        "ms": None,
    }


def _consistency(finding: Finding) -> Row | None:
    if finding.grid is None:
        return None
    tiles = [{"architecture": tile.architecture, "score": tile.score} for tile in finding.grid.tiles]
    return {"agreeing": finding.grid.agreeing, "grid": [tiles[row * 4 : row * 4 + 4] for row in range(4)]}
