import base64
import shutil

import numpy as np
import pytest
from PIL import Image

from core.dna.contamination import image_digests, refuse_shared_sources, shared_sources
from core.dna.dataset import list_data, load_pictures, split, split_unlabelled
from core.errors import BadInput, NotFound
from core.progress import Progress
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


def test_an_empty_class_folder_is_named(tmp_path):
    write_training_folder(tmp_path, per_class=2)
    (tmp_path / "gan" / "lab").mkdir(parents=True)
    with pytest.raises(BadInput, match=r"gan has no readable images"):
        list_data(tmp_path)
    save(tmp_path / "gan" / "1.png")  # not inside a source
    with pytest.raises(BadInput, match=r"gan/<source>/<image>"):
        list_data(tmp_path)


def test_hidden_folders_without_images_do_not_matter(tmp_path):
    write_training_folder(tmp_path, per_class=2)
    (tmp_path / ".cache" / "x").mkdir(parents=True)
    assert list_data(tmp_path).classes == ("real", "bilinear", "nearest")


@pytest.mark.parametrize("name", ["a|b", "a,b", "a\\b", "a\tb", "a\nb", "a\x01b", ".gan", "a\u2028b"])
@pytest.mark.parametrize("place", ["class", "source"])
def test_labels_with_separators_are_refused(tmp_path, name, place):
    path = (name, "lab") if place == "class" else ("gan", name)
    try:
        save(tmp_path.joinpath(*path, "1.png"))
    except OSError:
        pytest.skip("this file system has no such names")
    with pytest.raises(BadInput, match="cannot be the name of a class or source"):
        list_data(tmp_path)


def test_one_image_in_a_class_cannot_be_on_both_sides(tmp_path):
    write_training_folder(tmp_path, per_class=3)
    save(tmp_path / "gan" / "lab" / "1.png")
    with pytest.raises(BadInput, match="'gan' has one image only"):
        split(list_data(tmp_path), (), 0.2)


def test_a_class_of_copies_is_refused(tmp_path):
    write_training_folder(tmp_path, per_class=3)
    for index in range(5):
        save(tmp_path / "gan" / "lab" / f"{index}.png", seed=1)
    with pytest.raises(BadInput, match="All 5 images of the class 'gan' are the same file"):
        split(list_data(tmp_path), (), 0.2)


def test_a_class_made_from_one_input_is_refused(tmp_path):
    write_training_folder(tmp_path, per_class=3)
    rows = "\n".join(f"nearest\tnearest/lab/{index:03d}.png\tsame" for index in range(3))
    (tmp_path / "manifest.tsv").write_text("class\tpath\toriginal_name\n" + rows + "\n")
    with pytest.raises(BadInput, match="come from one input"):
        split(list_data(tmp_path), (), 0.2)


@pytest.mark.parametrize("share", [0.0, 1e-6, 0.5, 0.999999])
def test_every_class_is_on_both_sides_whatever_the_share(tmp_path, share):
    write_training_folder(tmp_path, per_class=2)
    training, held = split(list_data(tmp_path), (), share)
    assert {item.architecture for item in training} == {item.architecture for item in held}
    assert len(training) + len(held) == 6


def test_holding_out_every_source_of_a_class_is_refused(tmp_path):
    write_training_folder(tmp_path, per_class=3)
    with pytest.raises(BadInput, match="Nothing is left to train the class 'nearest' on"):
        split(list_data(tmp_path), ["nearest/lab"], 0.2)


def test_copies_of_an_image_stand_on_one_side(tmp_path):
    for index in range(30):
        save(tmp_path / "real" / "lab" / f"{index}.png", 100 + index)
        save(tmp_path / "gan" / "lab" / f"{index}.png", index)
        save(tmp_path / "gan" / "lab" / f"copy-{index}.png", index)
    training, held = split(list_data(tmp_path), (), 0.4)
    assert not {item.sha256 for item in training} & {item.sha256 for item in held}
    assert len([item for item in held if item.architecture == "gan"]) > 4
    # A copy of an image of a source that is held out whole is not trained on either.
    save(tmp_path / "gan" / "other" / "again.png", 3)
    save(tmp_path / "gan" / "other" / "new.png", 999)
    training, held = split(list_data(tmp_path), ["gan/other"], 0.4)
    assert sorted(item.path.name for item in held if item.architecture == "gan") == [
        "3.png",
        "again.png",
        "copy-3.png",
        "new.png",
    ]


def test_one_image_in_two_classes_is_refused_unless_labels_do_not_matter(tmp_path):
    write_training_folder(tmp_path, per_class=3)
    shutil.copy(tmp_path / "real" / "lab" / "001.png", tmp_path / "nearest" / "lab" / "copy.png")
    with pytest.raises(BadInput, match=r"same image is in two classes.*001\.png.*copy\.png|copy\.png.*001\.png"):
        list_data(tmp_path)
    assert len(list_data(tmp_path, labelled=False).items) == 10


def test_several_folders_are_one_set_and_never_share_a_source(tmp_path):
    write_training_folder(tmp_path / "whole", per_class=3)
    for name in ("real", "nearest", "bilinear"):
        place = tmp_path / ("a" if name == "real" else "b") / name
        shutil.copytree(tmp_path / "whole" / name, place)
    parts = list_data([tmp_path / "b", tmp_path / "a"])
    assert parts.digest == list_data(tmp_path / "whole").digest
    save(tmp_path / "b" / "real" / "lab" / "x.png")
    with pytest.raises(BadInput, match="both have the source real/lab"):
        list_data([tmp_path / "a", tmp_path / "b"])
    with pytest.raises(BadInput, match="both have the source"):
        list_data([tmp_path / "a", tmp_path / "a"])


def test_listing_reports_every_file(tmp_path):
    write_training_folder(tmp_path, per_class=2)
    ticks = []
    list_data(tmp_path, progress=Progress(ticks.append))
    assert [tick.done for tick in ticks] == list(range(7))
    assert ticks[-1].total == 6


def test_small_images_can_be_left_out_and_are_named(tmp_path):
    save(tmp_path / "real" / "lab" / "small.png", 1, 127, 300)
    save(tmp_path / "real" / "lab" / "large.png", 2, 128, 128)
    skipped = []
    kept = load_pictures(
        list_data(tmp_path).items, lambda path, why: skipped.append((path.name, why)), lambda: None, smallest=128
    )
    assert [one.item.path.name for one in kept] == ["large.png"]
    assert skipped == [("small.png", "smaller than 128 px")]


def test_an_unlabelled_split_needs_two_images(tmp_path):
    save(tmp_path / "unknown" / "lab" / "1.png")
    with pytest.raises(BadInput, match="one image only"):
        split_unlabelled(list_data(tmp_path), 0.2)
    save(tmp_path / "unknown" / "lab" / "2.png", 2)
    training, held = split_unlabelled(list_data(tmp_path), 0.2)
    assert len(training) == len(held) == 1


def test_sources_and_images_of_training_are_refused_in_a_test(tmp_path):
    write_training_folder(tmp_path / "train", per_class=3)
    training = list_data(tmp_path / "train").items
    trained = {"sources": ["real/lab"], "image_digests": image_digests(training)}
    save(tmp_path / "test" / "real" / "elsewhere" / "1.png", 901)
    save(tmp_path / "test" / "real" / "lab" / "1.png", 902)
    save(tmp_path / "test" / "nearest" / "elsewhere" / "1.png", 903)
    copy = tmp_path / "test" / "unknown" / "elsewhere" / "renamed.png"
    copy.parent.mkdir(parents=True)
    shutil.copy(tmp_path / "train" / "nearest" / "lab" / "001.png", copy)
    test = list_data(tmp_path / "test")
    assert shared_sources(trained, test) == ("real/lab", "unknown/elsewhere")
    # What a parent was trained on counts as well, and a set that shares nothing passes.
    assert shared_sources({"sources": [], "parent": trained}, test) == ("real/lab", "unknown/elsewhere")
    with pytest.raises(BadInput, match="was trained on real/lab, unknown/elsewhere"):
        refuse_shared_sources(trained, test)
    for place in ("real/lab", "unknown"):
        shutil.rmtree(tmp_path / "test" / place)
    refuse_shared_sources(trained, list_data(tmp_path / "test"))


def test_the_list_of_trained_images_is_short_and_checked(tmp_path):
    write_training_folder(tmp_path, per_class=3)
    items = list_data(tmp_path).items
    kept = image_digests([*items, *items])
    assert kept["count"] == 9
    assert base64.b64decode(kept["base64"]) == b"".join(sorted(bytes.fromhex(item.sha256)[:6] for item in items))
    for damaged in ({"bytes": 0, "base64": ""}, {"bytes": 6, "base64": "!"}, {"bytes": 6}, "text"):
        with pytest.raises(BadInput, match="damaged"):
            shared_sources({"image_digests": damaged}, list_data(tmp_path))


@pytest.mark.parametrize("name", ["unknown ", " gan", "gan\u00a0"])
def test_names_with_blanks_around_them_are_refused(tmp_path, name):
    save(tmp_path / name / "lab" / "1.png")
    with pytest.raises(BadInput, match=r"it (begins or ends with a blank|contains)"):
        list_data(tmp_path)


def test_names_that_differ_only_in_case_are_refused(tmp_path):
    save(tmp_path / "Unknown" / "lab" / "1.png")
    with pytest.raises(BadInput, match="Unknown differs from the class 'unknown' only in case"):
        list_data(tmp_path)
    save(tmp_path / "a" / "real" / "lab" / "1.png", 1)
    save(tmp_path / "b" / "Real" / "desk" / "1.png", 2)
    with pytest.raises(BadInput, match="Real differs from the class 'real' only in case"):
        list_data([tmp_path / "a", tmp_path / "b"])
    save(tmp_path / "c" / "gan" / "lab" / "1.png", 3)
    save(tmp_path / "d" / "GAN" / "desk" / "1.png", 4)
    with pytest.raises(BadInput, match=r"differs from .*(gan|GAN) only in case"):
        list_data([tmp_path / "c", tmp_path / "d"])
    assert len(list_data([tmp_path / "c", tmp_path / "d"], labelled=False).items) == 2
    save(tmp_path / "e" / "gan" / "LAB" / "1.png", 5)
    with pytest.raises(BadInput, match=r"source folder .* differs from .* only in case"):
        list_data([tmp_path / "c", tmp_path / "e"])


def test_an_image_cut_short_is_said_to_be_damaged(tmp_path):
    # Cut inside the header, and inside the pixels.
    for name, share in (("cut.jpg", 0.5), ("cut.png", 0.5), ("cut.webp", 0.5), ("short.webp", 0.9), ("cut.gif", 0.5)):
        save(tmp_path / "gan" / "lab" / name)
        path = tmp_path / "gan" / "lab" / name
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    reasons = {}
    load_pictures(list_data(tmp_path).items, lambda path, why: reasons.update({path.name: why}), lambda: None)
    assert set(reasons) == {"cut.jpg", "cut.png", "cut.webp", "short.webp", "cut.gif"}
    assert set(reasons.values()) == {"damaged or cut short"}
