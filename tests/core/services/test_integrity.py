"""Evidence hashed again: what is wrong is said with its path, and nothing is said that is not so."""

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from core.custody import EvidenceState
from core.domain import CaseDetails, Table
from core.errors import BadInput, Cancelled, NotFound
from core.progress import Progress
from core.services.workspace import Workspace
from core.store import blobs, exhibits
from tests.core.store.generated import facts_of


@pytest.fixture
def workspace(tmp_path):
    with Workspace() as made:
        made.settings.set("examiner", "A. Moreau")
        made.cases.create(tmp_path / "one.dnacase", CaseDetails("One"))
        yield made


def keep(workspace, data):
    """Bytes in the evidence, as an intake leaves them; answers the exhibit's number and the path."""
    database = workspace.cases.database
    sha256 = hashlib.sha256(data).hexdigest()
    incoming = blobs.incoming_path(database.folder)
    incoming.write_bytes(data)
    path = blobs.keep(database.folder, incoming, sha256)
    with database.writing() as transaction:
        made = exhibits.add(
            transaction,
            sha256=sha256,
            md5="0" * 32,
            size_bytes=len(data),
            name="a",
            path=f"/{sha256}",
            facts=facts_of(),
        )
    return made.exhibit_id, path


def change(path: Path, data: bytes):
    path.chmod(0o600)
    path.write_bytes(data)


def test_untouched_evidence_is_intact_and_the_check_is_kept(workspace):
    for number in range(3):
        keep(workspace, b"%d" % number * 1000)
    written = workspace.integrity.recheck("opening")
    made = written.value
    assert written.touched == {Table.INTEGRITY}
    assert (made.reason, made.exhibits, made.intact, made.problems, made.complete) == ("opening", 3, 3, (), True)
    assert made.by == "A. Moreau"
    assert workspace.integrity.latest() == made
    standing = workspace.integrity.standing()
    assert (standing.exhibits, standing.whole, standing.problems) == (3, made, ())
    entry = workspace.cases.log(1)[0]
    assert entry.action == "recheck"
    assert (entry.payload["exhibits"], entry.payload["intact"], entry.payload["problems"]) == (3, 3, [])


def test_changed_missing_and_unreadable_evidence_is_told_apart_with_the_path(workspace):
    (_, same), (_, flipped), (_, longer), (_, gone), (_, folder) = (
        keep(workspace, bytes([number]) * 5000) for number in range(5)
    )
    change(flipped, b"\x01" * 4999 + b"\x00")
    change(longer, b"\x02" * 5001)
    gone.unlink()
    folder.unlink()
    folder.mkdir()
    made = workspace.integrity.recheck().value
    assert (made.exhibits, made.intact, made.complete) == (5, 1, True)
    found = {problem.sha256: problem for problem in made.problems}
    assert {path.name: found[path.name].state for path in (flipped, longer, gone, folder)} == {
        flipped.name: EvidenceState.CHANGED,
        longer.name: EvidenceState.CHANGED,
        gone.name: EvidenceState.MISSING,
        folder.name: EvidenceState.UNREADABLE,
    }
    assert same.name not in found
    for path in (flipped, longer, gone, folder):
        assert str(path) in found[path.name].sentence
    assert "Restore" in found[flipped.name].sentence
    assert "bytes instead" not in found[flipped.name].sentence
    assert "5,001 bytes instead of 5,000" in found[longer.name].sentence
    assert "is not there. Take the original in again" in found[gone.name].sentence
    assert "Take the original" not in found[flipped.name].sentence
    assert workspace.cases.log(1)[0].payload["intact"] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_is_said(workspace):
    _, path = keep(workspace, b"secret")
    path.chmod(0)
    (problem,) = workspace.integrity.recheck().value.problems
    assert problem.state is EvidenceState.UNREADABLE
    assert "no right to read" in problem.sentence


def test_a_check_of_some_tells_of_them_only(workspace):
    (first, path), _ = keep(workspace, b"one" * 100), keep(workspace, b"two" * 100)
    whole = workspace.integrity.recheck().value
    change(path, b"other")
    some = workspace.integrity.recheck("report", (first,)).value
    assert (some.exhibits, some.intact) == (1, 0)
    assert workspace.integrity.latest() == some
    standing = workspace.integrity.standing()
    assert (standing.exhibits, standing.whole, standing.reported_at) == (2, whole, some.at)
    assert [problem.sha256 for problem in standing.problems] == [path.name]
    change(path, b"one" * 100)
    workspace.integrity.recheck("report", (first,))
    assert workspace.integrity.standing().problems  # it stands until everything was checked again
    again = workspace.integrity.recheck().value
    assert workspace.integrity.standing().whole == again
    assert workspace.integrity.standing().problems == ()


def test_what_is_taken_in_later_is_not_called_verified(workspace):
    keep(workspace, b"one")
    whole = workspace.integrity.recheck().value
    second, _ = keep(workspace, b"two")
    workspace.integrity.recheck("report", (second,))  # as many as there were before, but not all of now
    standing = workspace.integrity.standing()
    assert (standing.exhibits, standing.whole) == (2, whole)


def test_a_cancelled_check_stops_within_a_megabyte_and_is_kept_only_with_findings(workspace):
    _, path = keep(workspace, b"small")
    keep(workspace, b"x" * 9_000_000)
    progress = Progress(lambda tick: progress.cancel() if tick.done >= 2 else None)
    with pytest.raises(Cancelled):
        workspace.integrity.recheck(progress=progress)
    assert workspace.integrity.latest() is None
    change(path, b"other")
    ticks = []
    progress = Progress(lambda tick: (ticks.append(tick), progress.cancel() if tick.done >= 2 else None))
    with pytest.raises(Cancelled):
        workspace.integrity.recheck(progress=progress)
    assert ticks[-1].done == 2
    kept = workspace.integrity.latest()
    assert (kept.exhibits, kept.intact, kept.complete) == (2, 0, False)
    standing = workspace.integrity.standing()
    assert standing.whole is None
    assert [problem.sha256 for problem in standing.problems] == [path.name]


def test_progress_counts_megabytes_to_the_end_whatever_the_files_hold(workspace):
    _, gone = keep(workspace, b"a" * 3_400_000)
    _, longer = keep(workspace, b"b" * 1_300_000)
    gone.unlink()
    change(longer, b"b" * 4_000_000)
    ticks = []
    workspace.integrity.recheck(progress=Progress(ticks.append))
    assert (ticks[0].total, ticks[0].unit, ticks[-1].done) == (5, "MB", 5)
    assert [tick.done for tick in ticks] == sorted(tick.done for tick in ticks)


def test_an_empty_case_is_verified_at_once(workspace):
    made = workspace.integrity.recheck().value
    assert (made.exhibits, made.intact, made.complete) == (0, 0, True)


def test_files_are_read_in_pieces(workspace):
    keep(workspace, bytes(40_000_000))
    tracemalloc.start()
    try:
        workspace.integrity.recheck()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_read_only_it_is_remembered_and_nothing_is_written(workspace):
    _, path = keep(workspace, b"one")
    folder = workspace.cases.current.path
    workspace.cases.close()
    workspace.cases.open(folder, read_only=True)
    before = (folder / "case.sqlite").read_bytes()
    written = workspace.integrity.recheck("opening")
    assert written.touched == frozenset()
    assert written.value.id is None
    assert workspace.integrity.latest() == written.value
    assert workspace.integrity.standing().whole == written.value
    assert (folder / "case.sqlite").read_bytes() == before
    change(path, b"two")
    workspace.integrity.recheck()
    assert [problem.sha256 for problem in workspace.integrity.standing().problems] == [path.name]
    workspace.cases.close()
    workspace.cases.open(folder, read_only=True)
    assert workspace.integrity.latest() is None


def test_a_check_of_a_case_that_was_closed_meanwhile_never_goes_into_another(workspace, tmp_path):
    _, path = keep(workspace, b"x" * 3_000_000)
    change(path, b"y" * 3_000_000)

    def switch(tick):
        if tick.done == 1 and workspace.cases.current.details.title == "One":
            workspace.cases.create(tmp_path / "two.dnacase", CaseDetails("Two"))
            progress.cancel()

    progress = Progress(switch)
    with pytest.raises(Cancelled):
        workspace.integrity.recheck(progress=progress)
    assert workspace.cases.current.details.title == "Two"
    assert workspace.integrity.latest() is None
    assert all(entry.action != "recheck" for entry in workspace.cases.log())


def test_wrong_wishes_are_refused(workspace):
    with pytest.raises(BadInput, match="no reason 'because'"):
        workspace.integrity.recheck("because")
    with pytest.raises(NotFound, match="no exhibit 7"):
        workspace.integrity.recheck(exhibit_ids=(7,))
