from PySide6.QtWidgets import QPushButton

from app.widgets.filter_chips import FilterChips, chips_of
from core.domain import ExhibitFilter, ReviewState, Verdict

NAMES = tuple(f"name {digit}" for digit in range(10))
WANTED = ExhibitFilter(
    text="cat & dog",
    verdicts=frozenset({Verdict.ATTRIBUTED}),
    architectures=frozenset({"stylegan2"}),
    tags=frozenset({3}),
    states=frozenset({ReviewState.REVIEWED}),
    score_from=0.5,
    agreement_from=8,
    groups=frozenset({7}),
)


def test_every_restriction_is_a_chip_that_can_go():
    chips = chips_of(WANTED, NAMES, {"stylegan2": "StyleGAN2"}, {7: "Same camera"})
    texts = [chip.text for chip in chips]
    assert texts == [
        *("“cat & dog”", "Attributed", "StyleGAN2", "Reviewed", "3  name 3", "group Same camera"),
        *("score 0.50 – 1.00", "≥ 8/16 tiles"),
    ]
    for chip in chips:
        assert len(chips_of(chip.without, NAMES, {})) == len(chips) - 1
    left = WANTED
    while left != ExhibitFilter():
        left = chips_of(left, NAMES, {})[0].without


def test_a_click_takes_one_away_and_the_last_shows_all(qtbot):
    chips, got = FilterChips(), []
    qtbot.addWidget(chips)
    chips.filter_changed.connect(got.append)
    chips.set_filter(WANTED, NAMES, {})
    buttons = [button for button in chips.findChildren(QPushButton) if not button.isHidden()]
    buttons[0].click()
    assert got[-1].text == ""
    buttons[-1].click()
    assert got[-1] == ExhibitFilter()
    chips.set_filter(ExhibitFilter(), NAMES, {})
    assert chips.isHidden()
