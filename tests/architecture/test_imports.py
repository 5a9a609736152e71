"""The import contracts are kept, and each of them turns red when a violation is planted."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

DIRECTION = "app sits on core; core never looks up"
CORE = "inside core: services, then engines, then words"
APP = "inside app: bootstrap and the command line, then pages, then parts"
QT = "core is free of Qt"
DOOR = "app speaks to services and words only"
ROOMS = "the database stays in the store, torch in the networks' rooms"
LAB = "lab and marks build on dna only"

INSIDE_A_FUNCTION = "def planted():\n    import {}\n"
PLANTS = [
    ("core/store/planted.py", "import PySide6", QT),
    ("core/imaging/planted.py", INSIDE_A_FUNCTION.format("PySide6.QtGui"), QT),
    ("core/services/planted.py", "import superqt", QT),
    ("core/report/planted.py", "import app.errors", DIRECTION),
    ("core/store/planted.py", "import core.services", CORE),
    ("core/dna/planted.py", "import core.store", CORE),
    ("core/imaging/planted.py", INSIDE_A_FUNCTION.format("core.dna"), CORE),
    ("core/domain.py", "import core.report", CORE),
    ("core/planted.py", "", CORE),
    ("core/lab/planted.py", "import core.store", LAB),
    ("core/marks/planted.py", "import core.imaging", LAB),
    ("app/widgets/planted.py", "import app.pages", APP),
    ("app/widgets/planted.py", "import app.tables", APP),
    ("app/pages/planted.py", "import app.main_window", APP),
    ("app/planted.py", "", APP),
    ("app/pages/planted.py", "import core.store", DOOR),
    ("app/pages/planted.py", "import torch", DOOR),
    ("app/dialogs/planted.py", INSIDE_A_FUNCTION.format("core.imaging"), DOOR),
    ("core/services/planted.py", "import torch", ROOMS),
    ("core/report/planted.py", INSIDE_A_FUNCTION.format("sqlalchemy"), ROOMS),
]


def lint_imports(folder: Path):
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS],
        cwd=folder,
        env=os.environ | {"COLUMNS": "300", "PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the source, found clean; its cache makes the later runs quick."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in ("app", "core"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    run = lint_imports(folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture
def plant(copy):
    """Add lines to a file of the copy and take them away again."""
    planted = {}

    def add(path, code):
        file = copy / path
        planted[file] = file.read_bytes() if file.exists() else None
        file.write_text((planted[file] or b"").decode() + "\n" + code + "\n", encoding="utf-8")

    yield add
    for file, before in planted.items():
        file.unlink() if before is None else file.write_bytes(before)


@pytest.mark.parametrize(("path", "code", "contract"), PLANTS)
def test_a_planted_violation_turns_its_contract_red(copy, plant, path, code, contract):
    plant(path, code)
    run = lint_imports(copy)
    assert run.returncode == 1
    assert re.search(rf"{re.escape(contract)} BROKEN", run.stdout), run.stdout + run.stderr


def test_every_contract_is_proven():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for _, _, contract in PLANTS}


@pytest.mark.parametrize(
    ("path", "code", "rule"),
    [
        ("core/services/planted.py", "import torch\n", "TID253"),
        ("app/pages/planted.py", "from torchvision import transforms\n", "TID253"),
        ("core/imaging/planted.py", INSIDE_A_FUNCTION.format("PySide6"), "TID251"),
        ("core/services/planted.py", "from sqlalchemy import select\n", "TID251"),
        ("core/store/planted.py", "from . import schema\n", "TID252"),
        ("app/pages/planted.py", "try:\n    pass\nexcept Exception:\n    pass\n", "BLE001"),
        ("core/dna/planted.py", "print('done')\n", "T201"),
    ],
)
def test_ruff_refuses_what_the_contracts_do_not_see(path, code, rule):
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename", path, "-"]
    run = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
    assert rule in run.stdout
