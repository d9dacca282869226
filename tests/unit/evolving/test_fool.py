"""Fooling a network, from Python in a line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import neatfool
from neatfool import classifiers, fool, past, reports
from neatfool.errors import ClassifierError, ConfigError, RunError
from neatfool.evolving.asked import config_of, named
from neatfool.evolving.fooling import _SHORT
from neatfool.sections.classifier import ClassifierSettings
from neatfool.tasks import FoolingSettings
from neatfool.types import CPU

SMALL = {"generations": 3, "batch": 12, "size": 8, "channels": "grey"}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 3)
        with torch.no_grad():
            self.layer.weight.copy_(torch.linspace(-3, 3, 192).view(3, 64).sin())
            self.layer.bias.zero_()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layer(images.flatten(1))


def test_images_are_those_that_were_scored() -> None:
    network = Net()
    found = fool(network, **SMALL)

    assert found.classes == ("0", "1", "2")
    assert found.images.shape == (3, 1, 8, 8)
    said = network(found.images).softmax(dim=1)
    assert torch.diag(said).tolist() == pytest.approx(found.confidences.tolist(), abs=1e-6)
    assert found.evaluations.tolist() == [12, 24, 36]
    assert found.history[-1].tolist() == found.confidences.tolist()
    assert found.stopped_because == "generations"


def test_what_is_handed_in_stays_as_it_is() -> None:
    network = Net().train()
    before = [parameter.clone() for parameter in network.parameters()]
    fool(network, **SMALL | {"generations": 1})

    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(map(torch.equal, network.parameters(), before))


def test_modules_classifiers_and_functions_are_fooled_alike() -> None:
    network = Net().eval()
    classifier = neatfool.Classifier("net", network, (1, 8, 8), ("0", "1", "2"))
    given = {"generations": 2, "batch": 12, "seed": 3}
    function = {"size": 8, "channels": "grey", "outputs": "logits"}

    one = fool(classifier, **given)
    for other in (
        fool(network, **given, size=8, channels="grey"),
        fool(lambda images: network(images), **given, **function),
    ):
        assert other.confidences.tolist() == pytest.approx(one.confidences.tolist(), abs=1e-6)
        assert torch.equal(other.images, one.images)


def test_a_name_is_that_of_the_command_line() -> None:
    given = {"generations": 2, "batch": 20, "classes": "0,7", "encoding": "pixels"}
    found = fool("lenet5", **given)
    network = classifiers.build(ClassifierSettings(), CPU)

    assert (found.name, found.classes) == ("lenet5", ("0", "7"))
    said = network(found.images)[[0, 1], [0, 7]]
    assert said.tolist() == pytest.approx(found.confidences.tolist(), abs=1e-6)
    assert fool("lenet5", **given, seed=1).confidences.tolist() != found.confidences.tolist()


def test_a_run_in_a_folder_is_whole_honest_and_goes_on(tmp_path: Path) -> None:
    whole = fool(Net(), out=tmp_path / "whole", **SMALL)
    fool(Net(), out=tmp_path / "cut", **SMALL | {"generations": 1})
    resumed = fool(Net(), out=str(tmp_path / "cut"), **SMALL)

    assert resumed.confidences.tolist() == whole.confidences.tolist()
    assert whole.report().read_text(encoding="utf-8").count("python:Net")
    config = past.read_config(tmp_path / "whole")
    assert getattr(config.task, "classifier").model == "python:Net"  # noqa: B009 - of a kind
    assert reports.of_run(tmp_path / "whole", "1").title.startswith("1 · ")
    with pytest.raises(ClassifierError, match=r"call neatfool\.fool with it again"):
        reports.run(config, tmp_path / "whole", resume=True)
    other = Net()
    nn.init.zeros_(other.layer.weight)
    with pytest.raises(neatfool.NeatfoolError, match="expected the weights that it was begun with"):
        fool(other, out=tmp_path / "whole", **SMALL)


@pytest.mark.parametrize("key", sorted(set(ClassifierSettings.model_fields) - {"model"}))
def test_a_classifier_says_itself_what_it_wants(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: expected none, since a neatfool.Classifier"):
        fool(as_classifier(Net()), generations=1, **{f"task__classifier__{key}": 1})


def test_a_name_can_be_built_in_other_processes() -> None:
    given = {"task.classifier.model": "lenet5", "run.workers": "processes:2"}
    assert config_of(given, is_here_alone=False).run.workers == "processes:2"


def test_none_is_not_given_and_tables_are_written_as_such() -> None:
    given = named({"labels": None, "also": [{"model": "mlp", "mean": (0.5,)}]}, {}, _SHORT)
    task = config_of(given).task
    assert isinstance(task, FoolingSettings)
    assert task.classifier.labels is None
    assert [(each.model, each.mean) for each in task.ensemble] == [("mlp", (0.5,))]


def as_module(network: nn.Module) -> nn.Module:
    return network


def as_classifier(network: nn.Module, sha256: str = "") -> neatfool.Classifier:
    return neatfool.Classifier("net", network, (1, 8, 8), ("0", "1", "2"), sha256=sha256)


def as_function(network: nn.Module) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda images: network(images)


def as_black_box(network: nn.Module, sha256: str = "") -> neatfool.Classifier:
    return as_classifier(classifiers.BlackBox(as_function(network)), sha256)


@pytest.mark.parametrize(
    ("handed_in", "known_by_weights"),
    [(as_module, True), (as_classifier, True), (as_function, False), (as_black_box, False)],
)
def test_no_run_is_of_two_networks(
    handed_in: Callable[[nn.Module], Any], known_by_weights: bool, tmp_path: Path
) -> None:
    given = {"generations": 1, "batch": 12}
    if handed_in in (as_module, as_function):
        given |= {"size": 8, "channels": "grey", "outputs": "logits"}
    network, other = Net().eval(), Net().eval()
    nn.init.zeros_(other.layer.weight)
    fool(handed_in(network), out=tmp_path, **given)

    said = (
        "expected the weights that it was begun with"
        if known_by_weights
        else "begin a new run in another"
    )
    with pytest.raises(RunError, match=said):
        fool(handed_in(other), out=tmp_path, **given)
    if known_by_weights:
        fool(handed_in(network), out=tmp_path, **given)
    else:
        with pytest.raises(RunError, match="expected a network with weights"):
            fool(handed_in(network), out=tmp_path, **given)


def test_a_function_goes_on_where_it_says_what_it_is(tmp_path: Path) -> None:
    given = {"generations": 1, "batch": 12, "out": tmp_path}
    fool(as_black_box(Net(), "first"), **given)
    fool(as_black_box(Net(), "first"), **given)
    with pytest.raises(RunError, match="begun with, first, got second"):
        fool(as_black_box(Net(), "second"), **given)


def test_it_draws_itself_and_is_a_table() -> None:
    found = fool(Net(), **SMALL)

    assert found._repr_png_().startswith(b"\x89PNG")
    frame = found.frame()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame["class"]) == ["0", "1", "2"]
    np.testing.assert_array_equal(frame["confidence"].astype(np.float32), found.confidences)
    with pytest.raises(ConfigError, match="call fool with out=FOLDER"):
        found.report()


def test_each_generation_is_told() -> None:
    heard: list[tuple[int, float]] = []

    def hear(search: neatfool.Search) -> None:
        assert search.archive is not None
        heard.append((search.generation, float(search.archive.scores.min())))

    found = fool(Net(), each=hear, **SMALL)

    assert [generation for generation, _ in heard] == [1, 2, 3]
    assert [worst for _, worst in heard] == found.history.min(axis=1).tolist()


@pytest.mark.parametrize(
    ("network", "given", "message"),
    [
        (3, {}, "expected a network: a neatfool.Classifier, a torch.nn.Module"),
        ("lenet6", {}, "did you mean 'lenet5'"),
        (Net(), {"batsh": 3}, "unknown setting batsh: did you mean batch"),
        (Net(), {"encoding": "cpnn"}, "unknown encoding cpnn: did you mean cppn"),
        (Net(), {"size": 9}, "expected a network"),
        (Net(), {"run__workers": "processes:2"}, "run.workers: expected threads"),
        (Net(), {"labels": ["a", "b"]}, "task.classifier.labels"),
        (Net(), {"mean": object()}, "expected a setting that TOML can hold"),
        (Net(), {"seed": 1, "run__seed": 2}, "run.seed: expected it once, got seed and run__seed"),
        (
            Net(),
            {"run__generations": 5},
            "run.generations: expected it as the argument generations",
        ),
        (Net(), {"encoding__kind": "pixels"}, "encoding.kind: expected it as the argument"),
        (Net(), {"task__kind": "xor"}, "task.kind: expected none"),
        (Net(), {"task__classifier__model": "mlp"}, "expected it as the argument network"),
        (Net(), {"task": {"classifier": {"model": "mlp"}}}, "expected it as the argument network"),
        (Net(), {"weights": "w.pt"}, "task.classifier.weights: expected none"),
        (Net(), {"offline": True}, "task.classifier.offline: expected none"),
        (Net(), {"task__classifier__verify__enrolled": "here"}, "verify.enrolled: expected none"),
    ],
)
def test_slips_are_told(network, given: dict, message: str) -> None:
    with pytest.raises(neatfool.NeatfoolError, match=message):
        fool(network, **SMALL | given)
