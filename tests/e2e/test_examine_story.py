"""Story: an examiner looks closely at one exhibit: tiles, map check, robustness, metadata, neighbours; and at two."""

from app.pages.examine_sections import NearSection, RobustnessSection, StatementsSection
from app.pages.explaining_sections import MapCheckSection, TilesSection
from core.domain import CaseDetails, Verdict
from core.examine import LayerKind
from tests.conftest import save_pictures
from tests.e2e.window import LONG_MS, drop, open_window, settle, shown_ids


def test_one_exhibit_from_every_side_with_the_real_services(qtbot, tmp_path, installed):
    folder = save_pictures(tmp_path / "in", 4)
    with open_window(qtbot) as window:
        window.desk.create(tmp_path / "close.dnacase", CaseDetails("Close"))
        settle(qtbot, window)
        drop(window, [folder])
        settle(qtbot, window)
        window.show_page("triage")
        settle(qtbot, window)
        services, page = window._workspace, window.pages.page("examine")
        lines = services.exhibits.lines(shown_ids(window))
        first, second = [line.id for line in lines if line.verdict is not Verdict.OUT_OF_SCOPE][:2]
        window.show_exhibit(first)
        settle(qtbot, window)

        def see(kind):
            section = page.findChild(kind)
            page.view.tabs.show_section(section.widget)
            settle(qtbot, window)
            return section.view

        tiles = see(TilesSection)
        assert "of 16 tiles agree" in tiles.agreement.text()
        tiles.show_tile(5)
        assert not tiles.picture.pixmap().isNull()
        assert see(StatementsSection).search.isEnabled()
        assert see(NearSection).exhibits.count() >= 1
        robust = see(RobustnessSection)
        robust.button.click()
        qtbot.waitUntil(lambda: "JPEG" in robust.plots, timeout=LONG_MS)
        settle(qtbot, window)
        kept = services.robustness.latest(first, preset="standard")
        assert kept.finding_id == services.analysis.finding(first).id
        assert len(kept.steps) == 22
        check = see(MapCheckSection)
        check.button.click()
        settle(qtbot, window)
        assert services.explaining.kept_sanity(first).informative is (
            "not informative" not in check.headline.text().lower()
        )

        page.show_together((first, second))
        settle(qtbot, window)
        page.trigger("examine.everywhere")
        page.trigger("examine.toggle_heat_map")
        page.view.layers.lock.setChecked(True)
        settle(qtbot, window)
        qtbot.waitUntil(lambda: all(desk.pane.shown_map is not None for desk in page.panes.used), timeout=LONG_MS)
        settle(qtbot, window)
        peaks = [desk.pane.shown_map.heat_map.peak for desk in page.panes.used]
        shares = [desk.pane.heat_map.share for desk in page.panes.used]
        assert max(shares) == 1.0
        assert abs(min(shares) - min(peaks) / max(peaks)) < 1e-6
        assert all(desk.pane.stack.shows(LayerKind.HEAT_MAP) for desk in page.panes.used)
