"""When it happened, with the offset of the place."""

from datetime import datetime, timedelta, timezone

import pytest

from app.widgets.moment_field import MomentField


@pytest.fixture
def field(qtbot):
    made = MomentField()
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("hours", [-11, -9.5, 0, 1, 5.75, 14])
def test_a_time_comes_back_with_its_offset(field, hours):
    at = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=hours)))
    field.set_moment(at)
    assert field.moment == at
    assert field.moment.utcoffset() == at.utcoffset()


def test_an_unusual_offset_is_kept_too(field):
    at = datetime(1920, 3, 2, 9, 30, tzinfo=timezone(timedelta(minutes=19)))
    field.set_moment(at)
    assert field.moment.utcoffset() == timedelta(minutes=19)
    assert field.zone.currentText() == "UTC+00:19"


def test_it_begins_in_the_zone_of_this_computer_and_shows_its_offset(field, monkeypatch, qtbot):
    from PySide6.QtCore import QTimeZone

    monkeypatch.setattr(QTimeZone, "systemTimeZone", lambda: QTimeZone(b"Europe/Paris"))
    made = MomentField()
    qtbot.addWidget(made)
    made.set_moment(datetime(2026, 1, 2, 9, 30, tzinfo=timezone(timedelta(hours=1))))
    assert made.zone.currentIndex() == 0
    assert made.zone.currentText() == "Europe/Paris (UTC+01:00)"
    made.editor.setDate(made.editor.date().addMonths(6))  # summer time: the same place has another offset
    assert made.zone.currentText() == "Europe/Paris (UTC+02:00)"
    assert made.moment == datetime(2026, 7, 2, 9, 30, tzinfo=timezone(timedelta(hours=2)))


def test_years_before_1970_and_to_come_can_be_given(field):
    for year in (1926, 2199):
        at = datetime(year, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=3)))
        field.set_moment(at)
        assert field.moment == at
