import errno
import hashlib
import io

import pytest

from core.errors import CoreError, DiskFull, NoPermission
from core.imaging.digest import copy_with_digests, digests_of


def test_copy_and_digests_describe_the_same_bytes(tmp_path):
    chunks = [b"a" * 1000, b"", b"b" * 5]
    digest = copy_with_digests(iter(chunks), tmp_path / "copy")
    data = (tmp_path / "copy").read_bytes()
    assert data == b"".join(chunks)
    assert digest.sha256 == hashlib.sha256(data).hexdigest()
    assert digest.md5 == hashlib.md5(data).hexdigest()
    assert digest.size_bytes == 1005
    assert digests_of(chunks) == digest


def test_an_existing_file_is_never_overwritten(stored):
    path = stored(b"evidence")
    with pytest.raises(CoreError):
        copy_with_digests([b"other"], path)


def test_a_failed_source_leaves_no_copy(tmp_path):
    def chunks():
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_with_digests(chunks(), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, DiskFull), (errno.EACCES, NoPermission)])
def test_a_full_or_forbidden_target_is_no_fault_of_the_source(number, error, tmp_path, monkeypatch):
    class Failing(io.FileIO):
        def write(self, _):
            raise OSError(number, "no")

    monkeypatch.setattr("pathlib.Path.open", lambda path, mode, buffering: Failing(path, mode.replace("b", "")))
    with pytest.raises(error, match="evidence copy"):
        copy_with_digests([b"data"], tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
