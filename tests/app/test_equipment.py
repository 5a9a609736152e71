from app.equipment import Equipment
from core.errors import NotFound


def test_it_tells_what_is_in_use(stand_in, jobs, qtbot):
    equipment = Equipment(stand_in, jobs)
    with qtbot.waitSignal(equipment.changed) as told:
        equipment.read()
    assert told.args == ["field-native 1", "CPU (2 threads)", "auto"]


def test_choosing_a_device_is_kept_and_told(stand_in, jobs, qtbot):
    equipment = Equipment(stand_in, jobs)
    with qtbot.waitSignal(equipment.changed) as told:
        equipment.choose_device("cpu")
    assert told.args[2] == "cpu"
    assert stand_in.settings.get("analysis.device") == "cpu"


def test_without_a_detector_there_is_still_a_device(stand_in, jobs, qtbot):
    stand_in.fail["detectors.current"] = NotFound("There is no detector.")
    equipment = Equipment(stand_in, jobs)
    with qtbot.waitSignal(equipment.changed) as told:
        equipment.read()
    assert told.args[0] == ""
