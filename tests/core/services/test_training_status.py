"""What a training says of itself while it runs."""

import json

from core.services.training_status import STATUS, Follower


def test_a_stage_of_as_many_images_as_the_one_before_has_its_own_name(tmp_path):
    with Follower(tmp_path / STATUS, None, tmp_path / "run") as follower:
        for stage in ("Hashing images", "Reading views"):
            follower.progress.start(stage, 5, "images")
            assert json.loads((tmp_path / STATUS).read_text())["stage"] == stage
            for _ in range(5):
                follower.progress.step()
