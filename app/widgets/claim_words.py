"""A verification in words, for the window and the command line; it knows neither of them."""

from __future__ import annotations

from core.custody import Claim, ClaimState, Verification

_WORDS = {ClaimState.PASSED: "pass", ClaimState.FAILED: "FAIL", ClaimState.UNCHECKED: "not checked"}
_VOUCHING = ("report seal", "issued by this case")  # claims that say who made a report, where they pass
_NOBODY = "Nothing here vouches for who made this report."
_WIDTH = max(map(len, _WORDS.values()))


def state_text(state: ClaimState) -> str:
    """One word or two for what came of a claim."""
    return _WORDS[state]


def ending_text(made: Verification) -> str:
    """How a verification ends; of a report that nothing vouches for, that is said last."""
    return " ".join(filter(None, (_outcome(made), unvouched_text(made))))


def unvouched_text(made: Verification) -> str:
    """A sentence where a report was verified that neither its seal nor its case vouches for, else ""."""
    vouching = [claim for claim in made.claims if claim.name in _VOUCHING]
    vouched = any(claim.state is ClaimState.PASSED for claim in vouching)
    return _NOBODY if vouching and not vouched else ""


def _outcome(made: Verification) -> str:
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
