"""Reading the images of a retraining draft, and guessing what a dropped folder is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from core.errors import BadInput, Cancelled, NotFound
from core.progress import Progress
from core.retraining import Draft, ImageGroup
from core.services.processes import Processes
from core.services.training_images import TrainingImages
from core.settings import Settings
from tests.conftest import picture, save_pictures, write_training_folder


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    started = Processes(Settings(tmp_path_factory.mktemp("settings") / "settings.json"))
    yield started
    started.close()


@pytest.fixture
def images(processes, tmp_path):
    return TrainingImages(processes, Settings(tmp_path / "settings.json"))


def with_parameters(folder: Path, count: int, model: str) -> Path:
    folder.mkdir(parents=True)
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", f"a cat\nSteps: 20, Sampler: Euler a, Seed: 1, Model: {model}")
    for index in range(count):
        Image.fromarray(picture(index)).save(folder / f"{index}.png", pnginfo=info)
    return folder


def test_images_of_a_group_are_read_at_any_depth(images, tmp_path):
    folder = save_pictures(tmp_path / "new", 2)
    save_pictures(folder / "deeper" / "still", 1, width=200)
    Image.fromarray(picture(9)).save(folder / "nameless", "PNG")
    (folder / "notes.txt").write_text("about these")
    (folder / "._picture-0000.jpg").write_bytes(b"left by another system")
    found = images.read([ImageGroup("newgan", "lab", folder)], tmp_path / "draft")
    assert sorted(image.path.name for image in found) == [
        "nameless",
        "picture-0000.jpg",
        "picture-0000.jpg",
        "picture-0001.jpg",
    ]
    assert {(image.label, image.source, image.problem) for image in found} == {("newgan", "lab", "")}
    for image in found:
        assert (tmp_path / "draft" / "thumbnails" / f"{image.sha256}.jpg").is_file()


def test_what_did_not_change_is_not_read_again(images, tmp_path, monkeypatch):
    folder, draft = save_pictures(tmp_path / "new", 3), tmp_path / "draft"
    group = ImageGroup("newgan", "lab", folder)
    before = images.read([group], draft)
    Image.fromarray(picture(50)).save(folder / "picture-0001.jpg")
    read = []
    whole = images._facts
    monkeypatch.setattr(images, "_facts", lambda paths, progress: read.extend(paths) or whole(paths, progress))
    after = images.read([group], draft)
    assert [path.name for path in read] == ["picture-0001.jpg"]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]


@pytest.mark.parametrize(
    "damage", ["{", '{"format": "dna-det training facts 1"}', '{"format": "x", "files": {}}', "[]"]
)
def test_a_damaged_cache_is_read_anew(images, tmp_path, damage):
    folder, draft = save_pictures(tmp_path / "new", 1), tmp_path / "draft"
    group = ImageGroup("newgan", "lab", folder)
    before = images.read([group], draft)
    (draft / "facts.json").write_text(damage)
    assert images.read([group], draft) == before


def test_a_cache_that_points_elsewhere_is_not_believed(images, tmp_path):
    folder, draft = save_pictures(tmp_path / "new", 1), tmp_path / "draft"
    group = ImageGroup("newgan", "lab", folder)
    before = images.read([group], draft)
    kept = json.loads((draft / "facts.json").read_text())
    next(iter(kept["files"].values()))["facts"]["sha256"] = "../../outside"
    (draft / "facts.json").write_text(json.dumps(kept))
    assert images.read([group], draft) == before


def test_an_unreadable_file_is_a_sentence_and_the_rest_is_read(images, tmp_path):
    folder = save_pictures(tmp_path / "new", 2)
    whole = (folder / "picture-0000.jpg").read_bytes()
    (folder / "broken.jpg").write_bytes(whole[: len(whole) // 2])
    found = {image.path.name: image for image in images.read([ImageGroup("newgan", "lab", folder)], tmp_path / "d")}
    assert "broken.jpg" in found["broken.jpg"].problem
    assert found["broken.jpg"].sha256 == ""
    assert found["picture-0001.jpg"].problem == ""


def test_a_folder_that_is_gone_is_named(images, tmp_path):
    folder = save_pictures(tmp_path / "new", 1)
    shutil.rmtree(folder)
    with pytest.raises(NotFound, match="new is not there"):
        images.read([ImageGroup("newgan", "lab", folder)], tmp_path / "draft")


def test_one_file_named_twice_counts_once_in_a_class_and_once_in_each_other(images, tmp_path):
    folder = save_pictures(tmp_path / "new", 1)
    groups = [ImageGroup(label, "lab", folder) for label in ("a", "a", "b")]
    assert [image.label for image in images.read(groups, None)] == ["a", "b"]


def test_without_a_draft_folder_nothing_is_kept(images, tmp_path):
    folder = save_pictures(tmp_path / "new", 1)
    assert len(images.read([ImageGroup("a", "lab", folder)], None)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_cancelling_keeps_what_was_read(images, tmp_path):
    folder = save_pictures(tmp_path / "new", 5)
    progress = Progress(lambda tick: progress.cancel() if tick.done == 2 and tick.unit == "images" else None)
    with pytest.raises(Cancelled):
        images.read([ImageGroup("a", "lab", folder)], tmp_path / "draft", progress)
    assert len(json.loads((tmp_path / "draft" / "facts.json").read_text())["files"]) >= 2


def test_known_and_test_data_have_classes_and_sources(images, tmp_path):
    data = write_training_folder(tmp_path / "data", per_class=1)
    draft = Draft("d", None, known_data=(data,), test_data=data)
    assert {(image.label, image.source) for image in images.known(draft, None)} == {
        ("bilinear", "lab"),
        ("nearest", "lab"),
        ("real", "lab"),
    }
    assert len(images.tests(draft, None)) == 3
    flat = Draft("d", None, known_data=(save_pictures(tmp_path / "flat", 1),))
    with pytest.raises(BadInput, match="<class>/<source>/<image>"):
        images.known(flat, None)


def test_folders_of_classes_and_sources_are_suggested_so(images, tmp_path):
    data = write_training_folder(tmp_path / "data", per_class=1)
    assert [(group.label, group.source, group.folder) for group in images.suggest(data)] == [
        (name, "lab", data / name / "lab") for name in ("bilinear", "nearest", "real")
    ]


def test_folders_of_classes_are_suggested_so(images, tmp_path):
    save_pictures(tmp_path / "My Data" / "gan-a", 1)
    save_pictures(tmp_path / "My Data" / "gan-b", 1)
    groups = images.suggest(tmp_path / "My Data")
    assert [(group.label, group.source) for group in groups] == [("gan-a", "my-data"), ("gan-b", "my-data")]


def test_a_flat_folder_is_one_class_named_by_its_metadata_or_itself(images, tmp_path):
    plain = save_pictures(tmp_path / "New Images", 2)
    claimed = with_parameters(tmp_path / "downloads", 3, "sd_xl_base_1.0")
    assert [(group.label, group.source) for group in images.suggest(plain)] == [("new-images", "new-images")]
    assert [(group.label, group.source) for group in images.suggest(claimed)] == [("sdxl", "downloads")]


def test_folders_that_name_one_generator_are_its_sources(images, tmp_path):
    for source in ("site-a", "site-b"):
        with_parameters(tmp_path / "sd" / source, 2, "flux1-dev")
    groups = images.suggest(tmp_path / "sd")
    assert [(group.label, group.source) for group in groups] == [("flux1-dev", "site-a"), ("flux1-dev", "site-b")]


def test_a_folder_that_is_nothing_is_refused_with_a_way_out(images, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no images"):
        images.suggest(tmp_path / "empty")
    with pytest.raises(NotFound):
        images.suggest(tmp_path / "nowhere")
    mixed = save_pictures(tmp_path / "mixed", 1)
    save_pictures(mixed / "inner", 1)
    with pytest.raises(BadInput, match="both in itself and in its folders"):
        images.suggest(mixed)
