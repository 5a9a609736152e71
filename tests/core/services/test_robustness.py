"""Robustness checks of a case: made with the detector of the finding, kept with it, refused in sentences."""

import hashlib
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from core.dna import processing
from core.dna.processing import STANDARD, seed_of, steps_of
from core.domain import CaseDetails, ExhibitFilter, ImageFacts, Table, Verdict
from core.errors import AnswerHidden, BadInput, Cancelled, CoreError, NotFound
from core.progress import Progress
from core.services import engine
from core.services.robustness import RobustnessChecks
from core.services.workspace import Workspace
from core.store import blobs, exhibits, findings
from tests.conftest import picture

LIMIT = 10_000_000
SHORT = 5


class InThisProcess:
    """Runs what belongs into the analysis process here, and remembers what it was asked."""

    pixel_limit = LIMIT

    def __init__(self):
        self.asked = []
        self.fail_at = None

    def analyse(self, function, *arguments, progress):
        self.asked.append(arguments)
        if self.fail_at == len(self.asked):
            raise CoreError("The analysis process ended unexpectedly.")
        made = function(*arguments)
        progress.check()
        return made


@pytest.fixture
def workspace(tmp_path, installed):
    with Workspace() as made:
        made.cases.create(tmp_path / "one.dnacase", CaseDetails("One"))
        yield made


@pytest.fixture
def checks(workspace):
    workspace.processes = InThisProcess()
    return RobustnessChecks(
        workspace.settings, workspace.cases, workspace.analysis, workspace.detectors, workspace.processes
    )


@pytest.fixture
def short(monkeypatch):
    """A preset of fewer steps."""
    monkeypatch.setattr(processing, "STANDARD", STANDARD[:SHORT])


def take(workspace, pixels, *, analysed=True, path=None):
    """Put an image into the case, and the detector's finding on it."""
    database = workspace.cases.database
    incoming = blobs.incoming_path(database.folder)
    Image.fromarray(pixels).save(incoming, "PNG")
    sha256 = hashlib.sha256(incoming.read_bytes()).hexdigest()
    blobs.keep(database.folder, incoming, sha256)
    facts = ImageFacts("PNG", "RGB 8 bit", pixels.shape[1], pixels.shape[0])
    with database.writing() as transaction:
        exhibit_id = exhibits.add(
            transaction, sha256=sha256, md5="0" * 32, size_bytes=1, name="a.png", path=f"/{sha256}.png", facts=facts
        ).exhibit_id
    if analysed:
        task = engine.Task(sha256, blobs.evidence_path(database.folder, sha256))
        detector = path or workspace.detectors.current().path
        with database.writing() as transaction:
            findings.add(transaction, engine.attribute(detector, "cpu", [task], LIMIT).findings[0])
    return exhibit_id


def test_a_check_is_made_step_by_step_and_kept_with_the_finding(workspace, checks):
    exhibit_id, ticks = take(workspace, picture(1)), []
    assert checks.latest(exhibit_id) is None
    written = checks.run(exhibit_id, device="cpu", progress=Progress(ticks.append))
    made, finding = written.value, workspace.analysis.finding(exhibit_id)
    assert written.touched == {Table.ROBUSTNESS}
    assert [(step.curve, step.level) for step in made.steps] == [(step.curve, step.level) for step in STANDARD]
    assert (made.finding_id, made.detector, made.verdict) == (finding.id, finding.detector, finding.verdict)
    assert (made.architecture, made.score) == finding.scores[0]
    assert made.seed == seed_of(finding.exhibit_sha256)
    assert made.device.startswith("CPU")
    assert (datetime.now(UTC) - made.made_at).total_seconds() < 60
    assert checks.latest(exhibit_id) == made
    assert workspace.cases.log(1)[0].action == "robustness.add"
    assert [tick.done for tick in ticks] == [*range(0, len(STANDARD), 3), len(STANDARD)]
    assert ticks[-1].total == len(STANDARD)
    assert ticks[-1].text == STANDARD[-1].text
    assert len({step.score for step in made.steps}) > 15  # the image was another one each time


def test_drawn_steps_are_those_of_the_image_and_repeat(workspace, checks):
    exhibit_id = take(workspace, picture(1))
    first, second = (checks.run(exhibit_id, "yu2019").value for _ in range(2))
    assert first.steps == second.steps
    assert [step.text for step in first.steps] == [step.text for step in steps_of("yu2019", first.seed)]
    assert checks.all_of(exhibit_id) == (second, first)
    assert checks.latest(exhibit_id, preset="standard") is None


def test_what_cannot_be_checked_is_said(workspace, checks):
    flat = take(workspace, np.full((200, 200, 3), 60, np.uint8))
    waiting, good = take(workspace, picture(2), analysed=False), take(workspace, picture(3))
    with pytest.raises(BadInput, match=r"no answer to check: The image is almost one flat colour"):
        checks.run(flat)
    with pytest.raises(BadInput, match="not analysed yet"):
        checks.run(waiting)
    with pytest.raises(BadInput, match="no preset 'harsh'"):
        checks.run(good, "harsh")
    with pytest.raises(NotFound):
        checks.run(99)
    assert workspace.processes.asked == []
    evidence = workspace.exhibits.evidence(workspace.exhibits.get(good).sha256)
    evidence.chmod(0o600)
    evidence.write_bytes(b"other bytes")
    with pytest.raises(CoreError, match="was changed since it was taken in"):
        checks.run(good)
    evidence.unlink()
    with pytest.raises(CoreError, match="is not there any more"):
        checks.run(good)
    assert checks.all_of(good) == ()


def test_the_detector_of_an_old_finding_may_be_gone(workspace, checks, short, tiny_detector, tmp_path):
    from core.dna.card import read_header
    from core.dna.detector import rewrite_card

    other = tmp_path / "gone.safetensors"
    other.write_bytes(tiny_detector.read_bytes())
    rewrite_card(other, {**read_header(other).card, "name": "gone"})
    exhibit_id = take(workspace, picture(1), path=other)
    assert checks.run(exhibit_id, detector=str(other)).value.detector.name == "gone"
    digest = workspace.analysis.finding(exhibit_id).detector.digest
    other.unlink()
    with pytest.raises(NotFound, match=r"gone 1 .*is not on this computer"):
        checks.run(exhibit_id)
    assert checks.latest(exhibit_id).detector.name == "gone"  # what was kept is still shown
    assert checks.latest(exhibit_id, detector=digest).detector.name == "gone"
    assert checks.latest(exhibit_id, detector="tiny") is None
    with pytest.raises(BadInput, match="not analysed yet"):
        checks.run(exhibit_id, detector="tiny")


def test_a_case_that_is_open_read_only_keeps_nothing(workspace, checks, short):
    exhibit_id = take(workspace, picture(1))
    workspace.cases.open(workspace.cases.current.path, read_only=True)
    written = checks.run(exhibit_id)
    assert len(written.value.steps) == SHORT
    assert written.touched == frozenset()
    assert checks.latest(exhibit_id) is None


def test_cancelling_stops_within_a_few_steps_and_leaves_nothing(workspace, checks, short):
    exhibit_id = take(workspace, picture(1))
    progress = Progress(lambda tick: tick.done >= 3 and progress.cancel())
    with pytest.raises(Cancelled):
        checks.run(exhibit_id, progress=progress)
    assert len(workspace.processes.asked) == 1
    assert checks.latest(exhibit_id) is None


def test_a_blind_case_tells_nothing_before_the_examiner_has(workspace, checks, short):
    exhibit_id = take(workspace, picture(1))
    checks.run(exhibit_id)
    workspace.cases.update(CaseDetails("One", blind=True))
    for tell in (checks.latest, checks.all_of, checks.run):
        with pytest.raises(AnswerHidden):
            tell(exhibit_id)
    workspace.views.write(exhibit_id, "generated", "")
    assert checks.latest(exhibit_id) is not None


def test_a_check_stays_in_the_case_it_was_asked_in(workspace, checks, short, tmp_path):
    exhibit_id, before = take(workspace, picture(1)), workspace.cases.current.path

    def switch(tick):
        if tick.done == SHORT:
            workspace.cases.create(tmp_path / "two.dnacase", CaseDetails("Two"))

    with pytest.raises(CoreError, match=r"one\.dnacase was closed"):
        checks.run(exhibit_id, progress=Progress(switch))
    workspace.cases.open(before)
    assert checks.latest(exhibit_id) is None


def test_a_run_over_the_case_goes_on_where_it_stopped(workspace, checks, short):
    first, second, third = (take(workspace, picture(seed)) for seed in (1, 2, 3))
    take(workspace, np.full((200, 200, 3), 60, np.uint8))
    progress = Progress(lambda tick: tick.done > SHORT and progress.cancel())
    with pytest.raises(Cancelled):
        checks.run_missing(progress=progress)
    assert [bool(checks.latest(one)) for one in (first, second, third)] == [True, False, False]
    evidence = workspace.exhibits.evidence(workspace.exhibits.get(second).sha256)
    evidence.chmod(0o600)
    evidence.unlink()
    ticks = []
    failed = checks.run_missing(progress=Progress(ticks.append)).value
    assert list(failed) == [second]
    assert "is not there any more" in failed[second]
    assert [len(checks.all_of(one)) for one in (first, second, third)] == [1, 0, 1]
    assert (ticks[-1].done, ticks[-1].total) == (2 * SHORT, 2 * SHORT)
    assert checks.run_missing().value.keys() == {second}
    assert len(workspace.exhibits.ids(ExhibitFilter())) == 4


def test_a_fault_in_the_middle_of_one_check_leaves_the_count_right(workspace, checks, short):
    exhibits_taken = [take(workspace, picture(seed)) for seed in (1, 2)]
    workspace.processes.fail_at, ticks = 2, []
    failed = checks.run_missing(progress=Progress(ticks.append)).value
    assert failed == {exhibits_taken[0]: "The analysis process ended unexpectedly."}
    assert (ticks[-1].done, ticks[-1].total) == (2 * SHORT, 2 * SHORT)
    assert checks.latest(exhibits_taken[1]).verdict is not Verdict.OUT_OF_SCOPE
