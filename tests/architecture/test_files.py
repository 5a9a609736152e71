"""The habits of the house that can be read off the files: size, names, empty packages, no paths of one machine."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("app", "core", "docs", "packaging", "resources", "tests", ".ci")
NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "info", "processor"}
LONGEST = 400
# Written so that none of the patterns finds itself here.
MACHINES = re.compile(r"(?<![\w.~])/(?:home|Users|root|work)/\w|[A-Za-z]:\\{1,2}Users\\", re.ASCII)
REGISTRIES = re.compile(r"pypi\.org|python[h]osted|download\.py[t]orch|[a]naconda\.org|extra-index-ur[l]")
# Messages between our own processes, read by an unpickler that knows our records only; nothing of it is stored.
BETWEEN_PROCESSES = {"core/imaging/transport.py", "core/imaging/worker_process.py"}
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def all_files():
    files = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in files if "__pycache__" not in path.parts)


def shown(path):
    return path.relative_to(ROOT).as_posix()


FILES = all_files()
MODULES = [path for path in FILES if path.suffix == ".py"]


def text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_the_files_are_found():
    assert {"core/domain.py", "packaging/bootstrap.py", "pyproject.toml", ".ci/run"} <= set(map(shown, FILES))


def test_no_module_is_too_long_to_read():
    lengths = {shown(path): len(text_of(path).splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_no_file_is_a_drawer():
    assert [shown(path) for path in MODULES if NAMES & set(path.stem.lower().split("_"))] == []


def test_no_class_is_a_drawer():
    endings = tuple(name.capitalize() for name in NAMES)
    classes = [
        f"{shown(path)}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.ClassDef) and node.name.endswith(endings)
    ]
    assert classes == []


def test_package_files_are_empty():
    assert [shown(path) for path in FILES if path.name == "__init__.py" and path.stat().st_size] == []


def test_the_packaging_folder_does_not_shadow_the_library():
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_no_file_names_a_machine_or_a_registry():
    found = [
        f"{shown(path)}: {match.group()}"
        for path in FILES
        for pattern in (MACHINES, REGISTRIES)
        for match in pattern.finditer(text_of(path))
    ]
    assert found == []


def test_nothing_stored_is_pickled():
    imports = [
        f"{shown(path)}: {name}"
        for path in MODULES
        if not shown(path).startswith("tests/") and shown(path) not in BETWEEN_PROCESSES
        for node in ast.walk(ast.parse(text_of(path)))
        for name in imported(node)
        if name.partition(".")[0] in PICKLES
    ]
    assert imports == []


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_the_bootstrap_needs_nothing_but_python():
    own = {path.stem for path in (ROOT / "packaging").glob("*.py")}
    for name in ("bootstrap.py", "environment.py", "system_libraries.py"):
        tree = ast.parse(text_of(ROOT / "packaging" / name))
        used = {name.partition(".")[0] for node in ast.walk(tree) for name in imported(node)}
        assert used <= set(sys.stdlib_module_names) | own


def test_an_old_python_can_read_the_bootstrap():
    ast.parse(text_of(ROOT / "packaging" / "bootstrap.py"), feature_version=(3, 7))
