"""The manifest: everything that belongs to a report, with its SHA-256."""

import hashlib
import json
from dataclasses import replace

import pytest

from core.errors import BadInput
from core.report import manifest
from core.report.attachment import Attachment
from core.report.record import Asset
from tests.core.report.records import HEAD, full_record, plain_record, sha256_of

FILES = (
    Attachment("report.json", "application/json", "The record", b"{}"),
    Attachment("exhibits.csv", "text/csv", "One row an exhibit", b"a,b"),
)


def test_it_lists_everything_with_its_hash(tmp_path):
    record = full_record(assets=tmp_path)
    found = json.loads(manifest.write(record, FILES, tmp_path))
    assert found["report"] == {"uid": "R-0123456789ab", "number": "2026/17-R1", "revision": 2, "part": 1, "parts": 1}
    assert found["log"] == {"case": record.front.case_uid, "sequence": 42, "digest": HEAD}
    assert [row["name"] for row in found["attachments"]] == ["exhibits.csv", "report.json"]
    assert found["attachments"][1]["sha256"] == hashlib.sha256(b"{}").hexdigest()
    assert found["attachments"][1]["size"] == 2
    assert [row["sha256"] for row in found["exhibits"]] == [sha256_of(number) for number in (1, 2, 3, 4)]
    on_disk = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert {row["name"]: row["sha256"] for row in found["assets"]} == on_disk


def test_the_same_report_gives_the_same_bytes(tmp_path):
    record = full_record(assets=tmp_path)
    assert manifest.write(record, FILES, tmp_path) == manifest.write(record, FILES[::-1], tmp_path)


def test_it_is_read_back(tmp_path):
    record = full_record(hostile=True, assets=tmp_path)
    read = manifest.read(manifest.write(record, FILES, tmp_path))
    assert (read.uid, read.sequence, read.digest) == ("R-0123456789ab", 42, HEAD)
    assert dict(read.attachments)["report.json"] == hashlib.sha256(b"{}").hexdigest()
    assert read.exhibits[0] == ("E-001", sha256_of(1))
    assert ("logo.png", record.laboratory.logo.sha256) in read.assets


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b'{"schema": "dna-det-manifest/1"}', b"\xff"])
def test_what_is_no_manifest_is_a_sentence(data):
    with pytest.raises(BadInput):
        manifest.read(data)


def test_a_picture_that_was_changed_is_refused(tmp_path):
    record = full_record(assets=tmp_path)
    (tmp_path / "logo.png").write_bytes(b"changed")
    with pytest.raises(BadInput, match="was changed while the report was made"):
        manifest.write(record, FILES, tmp_path)


def test_a_picture_that_is_missing_is_refused(tmp_path):
    record = full_record(assets=tmp_path)
    (tmp_path / "logo.png").unlink()
    with pytest.raises(BadInput, match="does not exist"):
        manifest.write(record, FILES, tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "../a.png", "/etc/passwd", "a/b.png", "a\\b.png", "C:a.png"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    record = plain_record()
    logo = Asset(name, "", "0" * 64)
    with pytest.raises(BadInput, match="no file name"):
        manifest.write(replace(record, laboratory=replace(record.laboratory, logo=logo)), (), tmp_path)
