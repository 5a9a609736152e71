"""The validated parts of a card in words: calibration, likelihood ratios, the test for unknown architectures, scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.widgets.card_fields import (
    Card,
    counted,
    interval_text,
    number,
    part,
    parts,
    percent,
    rows,
    text,
    texts,
    wilson,
)
from app.widgets.text_sheet import Block, Bullets, Facts, Grid, Heading, Paragraph

Titles = Mapping[str, str]
_METHODS = {
    "knn": ("k nearest neighbours", "how far the image lies from the training images most like it"),
    "mahalanobis": ("Mahalanobis distance", "how far the image lies from the middle of every class"),
    "energy": ("Energy", "how strongly the network answers for all classes together"),
    "max logit": ("Largest logit", "how strongly the network answers for its best class"),
}
_FIGURES = {
    "auroc": "AUROC",
    "oscr": "OSCR",
    "tnr_at_95_tpr": "unknown found at 95 % known kept",
    "tnr95": "unknown found at 95 % known kept",
}
_NO_RATIOS = (
    "None. The card holds no validation from which a likelihood ratio could be computed, so none is ever stated; "
    "a score must not be used in its place."
)
_NO_TEST = (
    "None. The detector cannot tell that an image comes from a generator it does not know: such an image is given "
    "the name of a class, or stays inconclusive."
)
_UNCALIBRATED = "The scores are the network's own; they were not calibrated on held-out images."


def calibration_blocks(card: Card) -> Iterable[Block]:
    """How scores were made to mean what they say."""
    calibration = part(card, "calibration")
    yield Heading("How the scores are calibrated")
    if not calibration:
        yield Paragraph(_UNCALIBRATED)
        return
    said = [f"{name} × {value:.3g}" for name, value in _voices(calibration)]
    words = f"The scores come from {' + '.join(said)}, averaged over the windows." if said else ""
    made_on = part(card, "calibrated_on")
    sources = ", ".join(texts(made_on, "sources"))
    where = f"Sources: {sources}." if sources else ""
    yield Paragraph(" ".join(filter(None, (words, _fitted(calibration), where))))
    if text(made_on, "command"):
        yield Paragraph(f"Calibrated again with: {text(made_on, 'command')}", quiet=True)


def _voices(calibration: Card) -> Iterable[tuple[str, float]]:
    for key, name in (("net", "network"), ("spectrum", "residual spectrum")):
        value = number(calibration, key)
        if value is not None:
            yield name, value


def _fitted(given: Card) -> str:
    rule = text(given, "rule").rstrip(".")
    images = f" ({counted(given, 'n')} images)" if counted(given, "n") else ""
    where = f"Fitted on “{text(given, 'set')}”{images}." if text(given, "set") else ""
    return " ".join(filter(None, (f"Rule: {rule}." if rule else "", where)))


def ratio_blocks(card: Card, names: Titles) -> Iterable[Block]:
    """For which classes a likelihood ratio can be stated, how large it can get, and why not for the others."""
    ratios = part(card, "likelihood_ratio")
    classes = tuple(parts(part(ratios, "classes")))
    yield Heading("Likelihood ratios")
    if not classes:
        yield Paragraph(_NO_RATIOS)
        return
    against = text(ratios, "against").rstrip(".")
    if against:
        yield Paragraph(f"“Made by the named architecture” is weighed against: {against}.")
    if text(ratios, "set"):
        yield Paragraph(f"Validated on “{text(ratios, 'set')}”.")
    known = [(name, row) for name, row in classes if "why_not" not in row]
    if known:
        yield Grid(
            ("Class", "Smallest", "Largest", "Own images (sources)", "Other images (sources)"),
            tuple(_ratio(names.get(name, name), row) for name, row in known),
        )
        yield Paragraph(
            "No ratio beyond the smallest and largest is stated: so few images support no more.", quiet=True
        )
    missing = tuple(
        f"{names.get(name, name)}: none. {text(row, 'why_not')}" for name, row in classes if "why_not" in row
    )
    if missing:
        yield Bullets(missing)


def _ratio(title: str, row: Card) -> tuple[str, ...]:
    floor, ceiling = (number(row, key) for key in ("floor", "ceiling"))
    return (title, _factor(floor), _factor(ceiling), _support(row, "own"), _support(row, "other"))


def _factor(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _support(row: Card, whose: str) -> str:
    images, sources = counted(row, f"{whose}_images"), counted(row, f"{whose}_sources")
    return f"{images or '–'} ({sources or '–'})"


def open_set_blocks(card: Card) -> Iterable[Block]:
    """How an image of an unknown architecture is noticed."""
    test = part(card, "open_set")
    yield Heading("The test for unknown architectures")
    if reason := text(test, "why_not"):
        yield Paragraph(f"None. {reason}")
        return
    method, kept = text(test, "method"), number(test, "true_positive_rate")
    if not method:
        yield Paragraph(" ".join(filter(None, (_NO_TEST, text(test, "why_not")))))
        return
    yield Paragraph(f"Method: {': '.join(_METHODS.get(method, (method,)))}.")
    if kept is not None:
        where = f" on “{text(test, 'set')}”" if text(test, "set") else ""
        yield Paragraph(
            f"Its limit lets {percent(kept)} of the images of known classes pass{where}; the others of them are "
            "called unknown although they are not."
        )
    yield from _compared(part(test, "compared"))


def _compared(compared: Card) -> Iterable[Block]:
    methods = tuple(parts(compared))
    keys = [key for key in _FIGURES if any(number(row, key) is not None for _, row in methods)]
    if keys:
        yield Paragraph("Methods that were tried:", quiet=True)
        header = ("Method", *(_FIGURES[key] for key in keys))
        yield Grid(
            header,
            tuple(
                (_METHODS.get(name, (name,))[0], *(_factor(number(row, key)) for key in keys)) for name, row in methods
            ),
        )


def scope_blocks(card: Card) -> Iterable[Block]:
    """What an image must be like for the detector to judge it."""
    scope = part(card, "scope")
    yield Heading("Which images it judges")
    limits = tuple(_scope(scope))
    if not limits:
        yield Paragraph("The card states no limits.")
        return
    yield Paragraph("Of an image outside these limits it says nothing; the verdict is out of scope.")
    yield Facts(limits)


def _scope(scope: Card) -> Iterable[tuple[str, str]]:
    for key, caption, words in (
        ("smallest_side", "Shorter side", "at least {:,.0f} px"),
        ("largest_side", "Longer side", "at most {:,.0f} px"),
        ("jpeg_quality_low", "JPEG quality", "at least {:.0f} of 100"),
        ("flat_deviation", "Contrast", "grey levels vary by at least {:.1f} of 255 (standard deviation)"),
    ):
        value = number(scope, key)
        if value is not None:
            yield caption, words.format(value)
    seen = "; ".join(f"{name.replace('_', ' ')} {_seen(value)}" for name, value in part(scope, "seen").items())
    if seen:
        yield "Seen in training", seen


def _seen(value: object) -> str:
    return " to ".join(map(str, value)) if isinstance(value, list | tuple) and len(value) == 2 else str(value)


def cross_validation_blocks(card: Card) -> Iterable[Block]:
    """How it does on a source it was not trained on, one source after the other."""
    table = part(card, "cross_validated")
    folds = rows(table, "rows")
    if folds:
        yield from _folds(table, folds)
    yield from _architectures(part(table, "architectures"))


def _folds(table: Card, folds: tuple[Card, ...]) -> Iterable[Block]:
    yield Heading("Without the source it is tested on", level=3)
    yield Paragraph("For every line the detector was trained again without this source and then tested on it.")
    yield Grid(
        ("Source left out", "Images", "Best guess right", "95 % interval", "Photographs called generated"),
        tuple(_fold(row) for row in folds),
    )
    yield from _recipe(table)


def _recipe(table: Card) -> Iterable[Block]:
    if table.get("own_recipe") is False:
        yield Paragraph("These trainings had another recipe or length than this detector.", quiet=True)
    if text(table, "command"):
        yield Paragraph(f"Repeated with: {text(table, 'command')}", quiet=True)


def _architectures(table: Card) -> Iterable[Block]:
    found = rows(table, "rows")
    if not found:
        return
    yield Heading("Without the architecture it is tested on", level=3)
    yield Paragraph("For every line the detector was trained again without this class, whose images then are unknown.")
    yield Grid(
        ("Class left out", "Images", "Given a name all the same", "AUROC", "OSCR"),
        tuple(
            (
                text(row, "held"),
                counted(row, "n"),
                counted(part(row, "attributed"), "count") or "–",
                *(_factor(number(row, key)) for key in ("auroc", "oscr")),
            )
            for row in found
        ),
    )
    yield from _recipe(table)


def _fold(row: Card) -> tuple[str, ...]:
    correct, of = number(row, "correct"), number(row, "n")
    accused = part(row, "false_accusation")
    count, reals = number(accused, "count"), number(accused, "n")
    accusations = f"{count:,.0f} of {reals:,.0f}" if count is not None and reals else "–"
    if correct is None or not of:
        return text(row, "held"), f"{of or 0:,.0f}", "–", "–", accusations
    shown = f"{correct:,.0f} ({percent(correct / of)})"
    return text(row, "held"), f"{of:,.0f}", shown, interval_text(wilson(correct, of)), accusations
