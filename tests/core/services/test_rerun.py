"""Findings repeated from their records, in the case they are kept in."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.custody import Repetition
from core.dna.detector import load_detector, rewrite_card
from core.domain import CaseDetails, Table, Verdict
from core.errors import AnswerHidden, BadInput, Cancelled, DeviceUnavailable, NotFound
from core.progress import Progress
from core.services.rerun import Reruns
from core.services.workspace import Workspace
from core.store import blobs, findings
from tests.conftest import picture, plain_card
from tests.core.services.test_robustness import InThisProcess, take


@pytest.fixture
def workspace(tmp_path, installed):
    with Workspace() as made:
        made.settings.set("examiner", "A. Moreau")
        made.cases.create(tmp_path / "one.dnacase", CaseDetails("One"))
        yield made


@pytest.fixture
def reruns(workspace):
    workspace.processes = InThisProcess()
    return Reruns(workspace.cases, workspace.detectors, workspace.processes)


def make_up(workspace, exhibit_id, **changes):
    """Another finding on an exhibit, which the detector never said."""
    made_up = replace(workspace.analysis.finding(exhibit_id), **changes)
    with workspace.cases.database.writing() as transaction:
        findings.add(transaction, made_up)
    return made_up


def test_a_finding_repeats_to_the_last_bit_and_is_kept(workspace, reruns):
    first, second = take(workspace, picture(1)), take(workspace, picture(2))
    ticks = []
    written = reruns.run(progress=Progress(ticks.append))
    assert written.touched == {Table.RERUNS}
    assert [(one.exhibit_id, one.outcome, one.largest) for one in written.value] == [
        (first, Repetition.EQUAL, 0.0),
        (second, Repetition.EQUAL, 0.0),
    ]
    one, finding = written.value[0], workspace.analysis.finding(first)
    assert (one.finding_id, one.exhibit_sha256, one.by) == (finding.id, finding.exhibit_sha256, "A. Moreau")
    assert one.then["precision"] == one.now["precision"] == "float32"
    assert one.then["device"] == finding.device
    assert one.now["detector"]["digest"] == finding.detector.digest
    assert reruns.of(first) == (one,)
    entry = workspace.cases.log(1)[0]
    assert (entry.action, entry.payload["outcome"], entry.payload["exhibit"]) == ("rerun", "equal", second)
    assert (ticks[0].total, ticks[-1].done, ticks[0].unit) == (2, 2, "findings")


def test_a_finding_holds_what_a_repetition_needs(workspace):
    exhibit_id = take(workspace, picture(1))
    conditions = workspace.analysis.finding(exhibit_id).conditions
    detector = load_detector(workspace.detectors.current().path)
    assert conditions["answers_digest"] == detector.answers_digest == workspace.detectors.current().answers_digest
    assert conditions["seed"] is None
    assert conditions["threads"] == torch.get_num_threads()
    assert {"precision", "preprocess", "versions", "processor", "system"} <= conditions.keys()


def test_with_another_number_of_threads_it_is_equal_or_within_tolerance(workspace, reruns):
    exhibit_id = take(workspace, picture(1))
    before = torch.get_num_threads()
    torch.set_num_threads(3 if before != 3 else 1)
    try:
        (one,) = reruns.run((exhibit_id,)).value
    finally:
        torch.set_num_threads(before)
    assert one.outcome in (Repetition.EQUAL, Repetition.WITHIN)
    assert one.then["threads"] != one.now["threads"]


def test_alone_or_among_others_a_finding_repeats(workspace, reruns):
    ids = [take(workspace, picture(number)) for number in range(3)]
    together = reruns.run().value
    alone = [reruns.run((exhibit_id,)).value[0] for exhibit_id in ids]
    for one in (*together, *alone):
        assert one.outcome in (Repetition.EQUAL, Repetition.WITHIN)
        assert one.largest < 1e-5


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (lambda old: {"verdict": Verdict.UNKNOWN}, "the verdict was “unknown architecture”"),
        (lambda old: {"scores": tuple((name, 1 - score) for name, score in old.scores)}, "scores differ"),
        (lambda old: {"feature": np.ones(512, "<f2").tobytes()}, "the feature lies"),
        (lambda old: {"architecture": "bilinear" if old.architecture != "bilinear" else "real"}, "the top class was"),
    ],
)
def test_a_finding_that_the_detector_never_said_is_different(workspace, reruns, changes, why):
    exhibit_id = take(workspace, picture(1))
    make_up(workspace, exhibit_id, **changes(workspace.analysis.finding(exhibit_id)))
    (one,) = reruns.run((exhibit_id,)).value
    assert one.outcome is Repetition.DIFFERENT
    assert why in one.sentence


def test_a_detector_that_was_only_measured_again_still_repeats_its_findings(workspace, reruns):
    exhibit_id = take(workspace, picture(1))
    current = workspace.detectors.current()
    rewrite_card(current.path, {**current.card, "measured": [{"name": "later", "n": 3}], "title": "Measured again"})
    renewed = workspace.detectors.all()[-1]
    assert renewed.reference.digest != current.reference.digest
    (one,) = reruns.run((exhibit_id,)).value
    assert one.outcome is Repetition.EQUAL
    assert f"another file of this detector (digest {renewed.reference.digest[:12]}" in one.sentence


def test_a_detector_with_another_threshold_is_another_one(workspace, reruns):
    exhibit_id = take(workspace, picture(1))
    current = workspace.detectors.current()
    rewrite_card(current.path, {**current.card, "threshold": {**current.card["threshold"], "value": 0.9}})
    (one,) = reruns.run((exhibit_id,)).value
    assert one.outcome is Repetition.NOT_REPEATED
    assert one.largest is None
    assert "tiny 1 (digest" in one.sentence
    assert "Install it on the Detectors page" in one.sentence
    assert reruns.of(exhibit_id) == (one,)


def test_a_finding_of_an_older_program_repeats_with_the_very_file_only(workspace, reruns):
    exhibit_id = take(workspace, picture(1))
    make_up(workspace, exhibit_id, conditions={"precision": "float32", "threads": 2})
    (one,) = reruns.run((exhibit_id,)).value
    assert one.outcome is Repetition.EQUAL
    current = workspace.detectors.current()
    rewrite_card(current.path, {**current.card, "measured": [{"name": "later"}]})
    (one,) = reruns.run((exhibit_id,)).value
    assert one.outcome is Repetition.NOT_REPEATED


def test_changed_or_missing_evidence_is_not_repeated_and_the_others_are(workspace, reruns):
    changed, gone, good = (take(workspace, picture(number)) for number in (1, 2, 3))
    folder = workspace.cases.current.path
    paths = [blobs.evidence_path(folder, workspace.exhibits.get(number).sha256) for number in (changed, gone)]
    paths[0].chmod(0o600)
    paths[0].write_bytes(b"other")
    paths[1].unlink()
    made = reruns.run().value
    assert [one.outcome for one in made] == [Repetition.NOT_REPEATED, Repetition.NOT_REPEATED, Repetition.EQUAL]
    assert str(paths[0]) in made[0].sentence
    assert "not there any more" in made[1].sentence
    assert made[2].exhibit_id == good


def test_an_image_out_of_scope_repeats(workspace, reruns):
    flat = take(workspace, np.full((200, 200, 3), 60, np.uint8))
    (one,) = reruns.run((flat,)).value
    assert (one.outcome, one.largest) == (Repetition.EQUAL, 0.0)


def test_without_a_finding_there_is_nothing_to_repeat(workspace, reruns):
    waiting = take(workspace, picture(1), analysed=False)
    assert reruns.run().value == ()
    with pytest.raises(BadInput, match=r"no finding that could be repeated\. Analyse it first"):
        reruns.run((waiting,))
    with pytest.raises(NotFound):
        reruns.run((99,))


def test_a_blind_case_is_repeated_only_where_the_answer_is_seen(workspace, reruns):
    seen, hidden = take(workspace, picture(1)), take(workspace, picture(2))
    workspace.cases.update(replace(workspace.cases.current.details, blind=True))
    workspace.views.write(seen, "real")
    assert [one.exhibit_id for one in reruns.run().value] == [seen]
    with pytest.raises(AnswerHidden):
        reruns.run((hidden,))
    with pytest.raises(AnswerHidden):
        reruns.of(hidden)
    workspace.views.write(hidden, "real")
    reruns.run((hidden,))
    workspace.settings.set("examiner", "B. Later")
    told = [entry for entry in workspace.cases.log() if entry.action == "rerun"]
    assert all("outcome" not in entry.payload and "largest" not in entry.payload for entry in told)


def test_cancelling_keeps_the_batches_that_are_done(workspace, reruns):
    for number in range(10):
        take(workspace, picture(number))
    progress = Progress(lambda tick: progress.cancel() if tick.done else None)
    with pytest.raises(Cancelled):
        reruns.run(progress=progress)
    done = [number for number in range(1, 11) if reruns.of(number)]
    assert done == list(range(1, 9))


def test_read_only_nothing_is_kept(workspace, reruns):
    exhibit_id = take(workspace, picture(1))
    folder = workspace.cases.current.path
    workspace.cases.close()
    workspace.cases.open(folder, read_only=True)
    written = reruns.run((exhibit_id,))
    assert written.touched == frozenset()
    assert written.value[0].outcome is Repetition.EQUAL
    assert reruns.of(exhibit_id) == ()


def test_findings_of_two_detectors_are_each_repeated_by_their_own(workspace, reruns, tmp_path, installed):
    from core.dna.detector import write_detector
    from core.dna.encoder import Net

    first = take(workspace, picture(1))
    torch.manual_seed(11)
    path = tmp_path / "other.safetensors"
    write_detector(path, Net(3), plain_card(name="other"))
    other = workspace.detectors.install(path).value
    second = take(workspace, picture(2), path=other.path)
    made = reruns.run().value
    assert [(one.exhibit_id, one.now["detector"]["name"], one.outcome) for one in made] == [
        (first, "tiny", Repetition.EQUAL),
        (second, "other", Repetition.EQUAL),
    ]
    assert [one.exhibit_id for one in reruns.run(detector="other").value] == [second]
    shutil.rmtree(other.path.parent)
    assert {one.outcome for one in reruns.run().value} == {Repetition.NOT_REPEATED}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_said(workspace, reruns):
    exhibit_id = take(workspace, picture(1))
    with pytest.raises(DeviceUnavailable):
        reruns.run((exhibit_id,), device="cuda")
