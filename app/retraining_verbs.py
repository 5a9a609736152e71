"""The verbs about a detector and what it came from: may it replace its parent, and who are its ancestors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import console_progress, plain, table_text, visible, write_json
from app.detector_verbs import AllowTrained, Wanted
from app.detector_words import seen_lines, share_text, shown, skipped_lines
from app.verb_options import DeviceName, Json, Quiet, open_workspace, say
from app.widgets.card_fields import Card, number, part, rows, text, texts
from core.descent import Ancestor
from core.retraining import GateAnswer, GateLine

_NO = 1
_MET = {True: "met", False: "NOT MET", None: "NOT KNOWN, so not met"}
_SINGLE = (("ece", "Calibration error"), ("cllr", "Cllr"), ("auroc_unknown", "AUROC known/unknown"), ("oscr", "OSCR"))
_FACTS = (
    ("date", "trained on"),
    ("trained_by", "by"),
    ("images", "images"),
    ("sources", "sources"),
    ("data_digest", "data"),
    ("recipe_digest", "recipe"),
    ("added", "added"),
    ("gate", "gate"),
    ("override", "gate overruled"),
    ("signature", "signature"),
)
_SHORT = {"data_digest", "recipe_digest"}


def gate(
    new: Annotated[str, typer.Argument(metavar="NEW", help="Name, digest or .safetensors file.")],
    against: Annotated[str, typer.Option(metavar="OLD", help="The detector that it is to replace.")],
    data: Annotated[Path, typer.Option(help="Folder DIR/<class>/<source>/*; 'unknown' is open-set material.")],
    device: DeviceName = "auto",
    allow_trained: AllowTrained = False,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """May a new detector replace an old one? Exit 1 when it may not."""
    with open_workspace() as workspace:
        result, answer = workspace.training_results.gate(
            new, against, data, device=device, allow_trained=allow_trained, progress=console_progress(quiet=quiet)
        )
        write_json(json_file, {**answer_fields(answer), "result": result})
        say(gate_text(result, answer), json_file, quiet=quiet)
    if not answer.passed:
        raise typer.Exit(_NO)


def lineage(detector: Wanted, json_file: Json = None, quiet: Quiet = False) -> None:
    """What a detector was trained from, youngest first."""
    with open_workspace() as workspace:
        line = workspace.training_results.lineage(detector)
        write_json(json_file, line)
        say(lineage_text(line), json_file, quiet=quiet)


def remember(
    detector: Wanted,
    data: Annotated[list[Path], typer.Option(help="Folder DIR/<class>/<source>/* it was trained on; may be repeated.")],
    test: Annotated[Path | None, typer.Option(help="Folder of the same form that it has never met.")] = None,
    device: DeviceName = "auto",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Let a detector remember its images as features, so that classes can be added without them."""
    with open_workspace() as workspace:
        summary = workspace.detectors.find(detector)
        made = workspace.training.remember(summary, data, test, device=device, progress=console_progress(quiet=quiet))
        write_json(json_file, made)
        counts = ", ".join(f"{count} {side}" for side, count in made.images.items())
        said = [f"Wrote {made.path}: {made.rows} rows of {counts} images.", *skipped_lines(made.skipped)]
        say("\n".join(said), json_file, quiet=quiet)


def answer_fields(answer: GateAnswer) -> dict[str, Any]:
    """A gate's answer as JSON has it: passed, set, limits, lines of asks, found and met (null: not known)."""
    fields: dict[str, Any] = plain(answer)
    return fields


def gate_text(result: Card, answer: GateAnswer) -> str:
    """Every demand of the gate and whether it is met, after what was measured."""
    classes = [
        (text(row, "name") + (" (added)" if row.get("added") is True else ""), *_both(row))
        for row in rows(result, "classes")
    ]
    old = part(result, "old_classes")
    return "\n".join(
        [
            *seen_lines(result),
            f"Measured on {visible(answer.set)}",
            table_text(("top class right", _named(result, "against"), _named(result, "detector")), classes),
            "",
            table_text(("", "before", "now"), [("old classes together", *_both(old)), *_figures(result)]),
            "",
            *map(_line, answer.lines),
            "",
            "PASSED: the new detector may replace the old one."
            if answer.passed
            else "NOT PASSED: the new detector may not replace the old one.",
            *skipped_lines(texts(result, "skipped")),
        ]
    )


def lineage_text(line: Sequence[Ancestor]) -> str:
    """The ancestors one below the other, each with what is known of it."""
    return "\n".join(words for place, one in enumerate(line) for words in _ancestor(place, one))


def _ancestor(place: int, one: Ancestor) -> Iterator[str]:
    indent = "  " * place
    digest = f" ({visible(one.digest[:12])})" if one.digest else ""
    here = "" if one.at_hand else ", not on this computer"
    yield f"{indent}{'from ' if place else ''}{visible(f'{one.name} {one.version}'.strip())}{digest}{here}"
    if one.classes:
        yield f"{indent}  classes: {visible(', '.join(one.classes))}"
    for key, words in _FACTS:
        if said := _fact(one.facts, key):
            yield f"{indent}  {words}: {said}"


def _fact(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    if key == "gate":
        return {True: "passed", False: "not passed"}.get(value, "") if isinstance(value, bool) else ""
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if not isinstance(value, str | int | float):
        return ""
    return visible(str(value)[:12] if key in _SHORT else str(value))


def _line(line: GateLine) -> str:
    return f"{_MET[line.met]}: {visible(line.asks)}. {visible(line.found)}"


def _both(row: Card) -> tuple[str, str]:
    before, after = (share_text(part(row, side), "correct") for side in ("parent", "new"))
    return before, after


def _figures(result: Card) -> Iterator[tuple[str, str, str]]:
    accused = part(result, "false_accusation")
    before, after = (share_text(part(accused, side), "count") for side in ("parent", "new"))
    yield "Real called generated", before, after
    for key, words in _SINGLE:
        both = part(result, key)
        yield words, shown(number(both, "parent")), shown(number(both, "new"))


def _named(result: Card, key: str) -> str:
    reference = part(result, key)
    return visible(f"{text(reference, 'name')} {text(reference, 'version')}".strip()) or "none"
