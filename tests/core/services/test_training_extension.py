"""Adding a class to a detector whose encoder stays: what it remembers, what it refuses, and that it goes on."""

import csv
import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save

from core.dna.card import read_header
from core.dna.detector import load_detector, rewrite_card
from core.dna.rehearsal import read_rehearsal, rehearsal_path, write_rehearsal
from core.errors import BadInput, Cancelled, DetectorRefused, NotFound
from core.progress import Progress
from core.retraining import Side
from core.services.detectors import Detectors
from core.services.processes import Processes
from core.services.rehearsal_making import remember
from core.services.rehearsed import judged_rows, same_encoder
from core.services.training import Training
from core.settings import Settings
from tests.conftest import CLASSES, upsampled, write_training_folder

PARENT = """
[card]
name = "parent"
[preprocess]
kind = "native"
channels = "residual"
window_px = 64
[schedule]
steps = 4
images_per_class = 2
crops = 2
crop_px = 32
region_px = 64
validate_every = 4
validate_images = 1
[spectrum]
views = 1
iterations = 15
[augment]
jpeg = 0.5
[holdout]
share = 0.34
"""
ADDING = """
[schedule]
task = "extension"
[extension]
views = 1
iterations = 12
anchor = 1e-3
rehearsed = 5
[augment]
jpeg = 0.5
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    """A detector of three classes that remembers its images."""
    folder = tmp_path_factory.mktemp("parent")
    data = write_training_folder(folder / "data", per_class=6)
    (folder / "parent.toml").write_text(PARENT)
    out = folder / "parent.safetensors"
    Training().train(folder / "parent.toml", data, out, device="cpu")
    made = remember(summary(out), [data], images=5, device="cpu")
    assert made.images == {"training": 11, "held out": 7, "test": 0}
    assert not made.skipped
    return out


def summary(path):
    settings = Settings(path.parent / "settings.json")
    return Detectors(settings, Processes(settings)).find(str(path))


@pytest.fixture
def own(parent, tmp_path):
    """A copy of the parent with what it remembers."""
    for path in (parent, rehearsal_path(parent)):
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "adding.toml").write_text(ADDING)
    return tmp_path / parent.name


def new_images(folder, count=8, label="bicubic"):
    """A split of pictures of an architecture the parent does not know."""
    place = folder / "new"
    place.mkdir(exist_ok=True)
    rows = []
    for index in range(count):
        path = place / f"{index:02d}.png"
        Image.fromarray(upsampled(7000 + index, Image.Resampling.LANCZOS)).save(path)
        side = (Side.TRAINING, Side.TRAINING, Side.HELD_OUT, Side.TEST)[index % 4]
        rows.append((path, hashlib.sha256(path.read_bytes()).hexdigest(), label, "lab", side.value))
    with (folder / "split.tsv").open("w", newline="") as stream:
        table = csv.writer(stream, delimiter="\t", lineterminator="\n")
        table.writerows([("path", "sha256", "class", "source", "side"), *rows])
    return folder / "split.tsv"


def add(own, files, name="more", **options):
    out = own.parent / f"{name}.safetensors"
    Training().train(own.parent / "adding.toml", [], out, parent=own, files=files, device="cpu", **options)
    return out


def test_a_class_is_added_and_the_old_ones_are_named_as_before(own, tmp_path):
    out = add(own, new_images(tmp_path))
    classes = load_detector(own).classes
    assert load_detector(out).classes == (*classes, "bicubic")
    assert same_encoder(own, out)
    kept = read_rehearsal(out)
    assert {image.label for image in kept.images} == {*CLASSES, "bicubic"}
    assert sum(image.label == "bicubic" and image.side is Side.TEST for image in kept.images) == 2
    known = read_rehearsal(own)
    before = [classes[one.scores.argmax()] for one in judged_rows(own, known, Side.TRAINING)]
    after = [load_detector(out).classes[one.scores.argmax()] for one in judged_rows(out, known, Side.TRAINING)]
    assert np.mean(np.array(before) == np.array(after)) >= 0.75
    tested = judged_rows(out, kept.rows(np.array([label == "bicubic" for label in kept.labels])), Side.TRAINING)
    assert all(one.scores.argmax() == 3 for one in tested)


def test_its_card_says_what_it_came_from(own, tmp_path):
    card = read_header(add(own, new_images(tmp_path))).card
    before = read_header(own).card
    assert card["name"] == "parent-bicubic"
    assert card["lineage"][0] == hashlib.sha256(own.read_bytes()).hexdigest()
    assert card["trained"]["parent"] == before["trained"]
    assert card["trained"]["sources"] == ["bicubic/lab"]
    assert card["trained"]["taken_over"]["encoder"] == "unchanged"
    assert card["measured"] == []
    assert "never saw it" in card["limits"][-1]
    assert card["held_out"]["n"] == 9  # seven remembered, two new
    assert card["scope"]["seen"]["images"] == before["scope"]["seen"]["images"] + 4
    assert [row["step"] for row in card["curves"]] == list(range(1, 25))
    assert any("recall" in row for row in card["curves"])


def test_it_goes_on_where_it_was_stopped_and_ends_the_same(own, tmp_path):
    files, seen = new_images(tmp_path), []
    whole = add(own, files, "whole")
    progress = Progress(lambda tick: (tick.text, tick.done) == ("Reading views", 5) and progress.cancel())
    with pytest.raises(Cancelled, match="resume"):
        add(own, files, "parts", progress=progress)
    parts = add(own, files, "parts", resume=True, progress=Progress(lambda tick: seen.append((tick.text, tick.done))))
    assert min(done for text, done in seen if text == "Reading views") >= 5  # what was read is not read again
    first, second = load_detector(whole), load_detector(parts)
    for one, two in zip(first.net.parameters(), second.net.parameters(), strict=True):
        assert torch.equal(one, two)
    assert torch.equal(first.spectrum.linear.weight, second.spectrum.linear.weight)
    assert first.threshold == second.threshold


def test_views_that_another_recipe_or_detector_read_are_not_gone_on_with(own, tmp_path):
    files = new_images(tmp_path)
    progress = Progress(lambda tick: (tick.text, tick.done) == ("Reading views", 5) and progress.cancel())
    with pytest.raises(Cancelled, match="resume"):
        add(own, files, "parts", progress=progress)
    assert not (tmp_path / "parts.run" / "run.json").exists()  # nothing else tells what the views were read for
    (tmp_path / "adding.toml").write_text(ADDING.replace("jpeg = 0.5", "jpeg = 1.0"))
    parts, whole = add(own, files, "parts", resume=True), add(own, files, "whole")
    first, second = load_detector(parts), load_detector(whole)
    assert torch.equal(first.spectrum.linear.weight, second.spectrum.linear.weight)


def test_views_are_never_written_over_where_damaged_ones_were_deleted(own, tmp_path):
    files = new_images(tmp_path, count=24)
    progress = Progress(lambda tick: (tick.text, tick.done) == ("Reading views", 17) and progress.cancel())
    with pytest.raises(Cancelled, match="resume"):
        add(own, files, "parts", progress=progress)
    kept = sorted((tmp_path / "parts.run" / "views").rglob("*.safetensors"))
    kept[0].write_bytes(b"damaged")
    with pytest.raises(BadInput, match=f"{kept[0].name} cannot be read .* Delete it"):
        add(own, files, "parts", resume=True)
    kept[0].unlink()
    before = {path: path.read_bytes() for path in kept[1:]}
    add(own, files, "parts", resume=True)
    assert before == {path: path.read_bytes() for path in kept[1:]}


def test_a_class_called_like_an_old_one_is_refused(own, tmp_path):
    with pytest.raises(BadInput, match="'Nearest' is called like 'nearest'"):
        add(own, new_images(tmp_path, label="Nearest"))


def test_what_was_forgotten_is_asked_for(own, tmp_path):
    rehearsal_path(own).unlink()
    with pytest.raises(BadInput, match=r"remembers no images of real, .*--data"):
        add(own, new_images(tmp_path))


def test_images_of_the_old_classes_may_stand_in_for_memory(own, tmp_path):
    rehearsal_path(own).unlink()
    files = new_images(tmp_path)
    data = write_training_folder(tmp_path / "data", per_class=3)
    with files.open("a", newline="") as stream:
        table = csv.writer(stream, delimiter="\t", lineterminator="\n")
        for path in sorted(data.glob("*/*/*.png")):
            side = Side.HELD_OUT if path.stem == "000" else Side.TRAINING
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            table.writerow((path, digest, path.parts[-3], path.parts[-2], side.value))
    assert set(load_detector(add(own, files)).classes) == {*CLASSES, "bicubic"}


def test_a_changed_or_missing_image_is_named(own, tmp_path):
    files = new_images(tmp_path)
    (tmp_path / "new" / "00.png").write_bytes(b"another")
    with pytest.raises(BadInput, match=r"00\.png was changed since the split"):
        add(own, files)
    (tmp_path / "new" / "00.png").unlink()
    with pytest.raises(NotFound, match=r"00\.png of the frozen split is not there any more"):
        add(own, files)


def test_a_class_without_held_out_images_is_refused(own, tmp_path):
    files = new_images(tmp_path)
    files.write_text("\n".join(line for line in files.read_text().splitlines() if "held out" not in line) + "\n")
    with pytest.raises(BadInput, match="'bicubic' has no held-out image"):
        add(own, files)


def test_an_extension_needs_a_parent_and_a_split(own, tmp_path):
    with pytest.raises(BadInput, match="--parent"):
        Training().train(tmp_path / "adding.toml", [], tmp_path / "x.safetensors", device="cpu")


def test_what_is_remembered_belongs_to_one_encoder(own, tiny_detector, tmp_path):
    other = tmp_path / "other.safetensors"
    shutil.copy(tiny_detector, other)
    shutil.copy(rehearsal_path(own), rehearsal_path(other))
    with pytest.raises(DetectorRefused, match="another encoder"):
        read_rehearsal(other)
    rewrite_card(own, {**read_header(own).card, "title": "Another title"})
    assert read_rehearsal(own) is not None  # the card says something else, the encoder is the same


def test_damaged_memory_is_refused_with_the_way_out(own):
    path = rehearsal_path(own)
    for content in (b"", path.read_bytes()[:-9], b"\0" * 64):
        path.write_bytes(content)
        with pytest.raises(DetectorRefused, match="make it anew"):
            read_rehearsal(own)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label", 7),
        ("label", ""),
        ("sha256", None),
        ("sha256", "../../etc/pwd"),
        ("width", "wide"),
        ("hash64", 1 << 64),
        ("quality", "good"),
        ("colours", ["red"] * 54),
        ("colours", [0.5]),
        ("side", "upside"),
        ("other", 1),
    ],
)
def test_facts_of_remembered_images_that_cannot_be_are_refused(own, name, value):
    known, path = read_rehearsal(own), rehearsal_path(own)
    with safe_open(path, framework="numpy") as file:
        said, tensors = dict(file.metadata()), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    images = json.loads(said["images"])
    assert len(images) == len(known.images)
    images[3][name] = value
    for changed in ({"images": json.dumps(images)}, {"images": "[" * 100_000}, {"images": "5"}, {"made": "[1]"}):
        path.write_bytes(save(tensors, metadata=said | changed))
        with pytest.raises(DetectorRefused, match="make it anew"):
            read_rehearsal(own)


def test_no_name_of_a_file_travels(own):
    known = read_rehearsal(own)
    assert all(image.path.name == image.sha256 == image.sha256[:12] for image in known.images)
    assert b"000.png" not in rehearsal_path(own).read_bytes()


def test_memory_is_the_same_after_writing(own):
    known = read_rehearsal(own)
    write_rehearsal(own, known)
    again = read_rehearsal(own)
    assert np.array_equal(known.features, again.features)
    assert known.images == again.images
    assert replace(known.images[0]) == again.images[0]


def test_remembering_other_images_is_refused(own, tmp_path):
    other = write_training_folder(tmp_path / "other", per_class=2)
    for number, path in enumerate(sorted(other.glob("*/*/*.png"))):
        Image.fromarray(upsampled(number + 99, Image.Resampling.BOX)).save(path)
    with pytest.raises(BadInput, match="folders it was trained on"):
        remember(summary(own), [other], device="cpu")
