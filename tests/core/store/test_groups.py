"""Groups of exhibits: named once, found by the filter, and every change in the log."""

from dataclasses import replace

import pytest

from core.domain import ExhibitFilter, Verdict
from core.errors import BadInput, NotFound
from core.store import audit, exhibits, findings, groups
from tests.core.store.generated import add_exhibit, finding_of


@pytest.fixture
def case(database):
    with database.writing() as transaction:
        for number in range(6):
            add_exhibit(transaction, number)
        findings.add_all(transaction, [finding_of(0), finding_of(1), finding_of(2, verdict=Verdict.UNKNOWN)])
    return database


def do(case, act, *arguments, by="A. Moreau"):
    case.actor = by
    with case.writing() as transaction:
        return act(transaction, *arguments)


def every(case):
    with case.reading() as session:
        return groups.every(session)


def newest(case):
    with case.reading() as session:
        return audit.newest(session, limit=1)[0]


def test_a_group_is_signed_and_holds_each_exhibit_once(case):
    made = do(case, groups.make, "  Same camera ", (3, 1, 3), "Both have the same dust.")
    assert every(case) == (made,)
    assert (made.name, made.exhibit_ids, made.note) == ("Same camera", (1, 3), "Both have the same dust.")
    assert made.made_by == "A. Moreau"
    entry = newest(case)
    assert (entry.action, entry.sequence) == ("group.make", made.id)
    assert entry.payload == {"name": "Same camera", "note": "Both have the same dust.", "exhibits": [1, 3]}


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u200b\u200e", "\u3000", "\u0301", "x" * 201])
def test_a_name_that_nobody_can_read_or_that_is_too_long_is_refused(case, name):
    with pytest.raises(BadInput, match=r"\.$"):
        do(case, groups.make, name, (1,))
    assert every(case) == ()


@pytest.mark.parametrize("again", ["Ämter", "ämter", "  ÄMTER  ", "A\u0308mter"])
def test_the_same_name_twice_is_refused(case, again):
    first = do(case, groups.make, "Ämter", (1,))
    other = do(case, groups.make, "Other", (2,))
    with pytest.raises(BadInput, match="already"):
        do(case, groups.make, again, (2,))
    with pytest.raises(BadInput, match="already"):
        do(case, groups.change, replace(other, name=again))
    assert every(case) == (first, other)
    renamed = replace(first, name=again.strip())
    do(case, groups.change, renamed)  # its own name in another spelling
    assert every(case) == (renamed, other)


@pytest.mark.parametrize("name", ["'; DROP TABLE exhibit_group; --", "a\x00b", "caf\udce9", "\u202etxt", "😀"])
def test_any_other_name_survives(case, name):
    made = do(case, groups.make, name, (1,), name)
    assert every(case) == (made,)
    assert made.name == name


def test_a_group_needs_exhibits_that_exist(case):
    with pytest.raises(BadInput, match="at least one"):
        do(case, groups.make, "Empty", ())
    with pytest.raises(NotFound, match="exhibit 77"):
        do(case, groups.make, "Strange", (1, 77))
    made = do(case, groups.make, "Fine", (1,))
    with pytest.raises(BadInput, match="at least one"):
        do(case, groups.change, replace(made, exhibit_ids=()))
    with pytest.raises(BadInput, match="note"):
        do(case, groups.change, replace(made, note="x" * 20_001))
    assert every(case) == (made,)


def test_changing_removing_and_putting_back_are_told_whole(case):
    made = do(case, groups.make, "Same camera", (1, 2))
    wanted = replace(made, name="Same phone", note="By the noise.", exhibit_ids=(2, 3))
    assert do(case, groups.change, wanted, by="B. Later") == made
    assert every(case) == (wanted,)
    told = newest(case)
    assert (told.action, told.actor) == ("group.change", "B. Later")
    assert (told.payload["from"]["exhibits"], told.payload["to"]["exhibits"]) == ([1, 2], [2, 3])
    assert do(case, groups.remove, made.id) == wanted
    assert every(case) == ()
    assert newest(case).payload["name"] == "Same phone"
    assert newest(case).payload["exhibits"] == [2, 3]
    assert do(case, groups.restore, wanted) == wanted
    assert every(case) == (wanted,)
    for act, what in ((groups.restore, wanted), (groups.remove, 999), (groups.change, replace(wanted, id=999))):
        with pytest.raises(BadInput):
            do(case, act, what)


def test_a_restored_name_that_was_taken_meanwhile_is_refused(case):
    made = do(case, groups.make, "Same camera", (1,))
    do(case, groups.remove, made.id)
    other = do(case, groups.make, "same camera", (2,))
    with pytest.raises(BadInput, match="already"):
        do(case, groups.restore, made)
    assert every(case) == (other,)


def test_the_filter_shows_and_counts_groups(case):
    one = do(case, groups.make, "One", (1, 2, 3)).id
    two = do(case, groups.make, "Two", (3, 4)).id
    both = ExhibitFilter(groups=frozenset({one, two}))
    named = ExhibitFilter(groups=frozenset({two}), verdicts=frozenset({Verdict.UNKNOWN}))
    with case.reading() as session:
        assert exhibits.ids(session, both) == (1, 2, 3, 4)
        assert exhibits.ids(session, named) == (3,)
        assert exhibits.ids(session, ExhibitFilter(groups=frozenset({999}))) == ()
        assert exhibits.facets(session, ExhibitFilter()).groups == {one: 3, two: 2}
        found = exhibits.facets(session, named)
        assert exhibits.next_unreviewed(session, 1, both) == 2
    # Each facet is counted with the others applied: groups under the verdict, verdicts under the group.
    assert found.groups == {one: 1, two: 1}
    assert (found.shown, found.verdicts["unknown architecture"], found.verdicts["attributed"]) == (1, 1, 0)
