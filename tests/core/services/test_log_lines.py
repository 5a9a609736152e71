"""Lines of anchors: which of them accuse a log, and which belong to copies of the case."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.custody import ClaimState
from core.installation import Anchor, AnchorFile
from core.services import log_claims
from core.store.log_check import LogCheck

BEGAN = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def signed(monkeypatch):
    monkeypatch.setattr(log_claims.installation, "head_is_signed", lambda anchor: True)


def anchors(*lines):
    """Anchors from lines "number digest before why", in the order they were noted."""
    made = []
    for place, line in enumerate(lines):
        number, digest, before, *why = line.split()
        at = BEGAN + timedelta(minutes=place)
        follows = "" if before == "-" else before
        made.append(Anchor("uid", int(number), digest, at, "k", "", "", why[0] if why else "note", follows))
    return AnchorFile(Path("anchors.jsonl"), tuple(made))


def log_of(text):
    """A log from its digests, one for each entry from 0."""
    digests = dict(enumerate(text.split()))
    entries = {number: SimpleNamespace(named=f"entry {number}") for number in digests if number}
    return LogCheck("uid", entries=entries, digests=digests)


def state(log, file):
    return log_claims.anchored(log, file).state


NOTED = ("1 a g", "3 c a", "9 i c", "10 j i")  # two transactions of several entries, so that there are gaps


def test_a_log_that_is_as_noted_passes():
    whole = log_of("g a b c d e f x h i j")
    assert state(whole, anchors(*NOTED)) is ClaimState.PASSED


@pytest.mark.parametrize(
    "digests",
    [
        "g a b c d e f x h i",  # cut at an anchor
        "g a b c",  # cut before a gap
        "g a b c d e",  # cut inside a gap
        "g a b c Z",  # written anew inside a gap, and shorter than what was noted next
        "g a b c Z Y X W V U T S",  # written anew, and longer
        "g Z Y X W V U T S R Q",  # written anew from the start
        "g a b c d e f x h i Z",  # only the last entry
    ],
)
def test_a_log_that_was_cut_or_written_anew_fails(digests):
    assert state(log_of(digests), anchors(*NOTED)) is ClaimState.FAILED


def test_a_copy_worked_on_later_does_not_accuse_the_case_but_the_copy():
    file = anchors(*NOTED, "11 k j", "11 K j")
    assert state(log_of("g a b c d e f x h i j k"), file) is ClaimState.PASSED
    assert state(log_of("g a b c d e f x h i j K"), file) is ClaimState.FAILED


def test_cut_and_then_worked_on_it_still_fails():
    assert state(log_of("g a b c d e f x h i J K"), anchors(*NOTED, "10 J i", "11 K J")) is ClaimState.FAILED


def test_what_was_brought_back_out_of_an_archive_is_not_called_cut():
    file = anchors(*NOTED, "11 k j case.archive", "10 j - case.restore")
    assert state(log_of("g a b c d e f x h i j"), file) is ClaimState.UNCHECKED
    assert state(log_of("g a b c d e f x h i j k"), file) is ClaimState.PASSED
    assert state(log_of("g a b c d e f x h i"), file) is ClaimState.FAILED
    assert state(log_of("g a b c d e f x h i j Z"), file) is ClaimState.FAILED


def test_a_restored_copy_and_the_original_are_both_worked_on():
    file = anchors(*NOTED, "11 k j", "10 j - case.restore", "11 K j", "12 l k", "12 L K")
    assert state(log_of("g a b c d e f x h i j k l"), file) is ClaimState.PASSED
    assert state(log_of("g a b c d e f x h i j K L"), file) is ClaimState.UNCHECKED
    assert state(log_of("g a b c d e f x h i j K"), file) is ClaimState.FAILED


def test_entries_made_on_another_computer_in_between():
    file = anchors("1 a g", "3 c a", "7 x h")  # entries 4 to 6 were written elsewhere
    assert state(log_of("g a b c d e h x"), file) is ClaimState.PASSED
    assert state(log_of("g a b c Z"), file) is ClaimState.FAILED
    assert state(log_of("g a b c d e h x y"), file) is ClaimState.PASSED
