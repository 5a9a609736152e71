"""A kept heat map or check of one that somebody planted in a case is never shown, told or printed."""

import io
import json
import zipfile
from datetime import date

import numpy as np
import pytest

from core.domain import CaseDetails, ExhibitFilter, Finding, Verdict
from core.imaging.report_pictures import report_pictures
from core.services import engine
from core.services.report_assets import written
from core.services.workspace import Workspace
from core.store import blobs, findings
from tests.conftest import save_pictures
from tests.core.services.reported_case import complete, finding, record_of

CODE = 32


@pytest.fixture
def workspace(tmp_path, installed, monkeypatch):
    """A case of one exhibit with a finding of a detector that is here; analysis runs in this process."""
    monkeypatch.setattr(
        "core.services.processes.Processes.analyse",
        lambda self, function, *arguments, progress=None: function(*arguments),
    )
    monkeypatch.setattr("core.dna.sanity._SHARES", (0.2,))
    monkeypatch.setattr("core.dna.sanity._DRAWS", 1)
    with Workspace() as opened:
        opened.settings.set("examiner", "A. Moreau")
        opened.cases.create(tmp_path / "a", CaseDetails("A", "1", "A. Moreau", "Lab"))
        opened.intake.take([save_pictures(tmp_path / "in", 1)])
        line = opened.exhibits.lines(opened.exhibits.ids(ExhibitFilter()))[0]
        made: Finding = finding(line.sha256, installed, Verdict.ATTRIBUTED, line.id)
        with opened.cases.database.writing() as transaction:
            findings.add_all(transaction, [made])
        yield opened


def kept(workspace, kind):
    (path,) = (workspace.cases.database.folder / "derived" / kind).rglob("*.*")
    return path


def forged_map(path, keep_code):
    """Another picture in the file: the first eighth of every patch glows."""
    whole = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, data in members.items():
        if name.endswith(".npy"):
            values = np.zeros((len(data) - 128) // 4, "<f4")
            values[: max(1, len(values) // 8)] = 1.0
            members[name] = data[:128] + values.tobytes()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(stream.getvalue() + (whole[-CODE:] if keep_code else b""))
    return path.read_bytes()


def overlay_of(workspace, heat_map):
    line = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))[0]
    path = blobs.evidence_path(workspace.cases.database.folder, line.sha256)
    return report_pictures(path, line.sha256, heat_map, (), 10_000_000).overlay


def is_same(one, other):
    return one.peak == other.peak and all(
        a.box == b.box and np.array_equal(a.values, b.values) for a, b in zip(one.patches, other.patches, strict=True)
    )


@pytest.mark.parametrize("keep_code", [False, True])
def test_an_issued_report_prints_the_true_map_in_place_of_a_forged_one(workspace, monkeypatch, keep_code):
    (exhibit,) = workspace.exhibits.ids(ExhibitFilter())
    true = workspace.analysis.heat_map(exhibit)
    overlay = overlay_of(workspace, true)
    path = kept(workspace, "heat_maps")
    forged = forged_map(path, keep_code)
    printed = []

    def noted(folder, name, data):
        printed.append((name, data))
        return written(folder, name, data)

    monkeypatch.setattr("core.services.report_readings.written", noted)
    draft = complete(workspace.reports.draft(), formats=("json",), received_on=date(2026, 11, 2))
    report = workspace.reports.issue(draft).value
    assert record_of(report).exhibits[0].finding.heat_map is not None
    assert [data for name, data in printed if name.endswith("-map.jpg")] == [overlay]
    assert path.read_bytes() != forged, "the true one is kept anew"
    assert is_same(workspace.analysis.heat_map(exhibit), true)


@pytest.mark.parametrize("keep_code", [False, True])
def test_examine_shows_the_true_map(workspace, keep_code):
    (exhibit,) = workspace.exhibits.ids(ExhibitFilter())
    true = workspace.analysis.heat_map(exhibit)
    forged_map(kept(workspace, "heat_maps"), keep_code)
    assert is_same(workspace.analysis.heat_map(exhibit), true)


@pytest.mark.parametrize("keep_code", [False, True])
def test_a_forged_check_of_a_map_is_not_told_and_made_anew(workspace, monkeypatch, keep_code):
    (exhibit,) = workspace.exhibits.ids(ExhibitFilter())
    true = workspace.explaining.sanity(exhibit)
    path = kept(workspace, "map_sanity")
    whole = path.read_bytes()
    values, _ = json.JSONDecoder().raw_decode(whole.decode("latin-1"))
    values["failed"] = [] if values["failed"] else ["It failed."]
    path.write_bytes(json.dumps(values).encode() + (whole[-CODE:] if keep_code else b""))
    assert workspace.explaining.kept_sanity(exhibit) is None
    assert workspace.explaining.sanity(exhibit) == true
    assert workspace.explaining.kept_sanity(exhibit) == true
    monkeypatch.setattr(engine, "map_sanity", lambda *_: pytest.fail("It was kept."))
    assert workspace.explaining.sanity(exhibit) == true
