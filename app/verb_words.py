"""The words and rows the verbs print, built from records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from app.console import plain, table_text, visible
from core.domain import (
    KEPT,
    AttributionReport,
    Case,
    CaseCounts,
    DetectorSummary,
    Exhibit,
    Finding,
    IntakeReport,
)

Row = dict[str, Any]
_NAME_SHOWN = 48
_SINGLE = (
    ("macro_f1", "Macro F1"),
    ("oscr", "OSCR"),
    ("auroc_unknown", "AUROC known/unknown"),
    ("ece", "calibration error"),
    ("cllr", "Cllr"),
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
        ("Not taken in", str(counts.refused)),
    ]
    return table_text((str(case.path), ""), rows)


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
            row["architecture"] or "-",
            f"{max(row['scores'].values()):.2f}" if row["scores"] else "-",
            f"{row['consistency']['agreeing']}/16" if row["consistency"] else "-",
        )
        for row in rows
        if row["state"] == "analyzed"
    ]
    table = table_text(("image", "verdict", "architecture", "score", "tiles"), cells)
    others = [f"  {visible(str(row['path']))}: {row['reason']}" for row in rows if row["state"] != "analyzed"]
    notes = [f"Note: {remark}" for remark in report.remarks]
    head = f"{report.made} new findings on {report.device}."
    return "\n".join([table, "", head, *notes, *(["Not analysed:", *others] if others else [])])


def detector_rows(summaries: Sequence[DetectorSummary]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Headings and cells of the list of detectors."""
    cells = [
        (
            one.reference.name,
            one.reference.version or "-",
            one.reference.digest[:12] or "-",
            str(len(one.classes)),
            one.problem or str(one.card.get("title", "")),
        )
        for one in summaries
    ]
    return ("name", "version", "digest", "classes", "about"), cells


def card_text(summary: DetectorSummary) -> str:
    """A card to read on a terminal: what it names, its threshold, its figures, its limits."""
    card = summary.card
    lines = [
        f"{card.get('title') or summary.reference.name} ({summary.reference.name} {summary.reference.version})",
        str(card.get("summary", "")),
        f"Digest {summary.reference.digest}",
        "",
        "It can name:",
        *(f"  {row['name']}: {row.get('description') or row.get('title', '')}" for row in card["classes"]),
        "",
        f"Threshold {card['threshold']['value']}: {card['threshold'].get('rule', '')}",
    ]
    for measured in card["measured"]:
        lines += ["", f"Measured on {measured.get('set')} ({measured.get('date')}):", figures_text(measured, ())]
    return "\n".join([*lines, "", "Limits:", *(f"  {limit}" for limit in card.get("limits", []))])


def figures_text(figures: Mapping[str, Any], skipped: Sequence[str]) -> str:
    """The figures of a test, false accusations first, with 95 % intervals."""
    lines = [
        _counted("Real called generated", figures["false_accusation"], "count", "rate"),
        _counted("Conclusive answers right", figures["conclusive"], "correct", "accuracy"),
        f"Top class right: {_percent(figures['accuracy'])} of {figures['n']} {_interval(figures['accuracy_ci'])}",
        _counted("Unknown architectures given a name", figures["unknown"], "attributed", "rate"),
        " · ".join(f"{caption} {_number(figures[key])}" for key, caption in _SINGLE),
        "",
    ]
    rows = [
        (source, str(row["n"]), str(row["correct"]), f"{row['conclusive_correct']} of {row['conclusive']}")
        for source, row in sorted(figures["per_source"].items())
    ]
    lines.append(table_text(("source", "images", "top class right", "conclusive right"), rows))
    return "\n".join([*lines, *(["Skipped:", *(f"  {line}" for line in skipped)] if skipped else [])])


def _name(path: str) -> str:
    """The file name, shortened in the middle so that one long name does not widen the table."""
    name = PurePosixPath(path.rsplit("!", 1)[1]).name if "!" in path else Path(path).name
    return name if len(name) <= _NAME_SHOWN else f"{name[: _NAME_SHOWN - 17]}…{name[-16:]}"


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


def _counted(caption: str, row: Mapping[str, Any], count_key: str, share_key: str) -> str:
    return f"{caption}: {row[count_key]} of {row['n']}, {_percent(row[share_key])} {_interval(row['ci'])}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _interval(ci: Sequence[float]) -> str:
    return f"(95 % interval {ci[0]:.1%} to {ci[1]:.1%})"
