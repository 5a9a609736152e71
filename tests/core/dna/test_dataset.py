import numpy as np
import pytest
from PIL import Image

from core.dna.dataset import list_data, load_pictures, split
from core.errors import BadInput, NotFound
from tests.conftest import picture, write_training_folder


def save(path, seed=1, width=160, height=144):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(seed, width, height)).save(path)


def test_the_listing_is_sorted_and_its_digest_names_the_set(tmp_path):
    write_training_folder(tmp_path / "a")
    write_training_folder(tmp_path / "b")
    first, second = list_data(tmp_path / "a"), list_data(tmp_path / "b")
    assert first.classes == ("real", "bilinear", "nearest")
    assert first.digest == second.digest
    save(tmp_path / "b" / "real" / "lab" / "000.png", seed=999)
    assert list_data(tmp_path / "b").digest != first.digest


def test_missing_and_empty_folders_are_sentences(tmp_path):
    with pytest.raises(NotFound):
        list_data(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="<class>/<source>"):
        list_data(tmp_path)


def test_a_named_source_is_held_out_whole_and_other_classes_by_group(tmp_path):
    for index in range(20):
        save(tmp_path / "real" / "a" / f"{index}.png", index)
        save(tmp_path / "real" / "b" / f"{index}.png", 100 + index)
        save(tmp_path / "gan" / "c" / f"{index}.png", 200 + index)
    rows = "\n".join(f"gan\tgan/c/{index}.png\tinput{index // 4}" for index in range(20))
    (tmp_path / "manifest.tsv").write_text("class\tpath\toriginal_name\n" + rows + "\n")
    training, held = split(list_data(tmp_path), ["real/b"], 0.4)
    assert {item.source for item in held if item.architecture == "real"} == {"b"}
    assert {item.source for item in training if item.architecture == "real"} == {"a"}
    gan_held = {item.group for item in held if item.architecture == "gan"}
    gan_trained = {item.group for item in training if item.architecture == "gan"}
    assert gan_held
    assert gan_trained
    assert not gan_held & gan_trained
    assert split(list_data(tmp_path), ["real/b"], 0.4) == (training, held)


def test_unknown_is_never_trained_on_and_sources_must_exist(tmp_path):
    write_training_folder(tmp_path)
    with pytest.raises(BadInput, match="no such source"):
        split(list_data(tmp_path), ["real/elsewhere"], 0.1)
    save(tmp_path / "unknown" / "x" / "1.png")
    with pytest.raises(BadInput, match="cannot be trained on"):
        split(list_data(tmp_path), [], 0.1)


def test_sheets_are_cut_and_damaged_files_named(tmp_path):
    save(tmp_path / "gan" / "a" / "1-sheet2x2.png", 1, 200, 160)
    (tmp_path / "gan" / "a" / "2.png").write_bytes(b"no image")
    save(tmp_path / "gan" / "a" / "3.png", 2, 40, 300)
    skipped = []
    pictures = load_pictures(list_data(tmp_path).items, lambda path, why: skipped.append(path.name), lambda: None)
    assert [one.pixels.shape for one in pictures] == [(80, 100, 3)] * 4
    assert np.array_equal(pictures[3].pixels, picture(1, 200, 160)[80:, 100:])
    assert skipped == ["2.png", "3.png"]
