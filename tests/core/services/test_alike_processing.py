"""Recipes changed so that all classes are resized and re-compressed alike."""

import tomllib

import pytest

from core.dna.recipe import read_recipe
from core.errors import NotFound
from core.services.alike_processing import commonly_processed, with_values, write_commonly_processed
from core.services.training import Training


@pytest.mark.parametrize("name", ["quick", "standard", "paper"])
def test_every_view_is_resized_and_recompressed(tmp_path, name):
    shipped = Training().recipe_named(name)
    made = write_commonly_processed(shipped, tmp_path / "made.toml")
    before, after = tomllib.loads(shipped.read_text()), tomllib.loads(made.read_text())
    assert (after["augment"]["resize"], after["augment"]["jpeg"], after["augment"]["webp"]) == (1.0, 1.0, 0.0)
    assert after.get("extension", {}).get("clean", False) is False
    for part in before.keys() - {"augment", "extension"}:
        assert after[part] == before[part]
    kept = before.get("augment", {}).keys() - {"resize", "jpeg", "webp"}
    assert all(after["augment"][key] == before["augment"][key] for key in kept)
    assert read_recipe(made).digest != read_recipe(shipped).digest


def test_a_recipe_that_processes_nothing_gets_the_section():
    made = tomllib.loads(commonly_processed("[card]\nname = 'a'\n"))
    assert made["augment"] == {"resize": 1.0, "jpeg": 1.0, "webp": 0.0}
    assert "extension" not in made


def test_other_sections_keep_keys_of_the_same_name():
    made = tomllib.loads(with_values("[a]\nx = 1\n[b] # two\nx = 2\ny = 3\n[c]\nx = 4\n", "b", {"x": "9"}))
    assert made == {"a": {"x": 1}, "b": {"x": 9, "y": 3}, "c": {"x": 4}}


def test_a_recipe_that_is_not_there(tmp_path):
    with pytest.raises(NotFound):
        write_commonly_processed(tmp_path / "no.toml", tmp_path / "made.toml")
