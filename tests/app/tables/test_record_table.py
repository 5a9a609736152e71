from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.tables.record_table import Column, RecordTable


def test_it_shows_records_and_makes_their_text_harmless(qtbot):
    table = RecordTable((Column("Name", lambda record: record[0]), Column("Size", lambda record: str(record[1]))))
    QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    table.set_records([("a\u202eb", 3), ("c", 4)])
    assert [table.index(0, column).data() for column in (0, 1)] == ["a⟨U+202E⟩b", "3"]
    table.set_records([("<b>x</b>", 3)])
    assert table.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "<qt>&lt;b&gt;x&lt;/b&gt;</qt>"
    table.set_records([("a", 3), ("c", 4)])
    assert table.headerData(1, Qt.Orientation.Horizontal) == "Size"
    assert table.rows_text([1]) == [["Name", "Size"], ["c", "4"]]
    table.set_records([])
    assert table.rowCount() == 0
