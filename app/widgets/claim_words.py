"""A verification in words, for the window and the command line; it knows neither of them."""

from __future__ import annotations

from core.custody import Claim, ClaimState, Verification

_WORDS = {ClaimState.PASSED: "pass", ClaimState.FAILED: "FAIL", ClaimState.UNCHECKED: "not checked"}
_WIDTH = max(map(len, _WORDS.values()))


def state_text(state: ClaimState) -> str:
    """One word or two for what came of a claim."""
    return _WORDS[state]


def ending_text(made: Verification) -> str:
    """How a verification ends, in a sentence."""
    failed = [claim.name for claim in made.claims if claim.state is ClaimState.FAILED]
    left = sum(claim.state is ClaimState.UNCHECKED for claim in made.claims)
    if failed:
        do = "does" if len(failed) == 1 else "do"
        return f"{len(failed)} of {len(made.claims)} claims {do} not hold: {', '.join(failed)}."
    return "Every claim holds." if not left else f"Every claim that could be checked holds; {left} could not."


def verification_lines(made: Verification) -> list[str]:
    """All of a verification: a line for each claim, what was found below it, and how it ends; hostile text."""
    lines = [made.subject, f"verified {made.at:%Y-%m-%d %H:%M:%S %Z}"]
    for claim in made.claims:
        lines += claim_lines(claim)
    return [*lines, ending_text(made)]


def claim_lines(claim: Claim) -> list[str]:
    """A claim with its details, indented."""
    first = f"  {_WORDS[claim.state]:<{_WIDTH}}  {claim.name}: {claim.sentence}"
    return [first, *(f"  {'':<{_WIDTH}}    {detail}" for detail in claim.details)]
