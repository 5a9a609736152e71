"""The key of an installation and its anchors: made once, kept from others, and never a reason to fail."""

import json
import os
import stat
import threading
from datetime import UTC, datetime

import pytest

from core import installation
from core.custody import LogHead
from core.installation import FileMark

UID = "ab" * 16


def head_of(sequence, uid=UID):
    signer = installation.signer()
    digest = f"{sequence:064x}"
    signature = signer.sign(bytes.fromhex(digest)).hex()
    return LogHead(uid, sequence, digest, signer.key, signature, signer.public_key, datetime(2026, 11, 21, tzinfo=UTC))


def test_the_key_is_made_once_and_only_its_user_may_read_it(own_user_folder):
    first = installation.signer()
    installation._signer.cache_clear()
    again = installation.signer()
    (file,) = installation.keys_folder().iterdir()
    assert first.public_key == again.public_key
    assert installation.keys_folder() == own_user_folder / "keys"
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_programs_that_start_at_the_same_time_agree_on_one_key():
    found = []

    def make():
        installation._signer.cache_clear()
        found.append(installation.signer().key)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert [path.name for path in installation.keys_folder().iterdir()] == ["installation.pem"]


def test_what_is_signed_can_be_verified_and_nothing_else():
    signer = installation.signer()
    signature = signer.sign(b"said").hex()
    assert installation.verify_signature(signer.public_key, signature, b"said")
    assert not installation.verify_signature(signer.public_key, signature, b"not said")
    assert not installation.verify_signature("00" * 32, signature, b"said")


@pytest.mark.parametrize(("key", "signature"), [("", ""), ("zz", "00"), ("00", "00" * 64), ("00" * 32, "é")])
def test_a_malformed_signature_is_no_signature(key, signature):
    assert not installation.verify_signature(key, signature, b"said")


def test_a_damaged_key_is_left_alone_and_said():
    path = installation.keys_folder() / "installation.pem"
    path.parent.mkdir(parents=True)
    path.write_text("no key")
    assert installation.signer() is None
    assert f"The key file {path} is damaged" in installation.key_problem()
    assert path.read_text() == "no key"


def test_without_a_place_for_a_key_or_an_anchor_nothing_fails(tmp_path, monkeypatch):
    head = head_of(1)
    (tmp_path / "file").touch()
    monkeypatch.setenv("DNADET_HOME", str(tmp_path / "file"))
    assert installation.signer() is None
    assert "No key can be kept" in installation.key_problem()
    installation.remember(head, "note")
    assert installation.anchors_of(UID) == ()


def test_anchors_come_back_in_the_order_they_were_noted():
    mark = FileMark(4096, "00" * 100, "cc" * 32)
    installation.remember(head_of(2), "note", before=head_of(1).digest)
    installation.remember(head_of(3), "closing", file=mark)
    installation.remember(head_of(1, "cd" * 16), "of another case")
    first, second = installation.anchors_of(UID)
    assert (first.sequence, first.why, first.before, first.file) == (2, "note", head_of(1).digest, None)
    assert (second.sequence, second.why, second.file) == (3, "closing", mark)
    assert installation.head_is_signed(first)
    assert installation.known_keys(UID) == {installation.signer().key}


def test_a_line_that_was_cut_short_spoils_no_other():
    installation.remember(head_of(1), "note")
    path = installation.anchor_file(UID).path
    with path.open("ab") as file:
        file.write(b'\n{"case":"abab')
    installation.remember(head_of(2), "note")
    found = installation.anchor_file(UID)
    assert [anchor.sequence for anchor in found.anchors] == [1, 2]
    assert found.damaged == 1


@pytest.mark.parametrize("line", [b"[]", b"{}", b"null", b"[" * 5000, b"\xff\xfe", b'{"check":1}', b'{"a":NaN}'])
def test_lines_we_did_not_write_are_counted_and_passed_over(line):
    installation.remember(head_of(1), "note")
    path = installation.anchor_file(UID).path
    path.write_bytes(path.read_bytes() + b"\n" + line)
    found = installation.anchor_file(UID)
    assert (len(found.anchors), found.damaged) == (1, 1)


def test_notes_of_another_case_are_counted_apart_from_damaged_lines():
    installation.remember(head_of(1), "note")
    installation.remember(head_of(1, "cd" * 16), "note")
    installation.remember(head_of(2, "cd" * 16), "note")
    path = installation.anchor_file(UID).path
    path.write_bytes(path.read_bytes() + path.with_name(f"{'cd' * 16}.jsonl").read_bytes() + b"\n{}")
    found = installation.anchor_file(UID)
    assert (len(found.anchors), found.strangers, found.damaged) == (1, 2, 1)
    installation.remember(head_of(1, ""), "note")
    installation.remember(head_of(1, "odd"), "note")
    assert installation.anchor_file("odd").strangers == 0, "cases without a proper identity share a file"


def test_an_edited_line_is_a_damaged_one():
    installation.remember(head_of(1), "note")
    path = installation.anchor_file(UID).path
    row = json.loads(path.read_text())
    path.write_text(json.dumps({**row, "sequence": 7}))
    assert (installation.anchors_of(UID), installation.anchor_file(UID).damaged) == ((), 1)


@pytest.mark.parametrize("uid", ["", "../../etc/passwd", "AB" * 16, "ab" * 40])
def test_a_case_with_a_strange_identity_gets_no_path_of_its_own(uid):
    installation.remember(head_of(1, uid), "note")
    path = installation.anchor_file(uid).path
    assert path.name == "unnamed.jsonl"
    assert len(installation.anchors_of(uid)) == 1
    assert installation.anchors_of("another") == ()
