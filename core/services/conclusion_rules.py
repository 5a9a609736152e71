"""What propositions and conclusions must be to be kept: each rule refuses with a sentence that says the way out."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadInput
from core.reporting import Conclusion, Outcome, Propositions, Role, same_name, standing
from core.services import weighing
from core.services.weighing import Card
from core.store.conclusions import Wording

LONGEST = 20_000
_LONGEST_PROPOSITION = 2_000
_ABOUT_PROPOSITIONS = frozenset({Outcome.SUPPORTS_FIRST, Outcome.SUPPORTS_SECOND, Outcome.NEITHER})


def one_line(text: str) -> str:
    """A sentence as it is kept: on one line, without a full stop."""
    return " ".join(text.split()).rstrip(". ")


def require_wording(wording: Wording) -> None:
    """Refuse propositions of which one is missing or too long, or that say the same."""
    for text, which in ((wording.first, "first"), (wording.second, "second")):
        if not text:
            raise BadInput(f"The {which} proposition is missing. A weighing needs two that exclude each other.")
        if len(text) > _LONGEST_PROPOSITION:
            raise BadInput(
                f"The {which} proposition has {len(text):,} characters, and {_LONGEST_PROPOSITION:,} are allowed. "
                "Shorten it to one sentence; what else is known belongs under the background."
            )
    if wording.first.casefold() == wording.second.casefold():
        raise BadInput("Both propositions say the same. The second must exclude the first.")
    for text, which in ((wording.population, "relevant set"), (wording.background, "background")):
        _require_short(text, which)


def _require_short(text: str, which: str) -> None:
    if len(text) > LONGEST:
        raise BadInput(f"The {which} has {len(text):,} characters, and {LONGEST:,} are allowed. Shorten it.")


def require_class(architecture: str, card: Card) -> None:
    """Refuse a class that is not on a detector's card; "" is none."""
    names = dict(weighing.titles(card))
    if architecture and architecture not in names:
        raise BadInput(
            f"The detector knows no architecture {architecture[:60]!r}. It knows: {', '.join(names) or 'none'}."
        )


def require_opinion(opinion: str, limitations: str) -> None:
    """Refuse a conclusion without the examiner's own words, or with too many."""
    if not opinion.strip():
        raise BadInput("The opinion is missing. Say in your own words what you conclude, and why.")
    _require_short(opinion, "opinion")
    _require_short(limitations, "text on limitations")


def require_propositions(outcome: Outcome, found: Propositions | None) -> None:
    """Refuse an outcome about two propositions where none are written down."""
    if found is None and outcome in _ABOUT_PROPOSITIONS:
        raise BadInput(
            f'The outcome "{outcome}" is about two propositions, and none are written down for this exhibit. Write '
            "them down first, or choose inconclusive, unknown architecture or out of scope."
        )


def require_role(earlier: Sequence[Conclusion], author: str, role: Role, outcome: Outcome, agrees: bool | None) -> None:
    """Refuse a role that does not fit the conclusions that are there, and an agreement that is none.

    Args:
        earlier: every conclusion about the exhibit.
        author: who concludes now.
        role: in which role.
        outcome: what is concluded.
        agrees: what a second examiner says of the first one's conclusion.
    """
    own = {one.role for one in earlier if same_name(one.author) == same_name(author)}
    firsts = [one for one in standing(earlier) if one.role is Role.EXAMINER]
    if role is Role.EXAMINER:
        if Role.SECOND in own:
            raise BadInput(f"{author} is the second examiner of this exhibit, and cannot be the first one as well.")
        if agrees is not None:
            raise BadInput("Only a second examiner agrees or disagrees: with the first one.")
        return
    if not firsts:
        raise BadInput("There is no conclusion of a first examiner yet, so there is none to be the second to.")
    if Role.EXAMINER in own:
        raise BadInput(
            f"{author} is the first examiner of this exhibit. A second examiner is another person; the name is set in "
            "Settings."
        )
    if agrees is None:
        raise BadInput(f"Say whether you agree with the first examiner, {firsts[0].author}.")
    if agrees and outcome is not firsts[0].outcome:
        raise BadInput(
            f'{firsts[0].author} concludes "{firsts[0].outcome}", and you "{outcome}": that is no agreement. '
            "Choose the same outcome, or disagree."
        )
