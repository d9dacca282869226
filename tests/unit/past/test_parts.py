"""What it takes to read the genomes of a run, and what is not run for that."""

import json
from pathlib import Path

import pytest

from neatfool import encodings, past, runs
from neatfool.errors import RunError
from neatfool.images import Canvas
from neatfool.past.parts import look
from neatfool.search import MapElitesSettings
from tests.evolving import configured, evolve

PROGRAM = """
from pathlib import Path

Path(__file__).with_name("ran").touch()
"""


def test_networks_are_read_with_the_canvas_that_they_paint_on(tmp_path: Path) -> None:
    settings = encodings.CppnSettings(canvas={"coordinates": "pixels", "rounding": "down"})
    evolve(tmp_path / "run", configured(settings, MapElitesSettings(batch=4)), (1, 6, 5), 1)
    assert look(tmp_path / "run").encoding.medium == Canvas((1, 6, 5), "pixels", "down")


def test_a_network_is_not_loaded_for_a_run_that_hides_that_it_evolves_images(
    tmp_path: Path,
) -> None:
    folder, program = tmp_path / "run", tmp_path / "net.py"
    evolve(folder, configured(encodings.CppnSettings(), MapElitesSettings(batch=4)), (1, 6, 5), 1)
    program.write_text(PROGRAM)
    model = [f'task.classifier.model="{program}:build"']
    config = past.read_config(folder, model)
    (folder / "resolved.toml").write_text(runs.dump_config(config))
    about = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps(about | {"shape": None}))

    with pytest.raises(RunError, match="does not fit the run"):
        look(folder)

    assert not (tmp_path / "ran").exists()
