from app.widgets.label_scatter import LabelScatter, Spot, read_spots


def test_points_without_a_place_are_left_out():
    rows = [{"x": 1, "y": 2, "label": "a", "said": "b"}, {"x": float("nan"), "y": 1}, {"x": "1", "y": 1}, {}]
    assert read_spots(rows) == (Spot(1.0, 2.0, "a", "b"),)


def test_what_is_seen_is_also_told(qtbot):
    scatter = LabelScatter("Map")
    qtbot.addWidget(scatter)
    spots = (Spot(0, 0, "a", "a"), Spot(1, 1, "a", "b"), Spot(2, 0, "b", ""))
    scatter.set_spots(spots, ("a", "b", "c"), {"a": "Class A"})
    assert scatter.accessibleDescription() == "Class A: 2 images, 1 called another. b: 1 image"


def test_one_point_and_points_on_one_spot_are_drawn(qtbot):
    scatter = LabelScatter("Map")
    qtbot.addWidget(scatter)
    scatter.resize(300, 300)
    for spots in ((Spot(3, 3, "a", "a"),), (Spot(3, 3, "a", "a"),) * 5, ()):
        scatter.set_spots(spots, ("a",), {})
        assert not scatter.grab().isNull()


def test_the_legend_breaks_its_lines_where_it_is_narrow(qtbot):
    scatter = LabelScatter("Map")
    qtbot.addWidget(scatter)
    scatter.set_spots((Spot(0, 0, "a", "b"),), tuple(f"architecture number {n}" for n in range(8)), {})
    assert max(row for _, row, _ in scatter._entries(260)) > max(row for _, row, _ in scatter._entries(1200))
    assert scatter._entries(260)[-1][2] == "called another class"


def test_a_class_nobody_listed_is_drawn_all_the_same(qtbot):
    scatter = LabelScatter("Map")
    qtbot.addWidget(scatter)
    scatter.resize(300, 300)
    scatter.set_spots((Spot(0, 0, "stranger", ""),), ("a",), {})
    assert not scatter.grab().isNull()
