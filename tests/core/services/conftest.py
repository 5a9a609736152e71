"""A case that a report can be issued of, open."""

import shutil

import pytest

from core.services.workspace import Workspace
from tests.core.services.reported_case import make, plant


@pytest.fixture(scope="session")
def made_case(tmp_path_factory, tiny_detector):
    """Three exhibits, taken in once for all tests."""
    folder = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(folder / "home"))
        return make(folder / "one", None)


@pytest.fixture
def workspace(made_case, tmp_path, installed):
    """A copy of it, open, with planted findings."""
    case = tmp_path / "one.dnacase"
    shutil.copytree(made_case, case)
    with Workspace() as opened:
        opened.settings.set("examiner", "A. Moreau")
        opened.cases.open(case)
        plant(opened, installed)
        yield opened
