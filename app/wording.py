"""Puts records and numbers into words for the analyst; text that came out of files is made harmless here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication

from core.domain import KEPT, DetectorSummary, ExhibitLine, IntakeOutcome, IntakeReport, ReviewState, SortKey, Verdict
from core.progress import Tick

_LONGEST = 2000
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")  # letters by category, but drawn as nothing
_VERDICTS = {
    Verdict.ATTRIBUTED: "Attributed",
    Verdict.UNKNOWN: "Unknown architecture",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.OUT_OF_SCOPE: "Out of scope",
    None: "Not analysed",
}
_MEANINGS = {
    Verdict.ATTRIBUTED: "The detector names an architecture, and its score reaches the threshold on its card.",
    Verdict.UNKNOWN: "The image resembles none of the architectures the detector knows.",
    Verdict.INCONCLUSIVE: "The highest score stays under the detector's threshold: no architecture is named.",
    Verdict.OUT_OF_SCOPE: "The detector cannot judge this image (too small, flat, or compressed too much).",
    None: "No detector has looked at this exhibit yet.",
}
_HIDDEN = "Hidden"
_HIDDEN_MEANING = "Hidden until you write your view: this case is examined blind."
_SORTS = {
    SortKey.TAKEN: "Order of intake",
    SortKey.NAME: "File name",
    SortKey.SCORE: "Score",
    SortKey.AGREEMENT: "Agreeing tiles",
    SortKey.VERDICT: "Verdict",
    SortKey.SIZE: "Number of pixels",
}
_STATES = {
    ReviewState.WAITING: "Not analysed",
    ReviewState.UNREVIEWED: "Not reviewed",
    ReviewState.REVIEWED: "Reviewed",
}


def _translated(text: str) -> str:
    return QCoreApplication.translate("Wording", text)


def without_path(reason: str, path: str) -> str:
    """A sentence about a file as it reads beside the file's path: "/usb/a.jpg is cut off." → "Is cut off."."""
    rest = reason.removeprefix(f"{path} ").lstrip()
    return rest[:1].upper() + rest[1:] if path and rest != reason else reason


def visible(text: str, *, longest: int = _LONGEST) -> str:
    """Text from a file as one harmless line: invisible and direction-changing characters become ``⟨U+202E⟩``.

    Args:
        text: anything a file or its name may contain, also lone surrogates.
        longest: characters kept; the rest becomes an ellipsis.
    """
    shown = text if len(text) <= longest else text[:longest] + "…"
    if shown.isascii() and shown.isprintable():
        return shown
    return "".join(f"⟨U+{ord(sign):04X}⟩" if _unseen(sign) else sign for sign in shown)


def _unseen(sign: str) -> bool:
    return sign in _BLANK or unicodedata.category(sign) in _UNSEEN


def verdict_text(verdict: Verdict | None) -> str:
    """A verdict as a caption; None is an exhibit nobody analysed yet."""
    return _translated(_VERDICTS[verdict])


def hidden_text() -> str:
    """What stands in place of a verdict that a blind case hides."""
    return _translated(_HIDDEN)


def answer_text(line: ExhibitLine) -> str:
    """The verdict on an exhibit as a caption, or that it is hidden."""
    return hidden_text() if line.hidden else verdict_text(line.verdict)


def hidden_meaning() -> str:
    """Why an answer is hidden, in one sentence."""
    return _translated(_HIDDEN_MEANING)


def verdict_meaning(verdict: Verdict | None) -> str:
    """What a verdict says, in one sentence for a newcomer."""
    return _translated(_MEANINGS[verdict])


def sort_text(key: SortKey) -> str:
    """An order of exhibits as a caption."""
    return _translated(_SORTS[key])


def state_text(state: ReviewState) -> str:
    """Where an exhibit stands in the work, as a caption."""
    return _translated(_STATES[state])


def outcome_text(outcome: IntakeOutcome) -> str:
    """What became of a file, as a caption."""
    return _translated(outcome.value.capitalize())


def class_titles(card: Mapping[str, object]) -> dict[str, str]:
    """The names of classes and their titles, as far as a detector's card gives them."""
    classes = card.get("classes")
    rows = [row for row in classes if isinstance(row, Mapping)] if isinstance(classes, (list, tuple)) else []
    return {str(row["name"]): str(row["title"]) for row in rows if "name" in row and "title" in row}


def titles_of(detectors: Iterable[DetectorSummary]) -> dict[str, str]:
    """The names of classes and their titles, of several detectors together."""
    return {name: title for detector in detectors for name, title in class_titles(detector.card).items()}


def named_class(line: ExhibitLine, titles: Mapping[str, str]) -> str:
    """The class that a list names beside a verdict; nothing for *unknown architecture*, which names none."""
    if line.architecture is None or line.verdict is Verdict.UNKNOWN:
        return ""
    title = class_title(line.architecture, titles)
    return title if line.verdict is Verdict.ATTRIBUTED else f"closest: {title}"


def class_title(name: str, titles: Mapping[str, str]) -> str:
    """A class as the analyst reads it: the card's title, else the name."""
    return visible(titles.get(name) or name, longest=80)


def score_text(score: float | None) -> str:
    """A score with two decimals, or a dash."""
    if score is None:
        return "–"
    return f"{score:.2f}"


def agreement_text(agreement: int | None) -> str:
    """Agreeing tiles out of sixteen."""
    return "–" if agreement is None else f"{agreement}/16"


def bytes_text(count: int) -> str:
    """A number of bytes in the unit that reads best (1 KB is 1000 bytes)."""
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def seconds_text(seconds: float) -> str:
    """A duration, rounded as one says it."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: ``1 exhibit``, ``20,000 exhibits``."""
    return f"{count:,} {one if count == 1 else many}"


def exhibits_text(count: int) -> str:
    """How many exhibits, in words."""
    return counted(count, _translated("exhibit"), _translated("exhibits"))


def intake_counts(report: IntakeReport) -> tuple[int, int]:
    """How many files of an intake are in the case, and how many are not; archives that were opened do not count."""
    files = [line for line in report.lines if line.outcome is not IntakeOutcome.OPENED]
    kept = sum(line.outcome in KEPT for line in files)
    return kept, len(files) - kept


def tick_text(tick: Tick) -> str:
    """Progress in words: how far, how fast, how long still."""
    unit = _translated(tick.unit)
    parts = [f"{tick.done:,} {unit}" if tick.total is None else f"{tick.done:,} / {tick.total:,} {unit}"]
    if tick.rate > 0:
        parts.append(f"{tick.rate:.0f}/s" if tick.rate >= 10 else f"{tick.rate:.1f}/s")
    if tick.seconds_left is not None and tick.total is not None and tick.done < tick.total:
        parts.append(_translated("about {} left").format(seconds_text(tick.seconds_left)))
    return " · ".join(parts)
