import csv
import sys
import time

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from core.dna.curves import EventFiles, read_curves, thinned


def write(run, rows):
    with (run / "curves.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["step", "classification", "contrast", "recall"])
        writer.writeheader()
        writer.writerows(rows)


def rows_of(count):
    rows = [{"step": step, "classification": 1 / step, "contrast": 2.0} for step in range(1, count + 1)]
    for row in rows[4::5]:
        row["recall"] = row["step"] / count
    return rows


def test_rows_are_read_as_they_were_written(tmp_path):
    rows = rows_of(12)
    write(tmp_path, rows)
    assert read_curves(tmp_path / "curves.csv") == rows
    assert read_curves(tmp_path / "nothing.csv") == []


def test_a_card_gets_few_rows_with_mean_losses_and_the_last_figures():
    rows = rows_of(1000)
    out = thinned(rows, 100)
    assert [row["step"] for row in out] == list(range(10, 1001, 10))
    assert out[3]["classification"] == pytest.approx(np.mean([1 / step for step in range(31, 41)]), rel=1e-5)
    assert out[3]["recall"] == pytest.approx(0.04)
    assert len(thinned(rows)) == 200
    assert thinned(rows_of(3)) == [
        {"step": 1, "classification": 1.0, "contrast": 2.0},
        {"step": 2, "classification": 0.5, "contrast": 2.0},
        {"step": 3, "classification": pytest.approx(1 / 3, rel=1e-5), "contrast": 2.0},
    ]
    assert thinned([]) == []


def scalars(run, name, *, missing_ok=False):
    events = EventAccumulator(str(run))
    events.Reload()
    if missing_ok and name not in events.Tags()["scalars"]:
        return []
    return [(event.step, pytest.approx(event.value, rel=1e-6)) for event in events.Scalars(name)]


def test_tensorboard_sees_every_row_once(tmp_path):
    rows = rows_of(20)
    with EventFiles(tmp_path) as events:
        assert not events.problem
        write(tmp_path, rows[:10])
        events.follow()
        events.follow()
        write(tmp_path, rows)
    assert scalars(tmp_path, "loss/classification") == [(row["step"], row["classification"]) for row in rows]
    assert scalars(tmp_path, "held out/recall") == [(row["step"], row["recall"]) for row in rows[4::5]]


def test_tensorboard_sees_the_rows_while_the_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("core.dna.curves._EVERY_SECONDS", 0.01)
    with EventFiles(tmp_path):
        write(tmp_path, rows_of(4))
        for _ in range(500):
            time.sleep(0.01)
            if list(tmp_path.glob("events*")) and len(scalars(tmp_path, "loss/contrast", missing_ok=True)) == 4:
                break
        else:
            pytest.fail("no row came in five seconds")


def test_a_resumed_run_shows_its_steps_once(tmp_path):
    rows = rows_of(10)
    write(tmp_path, rows)
    with EventFiles(tmp_path):
        pass
    write(tmp_path, rows[:6])  # the checkpoint was older than the curves
    with EventFiles(tmp_path) as events:
        events.follow()
        write(tmp_path, rows)
    assert [step for step, _ in scalars(tmp_path, "loss/contrast")] == list(range(1, 11))


def test_without_tensorboard_the_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    write(tmp_path, rows_of(3))
    with EventFiles(tmp_path) as events:
        assert "Install the package 'tensorboard'" in events.problem
        events.follow()
    assert not list(tmp_path.glob("events*"))


def test_event_files_that_cannot_be_written_do_not_stop_a_run(tmp_path, monkeypatch):
    write(tmp_path, rows_of(3))
    with EventFiles(tmp_path) as events:
        events._writer.flush()

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(events._writer, "add_scalar", full)
        events.follow()
        assert "No space left" in events.problem
    (tmp_path / "file").write_text("")
    assert "could not be written" in EventFiles(tmp_path / "file").problem
