"""Annotations on exhibits: sound, signed, and every change in the log."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import CaseDetails
from core.errors import BadInput, NotFound
from core.examine import Annotation, AnnotationKind
from core.store import annotations, audit, cases, opening, views
from tests.core.store.generated import add_exhibit

EPOCH = datetime(2026, 11, 21, tzinfo=UTC)
KINDS = tuple(AnnotationKind)


@pytest.fixture
def case(database):
    with database.writing() as transaction:
        for number in range(2):
            add_exhibit(transaction, number)
    return database


def annotation(kind=AnnotationKind.RECTANGLE, points=((0.1, 0.2), (0.5, 0.75)), text="", exhibit=1, **more):
    return Annotation(exhibit, kind, points, text, "somebody else", EPOCH, **more)


def do(case, act, *arguments, by="A. Moreau"):
    case.actor = by
    with case.writing() as transaction:
        return act(transaction, *arguments)


def drawn_on(case, exhibit=1, by="A. Moreau"):
    with case.reading() as session:
        return annotations.of(session, exhibit, by)


def newest(case):
    with case.reading() as session:
        return audit.newest(session, limit=1)[0]


def test_a_mark_is_signed_by_who_draws_it_and_numbered_by_the_log(case):
    drawn = do(case, annotations.add, annotation(text="Six fingers", in_report=False))
    assert drawn_on(case) == (drawn,)
    assert (drawn.examiner, drawn.in_report, drawn.text) == ("A. Moreau", False, "Six fingers")
    assert drawn.made_at > EPOCH
    entry = newest(case)
    assert (entry.action, entry.sequence) == ("annotation.add", drawn.id)
    assert entry.payload["points"] == [[0.1, 0.2], [0.5, 0.75]]
    assert drawn_on(case, 2) == ()


def test_a_number_is_never_given_twice(case):
    first = do(case, annotations.add, annotation())
    do(case, annotations.remove, first.id)
    assert do(case, annotations.add, annotation()).id > first.id


def test_a_change_answers_what_was_before_and_the_log_has_both(case):
    drawn = do(case, annotations.add, annotation(text="odd"))
    wanted = replace(drawn, points=((0.0, 0.0), (1.0, 1.0)), text="very odd", in_report=False)
    assert do(case, annotations.change, wanted) == drawn
    assert drawn_on(case) == (wanted,)
    payload = newest(case).payload
    assert payload["from"] == {"points": [[0.1, 0.2], [0.5, 0.75]], "text": "odd", "in_report": True}
    assert payload["to"] == {"points": [[0.0, 0.0], [1.0, 1.0]], "text": "very odd", "in_report": False}
    before = newest(case).sequence
    do(case, annotations.change, wanted)
    assert newest(case).sequence == before  # nothing changed, nothing is told


def test_removing_is_an_entry_that_holds_what_was_removed_and_it_can_be_put_back(case):
    drawn = do(case, annotations.add, annotation(AnnotationKind.TEXT, ((0.5, 0.5),), "Look here"))
    assert do(case, annotations.remove, drawn.id) == drawn
    assert drawn_on(case) == ()
    entry = newest(case)
    assert entry.action == "annotation.remove"
    assert (entry.payload["text"], entry.payload["kind"], entry.payload["annotation"]) == (
        "Look here",
        "text",
        drawn.id,
    )
    assert do(case, annotations.restore, drawn) == drawn
    assert drawn_on(case) == (drawn,)
    assert newest(case).payload["restored"] is True
    with pytest.raises(BadInput, match="not removed"):
        do(case, annotations.restore, drawn)


BAD = [
    annotation(points=((0.1, 0.1),)),
    annotation(points=()),
    annotation(points=((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))),
    annotation(points=((0.1, 0.1), (1.0001, 0.2))),
    annotation(points=((-1e-9, 0.1), (0.5, 0.2))),
    annotation(points=((math.nan, 0.1), (0.5, 0.2))),
    annotation(points=((0.1, math.inf), (0.5, 0.2))),
    annotation(points=((0.1,), (0.5, 0.2))),
    annotation(points=((0.1, 0.2, 0.3), (0.5, 0.2))),
    annotation(points=(("a", "b"), (0.5, 0.2))),
    annotation(points=(None, (0.5, 0.2))),
    annotation(points=((0.1, 0.2), (0.1, 0.9))),  # a rectangle without width
    annotation(AnnotationKind.ARROW, ((0.4, 0.4), (0.4, 0.4))),
    annotation(AnnotationKind.TEXT, ((0.5, 0.5),), " \n\t"),
    annotation(AnnotationKind.TEXT, ((0.5, 0.5), (0.6, 0.6)), "two points"),
    annotation(text="x" * 2001),
]


@pytest.mark.parametrize("wanted", BAD)
def test_what_is_no_mark_is_refused_in_a_sentence_and_leaves_nothing(case, wanted):
    before = newest(case)
    with pytest.raises(BadInput) as caught:
        do(case, annotations.add, wanted)
    assert str(caught.value).endswith(".")
    assert drawn_on(case) == ()
    assert newest(case) == before
    drawn = do(case, annotations.add, annotation())
    with pytest.raises(BadInput):
        do(case, annotations.change, replace(wanted, id=drawn.id, kind=wanted.kind))
    assert drawn_on(case) == (drawn,)


def test_an_upright_arrow_and_the_edges_of_the_image_are_fine(case):
    for points in (((0.5, 0.0), (0.5, 1.0)), ((0.0, 1.0), (1.0, 1.0))):
        do(case, annotations.add, annotation(AnnotationKind.ARROW, points))
    assert len(drawn_on(case)) == 2


def test_an_exhibit_holds_500_marks_and_no_more(case):
    with case.writing() as transaction:
        for _ in range(500):
            annotations.add(transaction, annotation())
    with pytest.raises(BadInput, match="at most 500"):
        do(case, annotations.add, annotation())
    do(case, annotations.add, annotation(exhibit=2))
    removed = do(case, annotations.remove, drawn_on(case)[0].id)
    do(case, annotations.add, annotation())
    with pytest.raises(BadInput, match="at most 500"):
        do(case, annotations.restore, removed)


def test_unknown_exhibits_and_marks_are_not_found(case):
    for act, wanted in (
        (annotations.add, annotation(exhibit=9)),
        (annotations.change, annotation(id=77)),
        (annotations.remove, 77),
    ):
        with pytest.raises(NotFound):
            do(case, act, wanted)


def test_only_who_drew_a_mark_changes_what_it_shows(case):
    drawn = do(case, annotations.add, annotation(text="odd"))
    for act, wanted in (
        (annotations.change, replace(drawn, text="fine")),
        (annotations.change, replace(drawn, points=((0.0, 0.0), (1.0, 1.0)))),
        (annotations.remove, drawn.id),
    ):
        with pytest.raises(BadInput, match=r"drawn by A\. Moreau"):
            do(case, act, wanted, by="B. Later")
    assert drawn_on(case) == (drawn,)
    do(case, annotations.change, replace(drawn, in_report=False), by="B. Later")
    assert drawn_on(case) == (replace(drawn, in_report=False),)
    assert (newest(case).actor, newest(case).payload["of"]) == ("B. Later", "A. Moreau")


def test_a_mark_stays_what_it_is(case):
    drawn = do(case, annotations.add, annotation())
    for wanted in (replace(drawn, kind=AnnotationKind.ARROW), replace(drawn, exhibit_id=2)):
        with pytest.raises(BadInput, match="stays what it is"):
            do(case, annotations.change, wanted)


def test_a_blind_case_hides_the_marks_of_others_until_there_is_an_own_view(case):
    first = do(case, annotations.add, annotation(text="fake"))
    do(case, lambda transaction: cases.update(transaction, CaseDetails("Blind", blind=True)))
    own = do(case, annotations.add, annotation(text="mine"), by="B. Later")
    assert drawn_on(case, by="B. Later") == (own,)
    with pytest.raises(NotFound):
        do(case, annotations.change, replace(first, in_report=False), by="B. Later")
    do(case, views.add, 1, "real", "", by="B. Later")
    assert drawn_on(case, by="B. Later") == (first, own)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = opening.create(
        tmp_path_factory.mktemp("annotations") / "annotations", CaseDetails("Annotations"), "A. Moreau"
    )
    with made.writing() as transaction:
        add_exhibit(transaction, 0)
    yield made
    made.close()


INSIDE = st.tuples(*[st.floats(0, 1, allow_subnormal=False)] * 2)


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(KINDS), points=st.tuples(INSIDE, INSIDE), text=st.text(max_size=80), told=st.booleans())
def test_every_sound_mark_comes_back_bit_for_bit(shared, kind, points, text, told):
    (left, top), (right, bottom) = points
    if kind is AnnotationKind.TEXT:
        points, text = points[:1], text + "!"
    elif left == right or top == bottom:
        points = ((0.0, 0.0), (1.0, 0.5))
    drawn = do(shared, annotations.add, annotation(kind, points, text, in_report=told))
    assert drawn_on(shared)[-1] == drawn
    assert (drawn.points, drawn.text, drawn.kind, drawn.in_report) == (points, text, kind, told)
    do(shared, annotations.remove, drawn.id)
    assert drawn_on(shared) == ()
