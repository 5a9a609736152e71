import numpy as np
import pytest

from app.widgets.colour_map import COLOUR_MAPS, colourise

BY_ID = {colours.id: colours for colours in COLOUR_MAPS}
# G. Machado et al., "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def _luminance(table, matrix):
    encoded = table / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return (linear @ np.array(matrix).T).clip(0, 1) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_the_default_only_ever_gets_lighter_whatever_the_colour_vision(kind):
    assert COLOUR_MAPS[0].id == "blue-yellow"
    luminance = _luminance(COLOUR_MAPS[0].table, DEFICIENCIES[kind])
    assert np.diff(luminance).min() > -0.001
    assert np.diff(luminance[::16]).min() > 0.001
    assert luminance[-1] - luminance[0] > 0.8


def test_jet_runs_from_blue_to_red_and_the_papers_the_other_way():
    assert BY_ID["jet"].table[0].tolist() == [0, 0, 128]
    assert BY_ID["jet"].table[-1].tolist() == [128, 0, 0]
    np.testing.assert_array_equal(BY_ID["jet-paper"].table, BY_ID["jet"].table[::-1])


def test_values_become_premultiplied_bgra_and_gaps_become_transparent():
    values = np.array([[0.0, 1.0], [np.nan, 2.0]], np.float32)
    pixels = colourise(values, BY_ID["jet"])
    assert pixels[0, 0].tolist() == [128, 0, 0, 255]
    assert pixels[0, 1].tolist() == [0, 0, 128, 255]
    assert pixels[1, 0].tolist() == [0, 0, 0, 0]
    assert pixels[1, 1].tolist() == pixels[0, 1].tolist()
