"""The set-up says in a sentence what stands in its way, and starts over only when it must."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


def load(name, monkeypatch):
    """A fresh copy of a module of `packaging/`, which is no package."""
    specification = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, name, module)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def environment(monkeypatch, tmp_path):
    module = load("environment", monkeypatch)
    folder = tmp_path / ".venv"
    for name, path in {
        "FOLDER": folder,
        "INSTALLED": folder / "installed.txt",
        "UNFINISHED": folder / "unfinished",
        "DOWNLOADS": folder / "downloads",
    }.items():
        monkeypatch.setattr(module, name, path)
    return module


@pytest.fixture
def libraries(environment, monkeypatch):
    module = load("system_libraries", monkeypatch)
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setattr(module, "FONT_FOLDERS", ())
    monkeypatch.setattr(module, "LIBRARIES", (module.Library("libmissing.so.9", "libmissing9", essential=True),))
    return module


@pytest.fixture
def bootstrap(environment, monkeypatch):
    return load("bootstrap", monkeypatch)


def test_without_a_command_the_usage_is_shown(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bootstrap.py"])
    assert bootstrap.main() == 2
    assert "bootstrap.py demo" in capsys.readouterr().out


def test_an_old_python_is_told_so(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "demo"])
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    assert bootstrap.main() == 3
    assert "needs Python 3.11" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one(bootstrap, monkeypatch):
    called = []
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "test", "-x"])
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "newer" if name == "python3.12" else None)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda command: called.append(command) or 7)
    assert bootstrap.main() == 7
    assert called == [["newer", str(PACKAGING / "bootstrap.py"), "test", "-x"]]


def test_a_failed_check_keeps_the_tests_from_starting(bootstrap, environment, monkeypatch, capsys):
    run = []
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", "test"])
    monkeypatch.setattr(environment, "prepare", lambda *, test: sys.executable)
    monkeypatch.setattr(bootstrap, "_check", lambda name, *_: run.append(name) or name != "mypy")
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: pytest.fail("pytest was started"))
    monkeypatch.setitem(sys.modules, "system_libraries", type("Nothing", (), {"require_qt": lambda: None}))
    assert bootstrap.main() == 1
    assert run == ["ruff check", "ruff format --check", "lint-imports", "mypy"]
    assert "not started" in capsys.readouterr().err


def test_a_window_needs_a_display_that_answers(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    assert not bootstrap._window_opens("python", {"DISPLAY": ""})
    assert "no display" in capsys.readouterr().out
    assert bootstrap._without_display({"DISPLAY": ":9", "HOME": "h"}) == {"HOME": "h", "QT_QPA_PLATFORM": "offscreen"}


def test_the_same_list_is_not_installed_twice(environment, monkeypatch):
    installs = []
    monkeypatch.setattr(environment, "_working_version", lambda: "3.11")
    monkeypatch.setattr(environment, "_install", installs.append)
    environment.FOLDER.mkdir()
    environment._prepared(test=True)
    environment._prepared(test=True)
    environment._prepared(test=False)
    assert len(installs) == 1
    monkeypatch.setattr(environment, "_requirements", lambda *, test: ["another==1"])
    environment._prepared(test=False)
    assert installs[1:] == [["another==1"]]


def test_an_unfinished_environment_does_not_count_as_working(environment):
    environment._python().parent.mkdir(parents=True)
    environment._python().touch()
    environment.UNFINISHED.touch()
    assert environment._working_version() is None


def test_a_folder_that_is_not_ours_is_left_alone(environment):
    environment.FOLDER.mkdir()
    precious = environment.FOLDER / "thesis.txt"
    precious.touch()
    with pytest.raises(environment.SetupFailed, match="no virtual environment"):
        environment._made_anew()
    assert precious.exists()


def test_too_little_space_is_said_before_anything_is_downloaded(environment, monkeypatch):
    environment.FOLDER.mkdir()
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2_100_000_000}))
    monkeypatch.setattr(environment.subprocess, "Popen", lambda *_, **__: pytest.fail("pip was started"))
    with pytest.raises(environment.SetupFailed, match=r"Only 2\.1 GB are free"):
        environment._install(["torch"])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "is full"),
        ("Retrying after NewConnectionError\nERROR: No matching distribution found for torch", "network"),
        ("ERROR: No matching distribution found for torch", "no build for Python"),
        ("ERROR: something else", "last lines are above"),
    ],
)
def test_what_stopped_pip_becomes_a_sentence(environment, said, sentence):
    assert sentence in environment._reason(said)


def test_unpacking_marks_the_environment_as_unfinished(environment, capsys):
    environment.FOLDER.mkdir()
    said = [
        "Requirement already satisfied: numpy\n",
        "  Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl (539.1 MB)\n",
        "Installing collected packages: torch\n",
    ]
    followed = environment._followed(iter(said))
    next(followed)
    assert not environment.UNFINISHED.exists()
    assert list(followed) == said[2:]
    assert environment.UNFINISHED.exists()
    assert "downloading torch-2.15.0 (539.1 MB)" in capsys.readouterr().out


def test_a_refused_write_is_a_sentence(environment, libraries, monkeypatch):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(libraries, "provide", lambda: None)
    monkeypatch.setattr(environment, "_prepared", refused)
    with pytest.raises(environment.SetupFailed, match="Permission denied"):
        environment.prepare(test=False)


def test_without_rights_the_exact_command_is_said(libraries, monkeypatch, capsys):
    monkeypatch.setattr(libraries.shutil, "which", lambda name: name)
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(libraries.subprocess, "run", lambda *_, **__: pytest.fail("something was started"))
    libraries.provide()
    expected = "sudo apt-get install --no-install-recommends libmissing9 fonts-dejavu-core"
    assert expected in capsys.readouterr().out
    with pytest.raises(libraries.SetupFailed, match=r"libmissing\.so\.9"):
        libraries.require_qt()


def test_with_rights_the_packages_are_installed(libraries, monkeypatch):
    started = []

    def run(command, **_):
        started.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(libraries.shutil, "which", lambda name: name)
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(libraries.subprocess, "run", run)
    libraries.provide()
    assert started[0] == ["apt-get", "update"]
    assert started[1][-2:] == ["libmissing9", "fonts-dejavu-core"]


def test_an_interpreter_that_cannot_make_environments_stops_with_the_way_out(libraries, monkeypatch):
    monkeypatch.setattr(libraries.shutil, "which", lambda name: name)
    monkeypatch.setattr(libraries.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(libraries, "_makes_environments", lambda: False)
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    with pytest.raises(libraries.SetupFailed, match=package):
        libraries.provide()
