"""The intake queue survives being cut short anywhere."""

import pytest

from core.domain import IntakeLine, IntakeOutcome
from core.errors import NotFound
from core.store import audit, intake
from core.store.intake import Dropped
from tests.core.store.bundles import image_of
from tests.core.store.generated import add_exhibit, sha256_of

DROP = (Dropped("/a.png"), Dropped("/b.zip", "in/c.png"), Dropped("/\udce9.png"))


@pytest.fixture
def begun(database):
    """A case with a drop of three, and the id of the batch."""
    with database.writing() as transaction:
        return database, intake.begin(transaction, DROP)


def _items(database, batch):
    with database.reading() as session:
        return intake.unfinished(session, batch)


def _finish(database, item, outcome=IntakeOutcome.DAMAGED, **said):
    with database.writing() as transaction:
        intake.finish_item(transaction, item.id, outcome, **said)


def _pending(database):
    with database.reading() as session:
        return intake.pending(session)


def _entries(database, action):
    with database.reading() as session:
        return [entry.payload for entry in audit.entries(session) if entry.action == action]


def test_a_drop_waits_in_its_order(begun):
    database, batch = begun
    assert [item.source for item in _items(database, batch)] == list(DROP)
    waiting = _pending(database)
    assert (waiting.batch_id, waiting.done, waiting.left) == (batch, 0, 3)
    assert _entries(database, "intake.begin") == [{"batch": batch, "items": 3}]


def test_lines_are_finished_one_by_one_and_the_last_ends_the_batch(begun):
    database, batch = begun
    first, second, third = _items(database, batch)
    with database.writing() as transaction:
        taken = add_exhibit(transaction, 1)
        kept = {"sha256": sha256_of(1), "exhibit_id": taken.exhibit_id}
        intake.finish_item(transaction, second.id, IntakeOutcome.TAKEN, **kept)
    assert [item.id for item in _items(database, batch)] == [first.id, third.id]
    assert (_pending(database).done, _pending(database).left) == (1, 2)
    _finish(database, first, reason="Cut off.", sha256=sha256_of(2))
    _finish(database, third, IntakeOutcome.DUPLICATE, **kept)
    assert _pending(database) is None
    with database.reading() as session:
        report = intake.report(session)
    assert report.complete
    assert report.lines == (
        IntakeLine("/a.png", IntakeOutcome.DAMAGED, "Cut off.", sha256_of(2), None),
        IntakeLine("/b.zip!in/c.png", IntakeOutcome.TAKEN, "", sha256_of(1), 1),
        IntakeLine("/\udce9.png", IntakeOutcome.DUPLICATE, "", sha256_of(1), 1),
    )
    assert _entries(database, "intake.finish") == [
        {"batch": batch, "outcomes": {"damaged": 1, "duplicate": 1, "taken in": 1}}
    ]


def test_what_is_refused_goes_to_the_log_with_path_and_hash(begun):
    database, batch = begun
    _finish(database, _items(database, batch)[1], reason="Cut off.", sha256=sha256_of(2))
    assert _entries(database, "intake.refuse") == [
        {
            "batch": batch,
            "path": "/b.zip!in/c.png",
            "outcome": "damaged",
            "reason": "Cut off.",
            "sha256": sha256_of(2),
        }
    ]


def test_a_line_is_finished_once(begun):
    database, batch = begun
    item = _items(database, batch)[0]
    _finish(database, item, IntakeOutcome.EMPTY)
    _finish(database, item, IntakeOutcome.DAMAGED)
    with database.reading() as session:
        assert intake.lines(session, batch)[0].outcome is IntakeOutcome.EMPTY
    assert _pending(database).left == 2
    assert len(_entries(database, "intake.refuse")) == 1


def test_an_archive_opens_into_more_lines(begun):
    database, batch = begun
    with database.writing() as transaction:
        intake.extend(transaction, batch, [Dropped("/z.zip", f"{number}.png") for number in range(2)])
        intake.extend(transaction, batch, [])
    assert [str(item.source) for item in _items(database, batch)][3:] == ["/z.zip!0.png", "/z.zip!1.png"]
    assert _pending(database).left == 5


def test_a_batch_that_is_extended_after_its_end_goes_on(begun):
    database, batch = begun
    for item in _items(database, batch):
        _finish(database, item)
    assert _pending(database) is None
    with database.writing() as transaction:
        intake.extend(transaction, batch, [Dropped("/late.png")])
    assert _pending(database).left == 1


def test_an_empty_drop_is_complete(database):
    with database.writing() as transaction:
        batch = intake.begin(transaction, ())
    assert _pending(database) is None
    with database.reading() as session:
        assert intake.report(session, batch).complete
        assert intake.report(session).lines == ()


def test_what_a_kill_left_undone_is_offered_and_nothing_is_there_twice(begun, tmp_path):
    from contextlib import closing

    from core.store import cases, opening

    database, batch = begun
    first = _items(database, batch)[0]
    with database.writing() as transaction:
        taken = add_exhibit(transaction, 1)
        intake.finish_item(transaction, first.id, IntakeOutcome.TAKEN, exhibit_id=taken.exhibit_id)
    image = image_of(database.folder, tmp_path / "image.dnacase")
    with closing(opening.open_case(image, actor="A. Moreau")) as again:
        assert (_pending(again).done, _pending(again).left) == (1, 2)
        for item in _items(again, batch):
            with again.writing() as transaction:
                taken = add_exhibit(transaction, 1)
                intake.finish_item(transaction, item.id, IntakeOutcome.DUPLICATE, exhibit_id=taken.exhibit_id)
        assert _pending(again) is None
        with again.reading() as session:
            assert cases.counts(session).exhibits == 1


def test_a_discarded_rest_stays_in_the_report(begun):
    database, batch = begun
    _finish(database, _items(database, batch)[0])
    with database.writing() as transaction:
        intake.discard(transaction, batch)
        intake.discard(transaction, batch)
    assert _pending(database) is None
    with database.reading() as session:
        report = intake.report(session, batch)
    assert not report.complete
    assert [line.outcome.name for line in report.lines] == ["DAMAGED", "PENDING", "PENDING"]
    assert _entries(database, "intake.discard") == [{"batch": batch, "left": 2}]


def test_the_oldest_cut_short_intake_is_offered_first(begun):
    database, batch = begun
    with database.writing() as transaction:
        later = intake.begin(transaction, [Dropped("/later.png")])
    assert _pending(database).batch_id == batch
    with database.writing() as transaction:
        intake.discard(transaction, batch)
    assert _pending(database).batch_id == later
    with database.reading() as session:
        assert intake.report(session).batch_id == later


def test_an_unknown_batch_is_a_sentence(database):
    with database.reading() as session:
        assert intake.report(session) is None
    with pytest.raises(NotFound, match="no intake number 9"), database.reading() as session:
        intake.report(session, 9)
    with pytest.raises(NotFound), database.writing() as transaction:
        intake.extend(transaction, 9, DROP)
