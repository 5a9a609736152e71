from dataclasses import replace

from app.widgets.heat_map_layer import merge_patches
from app.widgets.map_words import legend
from core.domain import DetectorReference
from core.examine import HeatMapPatch
from tests.app.examine_fakes import TITLES, a_finding, a_heat_map, an_exhibit

EXHIBIT = an_exhibit()
FINDING = a_finding(EXHIBIT)


def _legend(heat_map):
    return legend(heat_map, merge_patches(heat_map), FINDING, TITLES)


def test_it_says_what_was_asked_what_one_means_and_what_was_not_looked_at():
    words = _legend(a_heat_map(EXHIBIT, 4, "latent-diffusion"))
    assert words.startswith("Layer 4 for Latent Diffusion. 1 is the strongest place, near pixel ")
    assert "(raw 0.02)" in words
    assert "Uncoloured outside the dotted lines: 67 % was not looked at." in words


def test_a_map_of_the_whole_image_says_so():
    heat_map = a_heat_map(EXHIBIT, 4, "real")
    whole = HeatMapPatch((0, 0, 640, 480), heat_map.patches[0].values)
    assert "The whole image was looked at." in _legend(replace(heat_map, patches=(whole,)))


def test_an_empty_map_says_that_nothing_spoke_for_the_class():
    words = _legend(a_heat_map(EXHIBIT, 7, "real", peak=0.0))
    assert words == "Layer 7: no place of the image spoke for Real photograph, so there is nothing to colour."


def test_a_map_of_another_detector_is_called_that():
    other = replace(a_heat_map(EXHIBIT, 4, "real"), detector=DetectorReference("other", "2", "00" * 32))
    assert "Made by another detector than the finding!" in _legend(other)


def test_a_map_of_a_detector_with_two_voices_says_that_it_shows_one():
    heat_map = a_heat_map(EXHIBIT, 4, "real")
    merged = merge_patches(heat_map)
    for voices, said in ((["network", "spectrum"], True), (["network"], False)):
        words = legend(heat_map, merged, replace(FINDING, conditions={"voices": voices}), TITLES)
        assert ("The map shows the network alone" in words) is said
