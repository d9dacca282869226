"""Evolving for a function, from Python in a few lines."""

from pathlib import Path

import numpy as np
import pytest

from neatfool import KindSettings, evolve, one_by_one, past, runs
from neatfool.errors import ConfigError, RunError, ShapeError
from neatfool.networks.compile import is_acyclic
from neatfool.reports import of_file, of_run
from neatfool.tasks import NetworkBatch

CASES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
WANTED = np.array([0, 1, 1, 0])
SMALL = {"generations": 8, "search__batch": 30}


def xor(networks: NetworkBatch) -> np.ndarray:
    return 4 - np.abs(networks(CASES)[:, :, 0] - WANTED).sum(axis=1)


def test_the_best_network_has_the_best_fitness_of_the_history() -> None:
    found = evolve(xor, inputs=2, **SMALL)

    assert found.stopped_because == "generations"
    assert found.evaluations.tolist() == [30 * k for k in range(1, 9)]
    assert (np.diff(found.history) >= 0).all()
    assert found.history[-1] > found.history[0]
    answers = found.best(CASES)
    assert answers.shape == (4, 1)
    assert (
        found.best.fitness
        == found.history[-1]
        == pytest.approx(4 - np.abs(answers[:, 0] - WANTED).sum())
    )
    assert found.best(CASES[1]).tolist() == answers[1].tolist()


def test_one_network_at_a_time_is_the_same_and_so_are_equal_seeds() -> None:
    @one_by_one
    def alone(network) -> float:
        return float(4 - np.abs(network(CASES)[:, 0] - WANTED).sum())

    batched, single = evolve(xor, 2, **SMALL, run__seed=3), evolve(alone, 2, **SMALL, run__seed=3)
    assert batched.history.tobytes() == single.history.tobytes()
    assert evolve(xor, 2, **SMALL, run__seed=4).history[-1] != batched.history[-1]


def test_networks_can_be_asked_points_of_their_own() -> None:
    def own(networks: NetworkBatch) -> np.ndarray:
        shared = networks(CASES)
        each = networks(np.broadcast_to(CASES, (len(networks), *CASES.shape)))
        np.testing.assert_allclose(shared, each, atol=1e-6)
        return np.zeros(len(networks))

    evolve(own, inputs=["left", "right"], outputs=3, generations=2, search__batch=12)


def test_it_stops_at_a_target() -> None:
    found = evolve(xor, 2, generations=500, search__batch=30, run__target=2.5)
    assert found.stopped_because == "target"
    assert found.history[-1] >= 2.5 > found.history[-2]


def test_a_run_in_a_folder_goes_on_and_can_be_looked_at(tmp_path: Path) -> None:
    whole = evolve(xor, 2, **SMALL, out=tmp_path / "whole")
    evolve(xor, 2, **{**SMALL, "generations": 3}, out=tmp_path / "cut")
    resumed = evolve(xor, 2, **SMALL, out=tmp_path / "cut")

    assert resumed.history.tobytes() == whole.history.tobytes()
    assert (tmp_path / "cut" / "report.html").exists()
    assert of_run(tmp_path / "cut").title.startswith("fitness · ")
    config = past.read_config(tmp_path / "cut")
    with pytest.raises(ConfigError, match=r"call neatfool\.evolve"):
        runs.complete(
            config.model_copy(update={"run": config.run.model_copy(update={"generations": 9})}),
            tmp_path / "cut",
        )


def test_a_run_of_one_function_does_not_go_on_with_another(tmp_path: Path) -> None:
    def other(networks: NetworkBatch) -> np.ndarray:
        return xor(networks)

    evolve(xor, 2, generations=2, search__batch=12, out=tmp_path)
    with pytest.raises(RunError, match=r"a run of the function xor: expected it again, got other"):
        evolve(other, 2, generations=3, search__batch=12, out=tmp_path)


def test_it_draws_itself_and_is_saved(tmp_path: Path) -> None:
    found = evolve(xor, 2, generations=2, search__batch=12)
    shown = found._repr_html_()
    assert (shown.count("<svg"), shown.count("<style")) == (2, 0)
    found.best.save(tmp_path / "best.json")
    assert len(of_file(tmp_path / "best.json").graphs) == 1


@pytest.mark.parametrize(
    ("fitness", "given", "message"),
    [
        (lambda networks: 3.0, {}, r"an array of shape \(12,\), got \(\)"),
        (lambda networks: networks(CASES), {}, r"got \(12, 4, 1\)"),
        (lambda networks: networks([[1, 2, 3]]), {}, r"expected inputs \(X, 2\), the same for all"),
        (xor, {"search__bach": 3}, "unknown key search.bach: did you mean search.batch"),
        (xor, {"species": 3}, "unknown setting species: "),
        (xor, {"patience": 3}, "unknown setting patience: "),
        (xor, {"batch": 3}, "unknown setting batch: did you mean search.batch"),
        (xor, {"inputs": 0}, "task.inputs: "),
        (xor, {"encoding__kind": "pixels"}, "encoding.kind pixels makes images"),
        (xor, {"run__workers": "processes:2"}, "run.workers: expected threads"),
        (xor, {"run__device": "cuda:0,1"}, "run.device: expected one GPU"),
        (xor, {"run__generations": 3}, "run.generations: expected it as the argument generations"),
        (xor, {"run": {"generations": 3}}, "run.generations: expected it as the argument"),
        (xor, {"task__outputs": 3}, "task.outputs: expected none, since the function is the task"),
        (xor, {"task__kind": "xor"}, "task.kind: expected none, since the function is the task"),
        (xor, {"run__seed": 3, "run.seed": 4}, "expected it once, got run__seed and run.seed"),
        (xor, {"run__track": [None]}, "expected a setting that TOML can hold"),
    ],
)
def test_what_does_not_fit_is_told(fitness, given: dict, message: str) -> None:
    with pytest.raises((ShapeError, ConfigError), match=message):
        evolve(fitness, **{"inputs": 2, "generations": 2, "search__batch": 12, **given})


def test_sections_are_settings_and_none_is_no_setting() -> None:
    given = {"generations": 2, "search__batch": 12, "run__seed": 3}
    one = evolve(xor, 2, **given)
    same = {"run": {"seed": 3, "target": None}, "search": {"batch": 12}, "encoding__sigma": None}
    assert evolve(xor, 2, generations=2, **same).history.tobytes() == one.history.tobytes()


def test_another_search_has_its_own_defaults() -> None:
    found = evolve(xor, 2, generations=1, search__kind="map-elites", search__batch=12)
    assert len(found.history) == 1


def test_inputs_have_any_names() -> None:
    found = evolve(xor, inputs=["\N{DIE FACE-1}", "\N{GAME DIE}"], generations=1, search__batch=12)
    assert found.best([0.0, 1.0]).shape == (1,)


def test_settings_are_those_of_a_kind() -> None:
    assert issubclass(runs.KINDS["task"].named["fitness"], KindSettings)


SEQUENCE = np.random.default_rng(0).uniform(-1, 1, (12, 3, 1))  # steps of three episodes


def echo(networks: NetworkBatch) -> np.ndarray:
    """Reward saying what was seen in the step before."""
    networks.reset()
    said = np.stack([networks(seen)[:, :, 0] for seen in SEQUENCE])
    return -np.abs(said[1:] - SEQUENCE[:-1, None, :, 0]).mean(axis=(0, 2))


def test_networks_with_memory_go_on_from_call_to_call(tmp_path: Path) -> None:
    given = SMALL | {"encoding__structure__dynamics": "recurrent"}
    evolve(echo, 1, out=tmp_path, **(given | {"generations": 3}))
    found = evolve(echo, 1, out=tmp_path, **given)
    assert found.history.tobytes() == evolve(echo, 1, **given).history.tobytes()

    for _ in range(2):
        said = [found.best(seen)[:, 0] for seen in SEQUENCE]
        missed = np.abs(np.stack(said[1:]) - SEQUENCE[:-1, :, 0]).mean()
        assert found.best.fitness == pytest.approx(-missed, abs=1e-6)
        found.best.reset()
    assert found.best.fitness > -0.4
    assert not is_acyclic(found.best.graphs)
    found.best.save(tmp_path / "best.json")
    assert len(of_file(tmp_path / "best.json").graphs) == 1
    assert found.best._repr_svg_().count("<svg") == 1
