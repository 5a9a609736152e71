import subprocess
import sys
import textwrap

from app.bootstrap import LateWorkspace
from core.settings import Settings

START = """
import sys, time
from PySide6.QtCore import QTimer
from app import bootstrap
from app.main_window import MainWindow

shown = []
show = MainWindow.show
def noting(window):
    show(window)
    shown.append(set(sys.modules))
    QTimer.singleShot(300, window.close)
MainWindow.show = noting
status = bootstrap.run(None)
heavy = {"torch", "sqlalchemy", "alembic", "core.services.workspace", "scipy", "cv2", "pyqtgraph"}
print(status, sorted(heavy & shown[0]), "torch" in sys.modules)
"""


def test_the_window_shows_without_database_and_networks(own_user_folder):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(START)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "0 [] False", done.stderr


def test_the_workspace_is_made_when_it_is_first_asked_for(tmp_path, monkeypatch):
    made = []

    class Workspace:
        def __init__(self, settings):
            made.append(settings)
            self.cases = "cases"

        def close(self):
            made.append("closed")

    monkeypatch.setattr("core.services.workspace.Workspace", Workspace)
    settings = Settings(tmp_path / "settings.json")
    late = LateWorkspace(settings)
    assert late.settings is settings
    late.close()
    assert made == []
    assert late.cases == "cases"
    assert late.cases == "cases"
    late.close()
    assert made == [settings, "closed"]
