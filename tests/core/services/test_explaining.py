"""Explaining an answer of the open case: what is computed, kept, refused."""

import dataclasses
import shutil

import pytest
from PIL import Image

from core.domain import CaseDetails, DetectorReference, ExhibitFilter
from core.errors import AnswerHidden, BadInput, Cancelled, CoreError, EvidenceChanged, NotFound
from core.examine import MapMethod, MapQuestion, MapScore
from core.progress import Progress
from core.services import engine
from core.services.workspace import Workspace
from core.store import findings
from tests.conftest import picture


@pytest.fixture
def here(monkeypatch):
    """The analysis process is this process; `asked` counts what was computed in it."""
    asked = []

    def analyse(self, function, *arguments, progress=None):
        asked.append(function)
        return function(*arguments)

    monkeypatch.setattr("core.services.processes.Processes.analyse", analyse)
    monkeypatch.setattr("core.dna.sanity._SHARES", (0.2,))
    monkeypatch.setattr("core.dna.sanity._DRAWS", 1)
    return asked


@pytest.fixture(scope="module")
def taken(tmp_path_factory, tiny_detector):
    """A case with a picture and one that is out of scope, attributed with the small detector."""
    folder = tmp_path_factory.mktemp("case")
    Image.fromarray(picture(1)).save(folder / "a.png")
    Image.fromarray(picture(2, 300, 20)).save(folder / "b.png")
    with Workspace() as workspace:
        workspace.cases.create(folder / "a", CaseDetails("A"))
        workspace.intake.take([folder / "a.png", folder / "b.png"])
        workspace.analysis.attribute(detector=str(tiny_detector), device="cpu")
    return folder / "a.dnacase"


@pytest.fixture
def workspace(taken, installed, tmp_path, here):
    shutil.copytree(taken, tmp_path / "a.dnacase")
    with Workspace() as opened:
        opened.cases.open(tmp_path / "a.dnacase")
        yield opened


@pytest.fixture
def ids(workspace):
    lines = workspace.exhibits.lines(workspace.exhibits.ids(ExhibitFilter()))
    return {line.name: line.id for line in lines}


def kept_files(workspace, kind):
    return sorted((workspace.cases.database.folder / "derived" / kind).rglob("*.*"))


def test_the_tiles_are_those_of_the_finding(workspace, ids):
    found = workspace.analysis.finding(ids["a.png"])
    made = workspace.explaining.consistency(ids["a.png"])
    assert (made.exhibit_sha256, made.detector) == (found.exhibit_sha256, found.detector)
    assert (made.architecture, made.agreeing) == (found.architecture, found.grid.agreeing)
    assert tuple(tile.box for tile in made.tiles) == found.grid.boxes
    assert tuple(tile.scores[0][0] for tile in made.tiles) == tuple(tile.architecture for tile in found.grid.tiles)
    assert (made.masked[0].verdict, made.masked[0].architecture) == (found.verdict, found.architecture)
    assert made.masked[0].score == pytest.approx(found.scores[0][1], abs=1e-3)


def test_checks_of_a_map_are_kept_and_computed_once_for_each_question(workspace, ids, here):
    made = workspace.explaining.sanity(ids["a.png"])
    assert made.question.target == workspace.analysis.finding(ids["a.png"]).architecture
    assert len(kept_files(workspace, "map_sanity")) == 1
    before = len(here)
    assert workspace.explaining.sanity(ids["a.png"], MapQuestion()) == made
    assert len(here) == before
    question = MapQuestion(8, "real", MapMethod.LAYER_CAM, MapScore.PROBABILITY)
    other = workspace.explaining.sanity(ids["a.png"], question)
    assert other.question == question
    assert len(kept_files(workspace, "map_sanity")) == 2


def test_a_map_is_kept_for_each_question(workspace, ids, here):
    for question in (MapQuestion(), MapQuestion(method=MapMethod.LAYER_CAM), MapQuestion(score=MapScore.PROBABILITY)):
        made = workspace.analysis.heat_map(ids["a.png"], question)
        assert (made.method, made.score) == (question.method, question.score)
        workspace.analysis.heat_map(ids["a.png"], question)
    assert here.count(engine.heat_map) == 3
    assert len(kept_files(workspace, "heat_maps")) == 3


def test_a_case_open_read_only_is_explained_and_left_alone(workspace, ids, monkeypatch):
    path = workspace.cases.current.path
    workspace.cases.open(path, read_only=True)
    monkeypatch.setattr(engine, "map_sanity", lambda *_: "checks")
    assert workspace.explaining.sanity(ids["a.png"]) == "checks"
    assert kept_files(workspace, "map_sanity") == []


def both(workspace):
    return workspace.explaining.consistency, workspace.explaining.sanity


def test_an_exhibit_out_of_scope_has_nothing_to_explain(workspace, ids, here):
    for explain in both(workspace):
        with pytest.raises(BadInput, match="nothing to explain: The shorter side has 20 pixels"):
            explain(ids["b.png"])
    assert here == []


def test_without_a_finding_scope_is_still_asked_for(workspace, ids, monkeypatch):
    monkeypatch.setattr(workspace.analysis, "finding", lambda *_: None)
    assert workspace.explaining.consistency(ids["a.png"]).architecture
    for explain in both(workspace):
        with pytest.raises(BadInput, match="The shorter side has 20 pixels"):
            explain(ids["b.png"])


def test_an_old_finding_whose_detector_is_gone_names_it(workspace, ids):
    found = workspace.analysis.finding(ids["a.png"])
    gone = dataclasses.replace(found, detector=DetectorReference("field", "0.9", "ab" * 32), id=None)
    with workspace.cases.database.writing() as transaction:
        findings.add_all(transaction, [gone])
    for explain in (*both(workspace), workspace.analysis.heat_map):
        with pytest.raises(NotFound, match=r"field 0\.9 \(digest abababababab …\), is not on this computer"):
            explain(ids["a.png"])
    assert workspace.explaining.consistency(ids["a.png"], detector="tiny").detector.name == "tiny"


def test_bytes_that_are_gone_or_changed_are_a_sentence(workspace, ids):
    evidence = workspace.exhibits.evidence(workspace.exhibits.get(ids["a.png"]).sha256)
    evidence.chmod(0o644)
    evidence.write_bytes(b"something else")
    for explain in both(workspace):
        with pytest.raises(EvidenceChanged, match="SHA-256 is another one"):
            explain(ids["a.png"])
    evidence.unlink()
    for explain in both(workspace):
        with pytest.raises(CoreError, match=evidence.name):
            explain(ids["a.png"])


@pytest.mark.parametrize("question", [MapQuestion(0), MapQuestion(9), MapQuestion(4, "ProGAN")])
def test_wrong_questions_are_sentences(workspace, ids, question):
    for ask in (workspace.explaining.sanity, workspace.analysis.heat_map):
        with pytest.raises(BadInput, match=r"There is no layer|does not know a class"):
            ask(ids["a.png"], question)


def test_cancelling_stops_before_anything_is_computed(workspace, ids, here):
    progress = Progress()
    progress.cancel()
    for explain in both(workspace):
        with pytest.raises(Cancelled):
            explain(ids["a.png"], progress=progress)
    assert here == []


def test_a_blind_case_shows_nothing_before_the_own_view(workspace, ids):
    details = dataclasses.replace(workspace.cases.current.details, blind=True, examiner="B. Ito")
    workspace.cases.update(details)
    for explain in both(workspace):
        with pytest.raises(AnswerHidden):
            explain(ids["a.png"])
    workspace.views.write(ids["a.png"], "undecided")
    assert workspace.explaining.consistency(ids["a.png"]).masked


def test_the_real_analysis_process_answers(taken, installed):
    with Workspace() as opened:
        opened.cases.open(taken, read_only=True)
        (exhibit,) = [
            line.id for line in opened.exhibits.lines(opened.exhibits.ids(ExhibitFilter())) if line.name == "a.png"
        ]
        assert len(opened.explaining.consistency(exhibit).tiles) == 16
        assert opened.explaining.sanity(exhibit).agreement
