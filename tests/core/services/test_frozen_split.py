"""A frozen split: it comes back as it was, and every change of its file is noticed."""

import csv
import errno

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import BadInput, DiskFull, NotFound
from core.services.training_split import FILE_NAME, freeze, read_frozen, split
from tests.core.services.splitting import DRAFT, image, images_of, sha

# ---- frozen


def test_a_frozen_split_comes_back(tmp_path):
    odd = image("odd", name='tab\tquote"new\nline é')
    made = split([odd, *images_of("flux", {"a": 30})], DRAFT)
    draft = freeze(DRAFT, made, tmp_path)
    assert draft.split_digest == made.digest
    again = read_frozen(tmp_path, draft.split_digest)
    assert [(one.path, one.side, one.sha256) for one in again.images] == [
        (one.path, one.side, one.sha256) for one in made.images
    ]
    assert (again.rows, again.digest, again.unknowable) == (made.rows, made.digest, made.unknowable)
    with (tmp_path / FILE_NAME).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert set(rows[0]) == {"path", "sha256", "class", "source", "side"}
    assert len(rows) == 31


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_change_of_the_frozen_file_is_noticed(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "frozen"
    folder.mkdir(exist_ok=True)
    draft = freeze(DRAFT, split(images_of("flux", {"a": 12, "b": 14}), DRAFT), folder)
    path = folder / FILE_NAME
    lines = path.read_text().splitlines()
    row = data.draw(st.integers(1, len(lines) - 1))
    cells = lines[row].split("\t")
    column = data.draw(st.integers(1, 4))
    cells[column] = data.draw(st.sampled_from(("flux2", "b2", "test", "training", sha("other"), "", "x" * 9)))
    assume("\t".join(cells) != lines[row])
    lines[row] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput, match=str(path)):
        read_frozen(folder, draft.split_digest)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"path\tsha256\n", b"path\tsha256\tclass\tsource\tside\na\tb\n"])
def test_a_file_that_is_no_split_is_refused(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(BadInput, match=str(tmp_path / FILE_NAME)):
        read_frozen(tmp_path, sha(1))


def test_rows_taken_away_put_in_or_in_another_order_are_noticed(tmp_path):
    draft = freeze(DRAFT, split(images_of("flux", {"a": 12}), DRAFT), tmp_path)
    head, *lines = (tmp_path / FILE_NAME).read_text().splitlines()
    for changed in (lines[1:], [*lines, lines[0]], lines[::-1]):
        (tmp_path / FILE_NAME).write_text("\n".join([head, *changed]) + "\n")
        with pytest.raises(BadInput, match="not the one that was frozen"):
            read_frozen(tmp_path, draft.split_digest)
    (tmp_path / FILE_NAME).unlink()
    with pytest.raises(NotFound):
        read_frozen(tmp_path, draft.split_digest)


def test_a_full_disk_keeps_what_was_frozen(tmp_path, monkeypatch):
    draft = freeze(DRAFT, split(images_of("flux", {"a": 12}), DRAFT), tmp_path)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("core.whole_file.os.fsync", full)
        with pytest.raises(DiskFull, match="freezing the split"):
            freeze(DRAFT, split(images_of("flux", {"b": 12}), DRAFT), tmp_path)
    assert read_frozen(tmp_path, draft.split_digest).digest == draft.split_digest


def test_a_file_name_that_is_no_text_is_refused_with_its_name(tmp_path):
    made = split([image("odd", name="photo \udcff"), *images_of("flux", {"a": 12})], DRAFT)
    with pytest.raises(BadInput, match=r"photo \\udcff.*Rename it"):
        freeze(DRAFT, made, tmp_path)
