import errno
import shutil

import pytest
import torch

from core import paths
from core.dna.card import read_header
from core.dna.contamination import image_digests
from core.dna.dataset import list_data
from core.dna.detector import write_detector
from core.dna.encoder import Net
from core.domain import DetectorReference, DetectorSummary
from core.errors import BadInput, Cancelled, NoPermission
from core.progress import Progress
from core.services.training import record
from core.services.unseen_data import trained_images, trained_sources, unseen_data
from core.services.workspace import Workspace
from tests.conftest import CLASSES, plain_card, write_training_folder

SMALL_PAPER = {"kind": "paper", "channels": "rgb", "first_px": 64, "side_px": 64}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_training_folder(tmp_path_factory.mktemp("sets") / "held", per_class=4)


@pytest.fixture
def workspace(own_user_folder):
    with Workspace() as workspace:
        yield workspace


def write(path, **card):
    torch.manual_seed(4)
    write_detector(path, Net(len(CLASSES)), plain_card(preprocess=SMALL_PAPER, **card))
    return path


def met(data, allow=True, **card):
    """Sources of a test set that a detector with such a card has met."""
    summary = DetectorSummary(DetectorReference("d", "1", "0" * 64), data, CLASSES, card)
    return unseen_data([summary], data, allow, Progress())[1]


def digests_of(folder):
    return image_digests([item for item in list_data(folder).items if item.architecture == "bilinear"])


def test_every_way_of_having_met_a_source_is_found(data):
    assert met(data) == ()
    assert met(data, trained={"sources": ["real/lab", "real/other"]}) == ("real/lab",)
    assert met(data, trained={"sources": [], "parent": {"sources": ["nearest/lab"]}}) == ("nearest/lab",)
    assert met(data, trained={"held_out_sources": ["real/lab"]}) == ("real/lab",)
    assert met(data, trained={"parent": {"held_out_sources": ["real/lab"]}}) == ("real/lab",)
    assert met(data, calibrated_on={"sources": ["real/lab"]}) == ("real/lab",)
    assert met(data, trained={"sources": ["bilinear/x"], "image_digests": digests_of(data)}) == ("bilinear/lab",)
    assert met(data, calibrated_on={"sources": [], "image_digests": digests_of(data)}) == ("bilinear/lab",)
    with pytest.raises(BadInput, match="trained or calibrated on real/lab"):
        met(data, allow=False, trained={"sources": ["real/lab"]})
    assert met(data, trained=None, calibrated_on=None) == ()


def test_what_was_learned_from_is_gathered_over_the_generations(data):
    card = {"trained": {"sources": ["a/1"], "parent": {"sources": ["b/2"], "image_digests": digests_of(data)}}}
    assert trained_sources(card) == {"a/1", "b/2"}
    assert trained_images(card)["parent"]["image_digests"]["count"] == 4
    assert trained_images({}) == {}


def test_calibrating_voids_what_was_measured_and_keeps_the_choice(workspace, tmp_path, data):
    path = write(tmp_path / "d.safetensors", measured=[{"set": "old"}], held_out={"n": 3}, trained={"sources": []})
    installed = workspace.detectors.install(path).value
    workspace.detectors.choose(installed.reference.digest)
    weights = read_header(installed.path)
    made = workspace.detectors.calibrate("tiny", data, "again", device="cpu").value
    assert (made.images, made.skipped, made.dropped) == (12, (), ("old",))
    card = read_header(installed.path).card
    assert card["measured"] == []
    assert "held_out" not in card
    assert card["calibrated_on"]["command"] == "again"
    assert card["calibrated_on"]["image_digests"]["count"] == 12
    assert card["calibration"]["set"] == "the images of held"
    assert read_header(installed.path).shapes.items() >= weights.shapes.items()
    now = workspace.detectors.current()
    assert now.path == installed.path
    assert now.reference.digest != installed.reference.digest
    assert [path.name for path in installed.path.parent.iterdir()] == [installed.path.name]


def test_images_that_were_learned_from_calibrate_nothing(workspace, tmp_path, data):
    seen = write(tmp_path / "d.safetensors", trained={"sources": ["x/y"], "image_digests": digests_of(data)})
    before = seen.read_bytes()
    with pytest.raises(BadInput, match="Images of bilinear/lab"):
        workspace.detectors.calibrate(str(seen), data, "again", device="cpu")
    fresh = write(tmp_path / "e.safetensors", trained={"sources": ["bilinear/lab"]})
    stop = Progress(lambda tick: stop.cancel() if tick.text.startswith("Reading held-out") else None)
    with pytest.raises(Cancelled):
        workspace.detectors.calibrate(str(fresh), data, "again", device="cpu", progress=stop)
    assert (seen.read_bytes(), list(tmp_path.glob(".*"))) == (before, [])
    assert "calibrated_on" not in read_header(fresh).card


def test_a_measurement_keeps_the_choice(workspace, tmp_path):
    installed = workspace.detectors.install(write(tmp_path / "d.safetensors")).value
    workspace.detectors.choose(installed.reference.digest)
    workspace.detectors.record("tiny", "set", {"n": 1}, "again")
    assert workspace.detectors.current().path == installed.path
    assert workspace.detectors.current().card["measured"][0]["set"] == "set"


def table(left_out, **changes):
    given = {"left_out": left_out, "class_names": list(CLASSES), "rows": [{"held": left_out}], "steps": 4}
    return {**given, "recipe_digest": "r", **changes}


def test_both_tables_of_leaving_out_stand_on_a_card_side_by_side(workspace, tmp_path):
    path = write(tmp_path / "d.safetensors", trained={"recipe_digest": "r", "steps": 4})
    workspace.detectors.record_left_out(str(path), table("sources"), "one")
    workspace.detectors.record_left_out(str(path), table("architectures", steps=9), "two")
    part = read_header(path).card["cross_validated"]
    assert (part["rows"], part["architectures"]["rows"]) == ([{"held": "sources"}], [{"held": "architectures"}])
    assert (part["own_recipe"], part["architectures"]["own_recipe"]) == (True, False)
    workspace.detectors.record_left_out(str(path), table("sources", rows=[]), "three")
    part = read_header(path).card["cross_validated"]
    assert (part["rows"], part["command"], part["architectures"]["command"]) == ([], "three", "two")
    with pytest.raises(BadInput, match="names other classes"):
        workspace.detectors.record_left_out(str(path), table("sources", class_names=["real", "gan"]), "four")


def test_a_detector_compared_with_itself_differs_nowhere(workspace, tmp_path, data):
    path = str(write(tmp_path / "d.safetensors"))
    found = workspace.detectors.compare(path, path, data, device="cpu")
    assert found["differing"] == []
    assert found["a"] == found["b"]
    alone, _ = workspace.detectors.evaluate(path, data, device="cpu")
    assert {key: alone[key] for key in found["a"]} == found["a"]
    paired = found["paired"]
    assert (paired["only_a"], paired["only_b"], paired["mcnemar_p"]) == (0, 0, 1.0)
    assert paired["both"] + paired["neither"] == 12
    assert found["data_digest"] == list_data(data).digest
    trained = str(write(tmp_path / "e.safetensors", trained={"sources": ["real/lab"]}))
    with pytest.raises(BadInput, match="trained or calibrated on"):
        workspace.detectors.compare(path, trained, data, device="cpu")


def test_a_rewritten_detector_is_read_anew_by_the_analysis_process(workspace, tmp_path, data):
    path = write(tmp_path / "d.safetensors", threshold={"value": 0.0})
    before, _ = workspace.detectors.evaluate(str(path), data, device="cpu")
    write(path, threshold={"value": 1.0})
    after, _ = workspace.detectors.evaluate(str(path), data, device="cpu")
    assert (before["verdicts"]["attributed"], after["verdicts"]["attributed"]) == (12, 0)


def test_a_detector_that_ships_is_never_rewritten(workspace, tmp_path, data, monkeypatch):
    monkeypatch.setattr("core.paths.resources", lambda: tmp_path / "resources")
    path = write(tmp_path / "resources" / "detectors" / "d.safetensors")
    before = path.read_bytes()
    for name in ("tiny", str(path), None):
        with pytest.raises(BadInput, match=r"tiny ships with the program and stays as it is\. Copy .*d\.safetensors"):
            workspace.detectors.rewritable(name)
    with pytest.raises(BadInput, match="ships with the program"):
        workspace.detectors.calibrate("tiny", data, "again", device="cpu")
    with pytest.raises(BadInput, match="ships with the program"):
        workspace.detectors.record("tiny", "set", {"n": 1}, "again")
    with pytest.raises(BadInput, match="ships with the program"):
        workspace.detectors.record_left_out("tiny", table("sources"), "again")
    assert path.read_bytes() == before
    assert workspace.detectors.rewritable(str(write(tmp_path / "copy.safetensors"))).reference.name == "tiny"


def test_a_name_that_several_detectors_have_needs_a_digest(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr("core.paths.resources", lambda: tmp_path / "resources")
    shipped = write(tmp_path / "resources" / "detectors" / "d.safetensors")
    installed = paths.installed_detectors() / "same.safetensors"
    installed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(shipped, installed)
    assert workspace.detectors.find("tiny").path == shipped
    other = workspace.detectors.install(write(tmp_path / "e.safetensors", threshold={"value": 0.5})).value
    with pytest.raises(BadInput, match=rf"2 detectors named tiny: give the digest: .*{other.reference.digest[:12]}"):
        workspace.detectors.find("tiny")
    assert workspace.detectors.find(other.reference.digest[:12]).path == other.path


def test_a_detector_in_a_read_only_place_is_refused_with_a_sentence(workspace, tmp_path, monkeypatch):
    path = write(tmp_path / "d.safetensors")

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr("os.access", lambda *_: False)
        with pytest.raises(NoPermission, match=r"No permission while writing the detector at .*d\.safetensors"):
            workspace.detectors.record(str(path), "set", {"n": 1}, "again")
    monkeypatch.setattr("core.whole_file.os.replace", refuse)
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(NoPermission, match="No permission while writing the detector"):
        record(path, "set", {"n": 1}, "again")
