"""What was measured on one set of test images, in rates and words; false accusations always come first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.widgets.card_fields import (
    Card,
    ends,
    interval,
    interval_text,
    number,
    numbers,
    part,
    percent,
    rows,
    share,
    text,
    texts,
    wilson,
)
from app.widgets.figure_tables import class_table, mix_ups, ratio_table, source_table, unknown_table, verdict_table
from app.widgets.text_sheet import Block, Bullets, Facts, Heading, Paragraph

Titles = Mapping[str, str]
_MOST_SKIPPED = 12
_TRAINED_ON = (
    "Measured on images of sources that the detector was trained on ({}): these figures flatter it and say little "
    "about other images."
)
_LEFT_OUT = "For every source the detector was trained again without it; the figures are of those trainings together."
_HELD_OUT = "These images chose the weights and set the threshold, so the figures flatter."
# (key, caption, how to read it) of the single figures.
SINGLE = (
    ("macro_f1", "Mean F1 over the classes", "1 is perfect, 0 is the worst"),
    ("ece", "Calibration error (ECE)", "0 is perfect: a score of 0.80 is then right in 80 of 100 cases"),
    ("cllr", "Cost of the scores (Cllr)", "0 is perfect, 1 says nothing, above 1 misleads"),
    ("auroc_unknown", "Known against unknown (AUROC)", "1 is perfect, 0.5 is guessing"),
    ("tnr_at_95_tpr", "Unknown noticed while 95 % of known pass", "1 is perfect, 0.05 is guessing"),
    ("oscr", "Naming known, sparing unknown (OSCR)", "1 is perfect"),
)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval.

    Attributes:
        caption: what is counted.
        words: counts, share and interval in words, or why there are none.
        share: 0 to 1, None where nothing could be counted.
        low, high: ends of the interval.
        good: whether more is better.
    """

    caption: str
    words: str
    share: float | None = None
    low: float = 0.0
    high: float = 1.0
    good: bool = True


def set_title(test: Card) -> str:
    """What a test set is called, with its size and date."""
    count, date = number(test, "n"), text(test, "date")
    images = f"{count:,.0f} images" if count else ""
    return ", ".join(filter(None, (f"“{text(test, 'set') or 'without a name'}”", images, date)))


def headline_rates(test: Card) -> tuple[Rate, ...]:
    """The figures that matter most: false accusations, conclusive answers, best guesses, unknown generators."""
    return (_false_accusations(test), _conclusive(test), _best_guess(test), *_unknown(test))


def _false_accusations(test: Card) -> Rate:
    figure, missing = part(test, "false_accusation"), "not measured: this set holds no real photographs"
    words = "{} of {} real photographs were called generated"
    return _rate("False accusations", figure, "count", words, missing, good=False)


def _conclusive(test: Card) -> Rate:
    missing = "none: it named no class on this set"
    return _rate("Conclusive answers right", part(test, "conclusive"), "correct", "{} of {} that name a class", missing)


def _best_guess(test: Card) -> Rate:
    accuracy, of = number(test, "accuracy"), number(test, "n")
    if accuracy is None or not of:
        return Rate("Best guess right", "not measured")
    figure = {"n": of, "correct": round(accuracy * of), "ci": test.get("accuracy_ci")}
    return _rate("Best guess right", figure, "correct", "{} of {} images, inconclusive ones too", "")


def _unknown(test: Card) -> Iterable[Rate]:
    figure = part(test, "unknown")
    if number(figure, "n"):
        words = "{} of {} images of generators it does not know"
        yield _rate("Unknown ones named", figure, "attributed", words, "", good=False)


def _rate(caption: str, figure: Card, key: str, words: str, missing: str, *, good: bool = True) -> Rate:
    count, of = number(figure, key), number(figure, "n")
    if count is None or not of:
        return Rate(caption, missing)
    low, high = ends(figure, "ci") or wilson(count, of)
    said = f"{words.format(f'{count:,.0f}', f'{of:,.0f}')}: {share(count, of)}, 95 % interval "
    return Rate(caption, said + interval_text((low, high)), count / of, low, high, good)


def warnings(test: Card) -> tuple[Block, ...]:
    """What must be read before any figure."""
    sources, remark = texts(test, "on_training_sources"), text(test, "remark")
    said = (_TRAINED_ON.format(", ".join(sources)) if sources else "", remark)
    return tuple(Paragraph(words, strong=True) for words in said if words)


def summary_blocks(test: Card, names: Titles) -> Iterable[Block]:
    """A set in sentences, for the card: what a reader needs who will not look at a table."""
    yield Heading(f"Test set {set_title(test)}", level=3)
    yield from warnings(test)
    yield Paragraph(_accusation_sentence(part(test, "false_accusation")), strong=True)
    yield from (Paragraph(words) for words in (_conclusive_sentence(test), _guess_sentence(test)) if words)
    yield from _verdicts(test)
    yield from class_table(test, names, alarms=False)
    mixed = mix_ups(part(test, "confusion"), names)
    if mixed:
        yield Paragraph("Most frequent mix-ups:")
        yield Bullets(mixed)
    yield from _command(test)


def detail_blocks(test: Card, names: Titles, skipped: tuple[str, ...] = ()) -> Iterable[Block]:
    """Everything else that was measured on a set: tables, single figures, and how to repeat it."""
    yield from _verdicts(test)
    classes = tuple(class_table(test, names))
    if classes:
        yield Heading("By class")
        yield from classes
    for table in (verdict_table, source_table, ratio_table):
        yield from table(test, names)
    yield from unknown_table(test)
    facts = tuple(
        (caption, f"{value:.2f}   ({meaning})")
        for key, caption, meaning in SINGLE
        if (value := number(test, key)) is not None
    )
    if facts:
        yield Heading("Other figures")
        yield Facts(facts)
    if skipped:
        yield Heading("Files that could not be used")
        yield Bullets(skipped[:_MOST_SKIPPED])
        if len(skipped) > _MOST_SKIPPED:
            yield Paragraph(f"{len(skipped) - _MOST_SKIPPED:,} more are not shown here.", quiet=True)
    yield from _repeat(test)


def _accusation_sentence(figure: Card) -> str:
    count, of = number(figure, "count"), number(figure, "n")
    if count is None or not of:
        return "False accusations: not measured on this set, because it holds no real photographs."
    return (
        f"False accusations: {count:,.0f} of {of:,.0f} real photographs were called generated "
        f"({share(count, of)}{interval(figure, 'ci')})."
    )


def _conclusive_sentence(test: Card) -> str:
    figure = part(test, "conclusive")
    correct, of = number(figure, "correct"), number(figure, "n")
    if correct is None or not of:
        return ""
    return (
        f"When it names an architecture, it is right for {correct:,.0f} of {of:,.0f} images "
        f"({share(correct, of)}{interval(figure, 'ci')})."
    )


def _guess_sentence(test: Card) -> str:
    accuracy = number(test, "accuracy")
    if accuracy is None:
        return ""
    return (
        f"Counting its best guess for every image, also where it stays inconclusive: {percent(accuracy)} right"
        f"{interval(test, 'accuracy_ci')}."
    )


def _verdicts(test: Card) -> Iterable[Block]:
    verdicts = [f"{name} {value:,.0f}" for name, value in numbers(part(test, "verdicts"))]
    if verdicts:
        yield Paragraph(f"Verdicts: {', '.join(verdicts)}.")


def _command(test: Card) -> Iterable[Block]:
    if text(test, "command"):
        yield Paragraph(f"Measured again with: {text(test, 'command')}", quiet=True)


def _repeat(test: Card) -> Iterable[Block]:
    facts = (
        ("Command", text(test, "command")),
        ("Data digest", text(test, "data_digest")),
        ("Date", text(test, "date")),
    )
    known = tuple(fact for fact in facts if fact[1])
    if known:
        yield Heading("To measure it again")
        yield Facts(known, frozenset({"Command", "Data digest"}))


def measured_sets(card: Card) -> tuple[Card, ...]:
    """The test sets a card gives figures for."""
    return rows(card, "measured")


def trained_sets(card: Card) -> tuple[Card, ...]:
    """What the card gives figures for beside its test sets: sources left out in turn, and the held-out images."""
    left_out, held = part(card, "cross_validated"), part(card, "held_out")
    found = []
    if number(left_out, "n"):
        found.append({"set": "every source left out in turn", "remark": _LEFT_OUT, **left_out})
    if number(held, "n"):
        found.append({"set": "held-out images of the training", "remark": _HELD_OUT, **held})
    return tuple(found)
