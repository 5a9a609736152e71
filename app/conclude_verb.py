"""The verbs of an opinion: two propositions about an exhibit, and what a named person concludes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.console import visible, write_json
from app.exhibit_wishes import chosen_exhibits
from app.verb_options import Json, Quiet, open_workspace, say
from core.language import check, language_of
from core.reporting import Conclusion, LanguageRemark, Outcome, Propositions, Role, Weighing, standing

_OUTCOMES = {
    "first": Outcome.SUPPORTS_FIRST,
    "second": Outcome.SUPPORTS_SECOND,
    "neither": Outcome.NEITHER,
    "inconclusive": Outcome.INCONCLUSIVE,
    "unknown": Outcome.UNKNOWN,
    "out-of-scope": Outcome.OUT_OF_SCOPE,
}
_ROLES = {"examiner": Role.EXAMINER, "second": Role.SECOND}

CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="A NAME.dnacase folder.")]
ExhibitName = Annotated[str, typer.Option(help="SHA-256 of an exhibit, or its beginning.")]


def _one_of(choices: Mapping[str, object], given: str) -> str:
    if given not in choices:
        raise typer.BadParameter(f"{given!r} is none of {', '.join(choices)}.")
    return given


def propose(
    case: CasePath,
    exhibit: ExhibitName,
    architecture: Annotated[
        str | None, typer.Option(help="Class whose likelihood ratio weighs them; default: the top class, if seen.")
    ] = None,
    first: Annotated[str, typer.Option(help="The first proposition; default: a suggestion.")] = "",
    second: Annotated[str, typer.Option(help="The second one, which excludes the first.")] = "",
    population: Annotated[str, typer.Option(help="The relevant set that the second one speaks of.")] = "",
    background: Annotated[str, typer.Option(help="What else is known and used.")] = "",
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Write two propositions about an exhibit down, best before its answer is seen."""
    if bool(first) != bool(second):
        raise typer.BadParameter("Give both propositions, or neither of them.", param_hint="--first / --second")
    with open_workspace(case) as workspace:
        (chosen,) = chosen_exhibits(workspace, (exhibit,))
        if not first:
            wish = workspace.conclusions.suggested(chosen, architecture)
            first, second, architecture = wish.first, wish.second, wish.architecture
            population = population or wish.population
        made = workspace.conclusions.propose(chosen, first, second, population, background, architecture or "").value
        write_json(json_file, made)
        say(propositions_text(made), json_file, quiet=quiet)


def conclude(
    case: CasePath,
    exhibit: ExhibitName,
    outcome: Annotated[
        str, typer.Option(help=f"{', '.join(_OUTCOMES)}.", callback=lambda given: _one_of(_OUTCOMES, given))
    ],
    opinion: Annotated[str, typer.Option(help="What you conclude, in your own words.")],
    limitations: Annotated[str, typer.Option(help="What the conclusion does not cover.")] = "",
    scale: Annotated[str, typer.Option(help="File name of the verbal scale.")] = "enfsi-2015",
    role: Annotated[
        str, typer.Option(help="examiner, or second.", callback=lambda given: _one_of(_ROLES, given))
    ] = "examiner",
    agrees: Annotated[
        bool | None, typer.Option("--agrees/--disagrees", help="A second examiner: with the first one.")
    ] = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Write down what you conclude about an exhibit; earlier conclusions stay."""
    with open_workspace(case) as workspace:
        (chosen,) = chosen_exhibits(workspace, (exhibit,))
        door = workspace.conclusions
        door.conclude(chosen, _OUTCOMES[outcome], opinion, limitations, scale, _ROLES[role], agrees)
        propositions, weighing, every = door.propositions(chosen), door.weigh(chosen, scale), door.of(chosen)
        remarks = {"opinion": _remarks(opinion), "limitations": _remarks(limitations)}
        answer = {"propositions": propositions, "weighing": weighing, "conclusions": every, "language": remarks}
        write_json(json_file, answer)
        told = [weighing_text(weighing), conclusions_text(every)]
        told += [remark_text(opinion, one) for one in remarks["opinion"]]
        told += [remark_text(limitations, one) for one in remarks["limitations"]]
        say("\n".join(told), json_file, quiet=quiet)


def propositions_text(made: Propositions) -> str:
    """Propositions in lines, and when they were written."""
    when = "before the answer was seen" if made.before_answer else "after the answer could be seen"
    lines = (
        f"First:  {visible(made.first)}",
        f"Second: {visible(made.second)}",
        f"Relevant set: {visible(made.population) or 'not stated'}",
        f"Weighed by the likelihood ratio for: {visible(made.architecture) or 'none'}",
        f"Written by {visible(made.made_by)}, {when}.",
    )
    return "\n".join(lines)


def weighing_text(weighing: Weighing) -> str:
    """What the likelihood ratio says, or why there is none."""
    ratio = weighing.ratio
    if ratio is None:
        return f"No likelihood ratio. {visible(weighing.why_not)}"
    figures = f"{ratio.value:.3g} ({ratio.low:.3g} to {ratio.high:.3g}), at most {ratio.ceiling:.3g}"
    return f"Likelihood ratio {figures}. {visible(weighing.sentence)}"


def conclusions_text(every: Sequence[Conclusion]) -> str:
    """Every conclusion in a line; changed minds say so."""
    current = standing(every)
    return "\n".join(_conclusion_text(one, stands=one in current) for one in every)


def remark_text(text: str, remark: LanguageRemark) -> str:
    """A note on the language: the words, why, and what to write instead."""
    words = text[remark.start : remark.start + remark.length]
    return f'Note: "{visible(words)}". {remark.why} {remark.proposal}'


def _remarks(text: str) -> tuple[LanguageRemark, ...]:
    return check(text, language_of(text))


def _conclusion_text(one: Conclusion, *, stands: bool) -> str:
    sides = {True: ", agrees", False: ", disagrees", None: ""}[one.agrees]
    earlier = "" if stands else " (changed since)"
    return f"{one.made_at:%Y-%m-%d %H:%M} UTC  {visible(one.author)}, {one.role}{sides}: {one.outcome}{earlier}"
