"""A date and a time with the time zone of the place, and its offset from UTC in sight."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone, Signal
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QHBoxLayout, QWidget

_HALF_HOURS = (-9.5, -3.5, 3.5, 4.5, 5.5, 5.75, 6.5, 8.75, 9.5, 10.5, 12.75)
_OFFSETS = sorted({*map(float, range(-12, 15)), *_HALF_HOURS})
_FORMAT = "yyyy-MM-dd HH:mm"


class MomentField(QWidget):
    """Asks when something happened; begins in the time zone of this computer.

    Signals:
        changed: another date, time or zone was given.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor, self.zone = QDateTimeEdit(), QComboBox()
        self._local = QTimeZone.systemTimeZone()
        self._build()

    @property
    def moment(self) -> datetime:
        """What is given, with a fixed offset from UTC."""
        date, time = self.editor.date(), self.editor.time()
        zone = timezone(timedelta(seconds=self._offset()))
        return datetime(date.year(), date.month(), date.day(), time.hour(), time.minute(), tzinfo=zone)

    def set_moment(self, at: datetime) -> None:
        """Show a time in the zone of this computer where that has its offset, else in its own offset."""
        offset = at.utcoffset() or timedelta()
        self.editor.setDate(QDate(at.year, at.month, at.day))
        self.editor.setTime(QTime(at.hour, at.minute))
        self._name_local()
        seconds = round(offset.total_seconds())
        if self._offset_of_local() == seconds:
            self.zone.setCurrentIndex(0)
            return
        place = self.zone.findData(seconds)
        if place < 0:
            self.zone.addItem(_offset_text(seconds), seconds)
            place = self.zone.count() - 1
        self.zone.setCurrentIndex(place)

    def _offset(self) -> int:
        chosen = self.zone.currentData()
        return self._offset_of_local() if chosen is None else int(chosen)

    def _offset_of_local(self) -> int:
        return int(self._local.offsetFromUtc(QDateTime(self.editor.date(), self.editor.time(), self._local)))

    def _name_local(self) -> None:
        """The offset of this computer's zone depends on the date."""
        name = bytes(self._local.id().data()).decode(errors="replace")
        self.zone.setItemText(0, f"{name} ({_offset_text(self._offset_of_local())})")
        self.changed.emit()

    def _build(self) -> None:
        self.editor.setDisplayFormat(_FORMAT)
        self.editor.setCalendarPopup(True)
        # Times are taken as they are typed: the editor must not move one that the local zone skips in spring.
        self.editor.setTimeZone(QTimeZone(QTimeZone.Initialization.UTC))
        self.editor.setDateRange(QDate(1800, 1, 1), QDate(2999, 12, 31))
        self.editor.setAccessibleName(self.tr("Date and time"))
        self.zone.setAccessibleName(self.tr("Time zone of the place"))
        self.zone.setToolTip(self.tr("The time zone of the place where it happened"))
        self.zone.addItem("", None)
        for hours in _OFFSETS:
            seconds = round(hours * 3600)
            self.zone.addItem(_offset_text(seconds), seconds)
        self.editor.dateTimeChanged.connect(self._name_local)
        self.zone.currentIndexChanged.connect(self.changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.editor, 1)
        layout.addWidget(self.zone, 1)
        self.setFocusProxy(self.editor)
        self._name_local()


def _offset_text(seconds: int) -> str:
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return "UTC" if not minutes else f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"
