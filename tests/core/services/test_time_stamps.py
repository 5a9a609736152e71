import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from core.custody import ClaimState
from core.domain import CaseDetails
from core.errors import BadInput, NotFound, ReadOnlyCase
from core.services.workspace import Workspace
from core.store import chain
from tests.core.report.time_stamp_authority import Authority


@pytest.fixture
def workspace(tmp_path):
    with Workspace() as made:
        made.cases.create(tmp_path / "Case.dnacase", CaseDetails("Case"))
        yield made


def answered(workspace, folder, authority=None, name="first", **how):
    made = workspace.time_stamps.request(folder / f"{name}.tsq").value
    reply = (authority or Authority()).answer((folder / f"{name}.tsq").read_bytes(), **how)
    (folder / f"{name}.tsr").write_bytes(reply)
    return made, folder / f"{name}.tsr"


def head(workspace):
    with workspace.cases.database.reading() as session:
        return chain.head(session)


def claim(workspace, folder):
    workspace.cases.close()
    found = workspace.verification.case(folder / "Case.dnacase")
    return next(one for one in found.claims if one.name == "time stamps"), found


def test_a_request_is_for_the_head_before_it(workspace, tmp_path):
    before = head(workspace)
    made, _ = answered(workspace, tmp_path)
    assert (made.sequence, made.digest) == (before.sequence, before.digest)
    assert bytes.fromhex(before.digest) in (tmp_path / "first.tsq").read_bytes()
    assert workspace.time_stamps.all() == (made,)
    assert workspace.cases.log(1)[0].action == "time stamp.request"


def test_a_reply_comes_back_and_is_verified_with_the_case(workspace, tmp_path):
    at = (datetime.now(UTC) - timedelta(minutes=5)).replace(microsecond=0)
    _, reply = answered(workspace, tmp_path, at=at)
    done = workspace.time_stamps.bring_back(reply).value
    assert (done.authority, done.stamped_at) == ("Test Time Authority", at)
    assert workspace.time_stamps.all() == (done,)
    assert workspace.cases.log(1)[0].payload["authority"] == "Test Time Authority"
    with pytest.raises(BadInput, match="brought back already"):
        workspace.time_stamps.bring_back(reply)
    found, verification = claim(workspace, tmp_path)
    assert found.state is ClaimState.PASSED
    assert "Test Time Authority" in found.details[0]
    assert verification.passed


def test_without_a_reply_nobody_has_vouched(workspace, tmp_path):
    answered(workspace, tmp_path)
    found, _ = claim(workspace, tmp_path)
    assert found.state is ClaimState.UNCHECKED
    assert "1 was asked for" in found.sentence


def test_a_stamp_that_was_edited_in_the_database_is_found(workspace, tmp_path):
    _, reply = answered(workspace, tmp_path)
    workspace.time_stamps.bring_back(reply)
    workspace.cases.close()
    with sqlite3.connect(tmp_path / "Case.dnacase" / "case.sqlite") as database:
        database.execute("UPDATE time_stamp SET stamped_at = '2020-01-01T00:00:00.000000Z'")
    database.close()
    found, verification = claim(workspace, tmp_path)
    assert found.state is ClaimState.FAILED
    assert "authority or time" in found.details[0]
    assert not verification.passed


def test_replies_that_do_not_fit_are_refused_and_nothing_is_kept(workspace, tmp_path):
    _, _reply = answered(workspace, tmp_path)
    (tmp_path / "other.tsr").write_bytes(Authority().answer(other_request()))
    (tmp_path / "none.tsr").write_bytes(b"hello")
    (tmp_path / "refused.tsr").write_bytes(Authority().answer(b"", status="rejection"))
    said = {
        "other.tsr": "answers no request of this case",
        "none.tsr": "It is no reply",
        "refused.tsr": "not today",
    }
    for name, sentence in said.items():
        with pytest.raises(BadInput, match=sentence) as caught:
            workspace.time_stamps.bring_back(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
    with pytest.raises(NotFound):
        workspace.time_stamps.bring_back(tmp_path / "nothing.tsr")
    assert workspace.time_stamps.all()[0].stamped_at is None


def test_a_reply_to_a_case_that_asked_nothing(workspace, tmp_path):
    (tmp_path / "other.tsr").write_bytes(Authority().answer(other_request()))
    with pytest.raises(BadInput, match="answers no request"):
        workspace.time_stamps.bring_back(tmp_path / "other.tsr")
    (tmp_path / "none.tsr").write_bytes(b"hello")
    with pytest.raises(BadInput, match="no reply"):
        workspace.time_stamps.bring_back(tmp_path / "none.tsr")


def test_roots_that_are_trusted_and_others(workspace, tmp_path):
    authority, stranger = Authority("Ours"), Authority("Theirs")
    _, reply = answered(workspace, tmp_path, authority)
    for name, one in (("ours", authority), ("theirs", stranger)):
        (tmp_path / f"{name}.pem").write_bytes(one.root.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(BadInput, match="does not lead to one of the trusted"):
        workspace.time_stamps.bring_back(reply, tmp_path / "theirs.pem")
    with pytest.raises(BadInput, match="holds no certificate"):
        workspace.time_stamps.bring_back(reply, reply)
    assert workspace.time_stamps.bring_back(reply, tmp_path / "ours.pem").value.authority == "Ours"


def test_a_request_that_cannot_be_written_is_not_kept(workspace, tmp_path):
    (tmp_path / "taken.tsq").write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        workspace.time_stamps.request(tmp_path / "taken.tsq")
    (tmp_path / "file").write_text("in the way")
    before = head(workspace)
    with pytest.raises(Exception, match="file"):
        workspace.time_stamps.request(tmp_path / "file" / "request.tsq")
    assert head(workspace) == before
    assert workspace.time_stamps.all() == ()


def test_read_only(workspace, tmp_path):
    workspace.cases.open(tmp_path / "Case.dnacase", read_only=True)
    with pytest.raises(ReadOnlyCase):
        workspace.time_stamps.request(tmp_path / "request.tsq")
    assert not (tmp_path / "request.tsq").exists()


def other_request():
    from core.report import time_stamp

    return time_stamp.request("ee" * 32)
