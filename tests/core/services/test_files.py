"""What an exhibit's file says and shows, through the reader processes: the story of an analyst and its bad days."""

import io
import os
import signal
import time

import numpy as np
import pytest
from PIL import Image

from core.domain import CaseDetails
from core.errors import Cancelled, EvidenceChanged
from core.examine import ProvenanceState
from core.imaging.problems import Undecodable
from core.progress import Progress
from core.services import files
from core.services.workspace import Workspace
from core.settings import Settings
from tests.core.imaging.claiming_files import text_chunk, with_chunks
from tests.core.imaging.signed_files import TRAINED, make_signer, sign

PARAMETERS = "a castle\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, Seed: 7, Model: dreamer"


@pytest.fixture(scope="module")
def signer():
    return make_signer()


@pytest.fixture
def workspace(tmp_path):
    settings = Settings(tmp_path / "settings.json")
    settings.set("intake.workers", 1)
    with Workspace(settings) as opened:
        opened.cases.create(tmp_path / "a.dnacase", CaseDetails("Files"))
        yield opened


@pytest.fixture
def exhibit(workspace, tmp_path, signer):
    """A signed PNG with generator parameters, taken into the case; its id."""
    pixels = np.random.default_rng(1).integers(0, 256, (96, 120, 3), dtype=np.uint8)
    pixels[..., 0] = pixels[:, ::-1, 0]
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    path = tmp_path / "signed.png"
    path.write_bytes(sign(signer, with_chunks(stream.getvalue(), text_chunk("parameters", PARAMETERS)), "PNG"))
    (line,) = workspace.intake.take([path]).value.lines
    return line.exhibit_id


def test_what_the_file_says_with_and_without_trust_in_its_signer(workspace, exhibit, signer, tmp_path):
    said = workspace.files.statements(exhibit)
    assert {line.name: line.text for line in said.generator}["Model"] == "dreamer"
    assert set(said.generator) < set(said.statements)
    assert said.provenance.state is ProvenanceState.UNTRUSTED
    assert said.provenance.source_type == TRAINED
    assert said.remarks == ()
    own = tmp_path / "own.pem"
    own.write_text(signer.anchor)
    workspace.settings.set("provenance.trust_anchors", str(own))
    assert workspace.files.statements(exhibit).provenance.state is ProvenanceState.TRUSTED
    own.unlink()
    said = workspace.files.statements(exhibit)
    assert said.provenance.state is ProvenanceState.UNTRUSTED
    assert "cannot be read" in said.remarks[0]


def test_the_residual_and_its_spectrum(workspace, exhibit):
    picture = workspace.files.residual(exhibit, 60)
    assert picture.pixels.shape == (48, 60, 3)
    assert picture.scale == 0.5
    assert workspace.files.spectrum(exhibit).values.shape == (64, 64)


def test_bytes_that_are_gone_or_changed(workspace, exhibit):
    path = workspace.exhibits.evidence(workspace.exhibits.get(exhibit).sha256)
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(data[:-1] + b"x")
    readers = (workspace.files.statements, workspace.files.residual, workspace.files.spectrum)
    for read in readers:
        with pytest.raises(EvidenceChanged, match="was changed since it was taken in"):
            read(exhibit)
    path.parent.chmod(0o700)
    path.unlink()
    for read in readers:
        with pytest.raises(Undecodable, match="is not there any more"):
            read(exhibit)


def test_cancelling_stops_the_waiting(workspace, exhibit):
    progress = Progress()
    progress.cancel()
    for read in (workspace.files.statements, workspace.files.residual, workspace.files.spectrum):
        with pytest.raises(Cancelled):
            read(exhibit, progress=progress)


def _dies(*_):
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    time.sleep(5)


@pytest.mark.skipif(os.name != "posix", reason="kills itself with a signal")
def test_credentials_that_kill_their_reader_cost_nothing_else(workspace, exhibit, monkeypatch):
    monkeypatch.setattr(files, "evidence_provenance", _dies)
    said = workspace.files.statements(exhibit)
    assert said.generator
    assert said.provenance is None
    assert said.remarks[0].startswith("Content Credentials were not checked:")
    assert workspace.files.spectrum(exhibit).values.any()  # the next reader is there
