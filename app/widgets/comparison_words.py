"""Two detectors on the same images, in tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.widgets.card_fields import Card, finite, interval_text, number, part, rows, share, text, wilson
from app.widgets.measurement_words import SINGLE, Titles, headline_rates, warnings
from app.widgets.text_sheet import Block, Facts, Grid, Heading, Paragraph
from app.wording import class_title
from core.domain import Verdict

_CHANCE = 0.05


def names_of(comparison: Card) -> tuple[str, str]:
    """What the two detectors are called, with as much of their digests as tells them apart."""
    return _name(part(comparison, "a"), "First"), _name(part(comparison, "b"), "Second")


def _name(figures: Card, fallback: str) -> str:
    reference = part(figures, "detector")
    named = " ".join(filter(None, (text(reference, "name"), text(reference, "version"))))
    return " · ".join(filter(None, (named or fallback, text(reference, "digest")[:8])))


def opening_blocks(comparison: Card) -> Iterable[Block]:
    """The figures side by side, and whether the difference may be chance."""
    first, second = names_of(comparison)
    a, b = part(comparison, "a"), part(comparison, "b")
    yield Heading(f"{first} and {second}", level=1)
    yield from warnings(comparison)
    yield Grid(("", first, second), tuple(_figures(a, b)))
    yield from _paired(part(comparison, "paired"), first, second)


def _figures(a: Card, b: Card) -> Iterable[tuple[str, ...]]:
    for one, other in zip(headline_rates(a)[:3], headline_rates(b)[:3], strict=True):
        yield one.caption, _short(one.share, one.low, one.high), _short(other.share, other.low, other.high)
    for verdict in Verdict:
        said = [number(part(figures, "verdicts"), verdict.value) for figures in (a, b)]
        if said != [None, None]:
            yield (f"Verdict {verdict.value}", *("–" if count is None else f"{count:,.0f}" for count in said))
    for key, caption, _ in SINGLE:
        both = number(a, key), number(b, key)
        if both != (None, None):
            yield (caption, *("–" if value is None else f"{value:.2f}" for value in both))


def _short(observed: float | None, low: float, high: float) -> str:
    return "–" if observed is None else f"{observed * 100:.1f} %  ({interval_text((low, high))})"


def _paired(paired: Card, first: str, second: str) -> Iterable[Block]:
    counts = [number(paired, key) for key in ("both", "only_a", "only_b", "neither")]
    if None in counts:
        return
    both, only_a, only_b, neither = (f"{count:,.0f}" for count in counts)
    yield Heading("Best guesses, image by image")
    yield Facts(
        (
            ("Both right", both),
            (f"Only {first} right", only_a),
            (f"Only {second} right", only_b),
            ("Neither right", neither),
        )
    )
    chance = number(paired, "mcnemar_p")
    if chance is not None:
        yield Paragraph(chance_text(chance))


def chance_text(chance: float) -> str:
    """Whether a difference may be chance, from the p of McNemar's test."""
    shown = f"{chance:.2g}" if chance >= 0.001 else "less than 0.001"
    verdict = (
        "the difference may well be chance"
        if chance >= _CHANCE
        else "a difference as large as this would seldom come by chance"
    )
    return f"McNemar's exact test on the images that only one of them got right: p = {shown}; {verdict}."


def source_blocks(comparison: Card, titles: Titles) -> Iterable[Block]:
    """Best guesses right, source by source."""
    first, second = names_of(comparison)
    lines = tuple(_source(row, titles) for row in rows(comparison, "sources"))
    if lines:
        yield Heading("By source of the images")
        yield Grid(("Class and source", "Images", first, second), lines)
    if text(comparison, "data_digest"):
        yield Heading("To compare again")
        facts = (("Command", text(comparison, "command")), ("Data digest", text(comparison, "data_digest")))
        yield Facts(tuple(fact for fact in facts if fact[1]), frozenset({"Command", "Data digest"}))


def _source(row: Card, titles: Titles) -> tuple[str, ...]:
    name, _, source = text(row, "source").partition("/")
    shown = f"{titles.get(name, name)} / {source}" if source else name
    of = number(row, "n")
    return shown, f"{of or 0:,.0f}", _hits(row.get("a"), of), _hits(row.get("b"), of)


def _hits(value: object, of: float | None) -> str:
    """A count of right answers, given as a number or as a part with one."""
    count = number(value, "correct") if isinstance(value, Mapping) else finite(value)
    if count is None or not of:
        return "–"
    return f"{count:,.0f} ({share(count, of)}; {interval_text(wilson(count, of))})"


def differing(comparison: Card) -> tuple[Card, ...]:
    """The images about which the two do not say the same."""
    return rows(comparison, "differing")


def answer_text(answer: object, titles: Titles) -> str:
    """What one detector says about one image: its verdict, and the class where there is one."""
    if not isinstance(answer, Mapping):
        return class_title(str(answer), titles) if answer is not None else "–"
    verdict, named = text(answer, "verdict"), text(answer, "architecture")
    if not named:
        return verdict or "–"
    between = ": " if verdict == Verdict.ATTRIBUTED.value else ", closest: "
    return f"{verdict}{between}{class_title(named, titles)}"
