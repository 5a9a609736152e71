"""The arithmetic of the chain: the same on every computer, and no part runs into its neighbour."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.log_chain import framed, genesis, link, text_digest

ENTRY = (genesis("0" * 32), 1, "2026-11-21T10:31:00.000000Z", "A. Moreau", "note", "a" * 64, "b" * 64)


def test_it_is_what_the_decision_record_says():
    parts = [b"dna-det chain 1", ENTRY[0].encode(), b"1", *(str(part).encode() for part in ENTRY[2:])]
    framed_by_hand = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    assert link(*ENTRY) == hashlib.sha256(framed_by_hand).hexdigest()
    assert link(*ENTRY) == "aa171f1cc5aaebcca573e275a3a6a2627ad62f180e0a822357fba4bec13c2eee"


@pytest.mark.parametrize("place", range(7))
def test_every_part_counts(place):
    changed = list(ENTRY)
    changed[place] = changed[place] + 1 if place == 1 else changed[place] + "0"
    assert link(*changed) != link(*ENTRY)


@given(st.lists(st.binary(max_size=9), max_size=5), st.lists(st.binary(max_size=9), max_size=5))
def test_different_parts_never_give_the_same_bytes(one, other):
    assert (framed(*one) == framed(*other)) == (one == other)


def test_a_letter_moved_from_one_part_to_the_next_is_seen():
    assert link(*ENTRY[:3], "A. Moreaun", "ote", *ENTRY[5:]) != link(*ENTRY)


def test_a_name_that_is_no_unicode_has_a_digest():
    assert text_digest("\udcff") == hashlib.sha256(b"\xed\xb3\xbf").hexdigest()
