import copy
import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from neatfool.classifiers import BlackBox, Classifier
from neatfool.classifiers.copied import copied
from neatfool.errors import ClassifierError
from tests.caffe_files import seeded

SHAPE, LABELS = (3, 8, 8), tuple("abcde")
IMAGES = torch.rand(5, *SHAPE, generator=torch.Generator().manual_seed(1))


class Net(nn.Module):
    """Layers that differ in training, some of them frozen, some in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(4 * 36, len(LABELS))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.dropout(self.norm(self.conv(images)).flatten(1)))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.LSTM(24, 6, batch_first=True)
        self.head = nn.Linear(6, len(LABELS))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.rows(images.transpose(1, 2).flatten(2))[0][:, -1])


class Locked(Net):
    """It holds what cannot be copied, in itself and in a table."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.others = {"locks": [threading.Lock()]}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        with self.lock, self.others["locks"][0]:
            return super().forward(images)


class Listening(Net):
    """A hook of its own catches what the head is given."""

    def __init__(self) -> None:
        super().__init__()
        self.caught = torch.zeros(1, 4, 6, 6)
        self.norm.register_forward_hook(functools.partial(self._catch, 2.0))

    def _catch(self, times: float, layer: nn.Module, given: Any, found: torch.Tensor) -> None:
        self.caught = times * found

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        super().forward(images)
        return self.head(self.caught.flatten(1))


class Tied(Net):
    def __init__(self) -> None:
        super().__init__()
        self.again = nn.Linear(4 * 36, len(LABELS))
        self.again.weight = self.head.weight


def normalised() -> nn.Module:
    network = Net()
    with pytest.warns(FutureWarning):
        nn.utils.weight_norm(network.conv)
    network.conv(IMAGES)
    return network


def parametrised() -> nn.Module:
    network = Net()
    parametrizations.weight_norm(network.conv)
    parametrizations.spectral_norm(network.head)
    return network


def partly_frozen() -> nn.Module:
    network = Net()
    network.conv.requires_grad_(False)
    network.norm.eval()
    return network


def used() -> nn.Module:
    """It was trained: it has gradients, and keeps what it saw last."""
    network = Net()
    network.last = network(IMAGES)
    network.last.sum().backward()
    return network


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "plain": Net,
    "partly frozen": partly_frozen,
    "used": used,
    "evaluating": lambda: Net().eval(),
    "double precision": lambda: Net().double(),
    "channels last": lambda: Net().to(memory_format=torch.channels_last),
    "recurrent": Recurrent,
    "locked": Locked,
    "listening": Listening,
    "tied": Tied,
    "weights by a hook": normalised,
    "parametrised": parametrised,
    "script": lambda: torch.jit.script(Net()),
    "traced": lambda: torch.jit.trace(Net().eval(), IMAGES),
    "program": lambda: torch.fx.symbolic_trace(Net()),
    "parallel": lambda: nn.DataParallel(Net()),
}


def state(network: nn.Module) -> list[object]:
    """All that must stay as it is, weights as bytes."""
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return [
        [(name, layer.training) for name, layer in network.named_modules()],
        [(n, t.requires_grad, t.device, t.dtype, t.stride(), t.data_ptr()) for n, t in tensors],
        [(name, tensor.detach().reshape(-1).tolist()) for name, tensor in tensors],
        [(n, None if t.grad is None else t.grad.tolist()) for n, t in network.named_parameters()],
        [
            list(vars(layer).get(hooks, {}).items())
            for layer in network.modules()
            for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
        ],
    ]


def wrapped(network: nn.Module, **settings: Any) -> Classifier:
    return Classifier("handed in", network, SHAPE, LABELS, **settings)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("kind", NETWORKS)
def test_what_is_handed_in_stays_as_it_is(kind: str) -> None:
    network = seeded(NETWORKS[kind])
    network.train(kind not in ("evaluating", "traced"))
    if kind == "partly frozen":
        network.norm.eval()
    before = state(network)

    classifier = wrapped(network)
    confidences = classifier(IMAGES)
    seen = IMAGES.clone().requires_grad_()
    classifier.logits(seen).sum().backward()

    assert state(network) == before
    assert seen.grad is not None
    assert torch.equal(confidences, classifier(IMAGES))
    network.eval()
    filled = functional.pad(IMAGES, (0, 0, 0, 0, 0, 0, 0, 11))
    expected = network(filled.to(next(network.parameters()).dtype))[:5].float().softmax(1)
    torch.testing.assert_close(confidences, expected)


def test_the_network_learns_on_and_the_classifier_does_not() -> None:
    network = seeded(Net).train()
    classifier = wrapped(network)
    before = classifier(IMAGES)

    functional.cross_entropy(network(IMAGES), torch.arange(5)).backward()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= 0.1 * parameter.grad

    assert torch.equal(classifier(IMAGES), before)
    assert not torch.equal(wrapped(network)(IMAGES), before)


def test_another_device_is_that_of_the_classifier_alone() -> None:
    network = seeded(Net)
    before = state(network)

    classifier = wrapped(network, device=torch.device("meta"))

    assert {each.device.type for each in classifier.module.parameters()} == {"meta"}
    assert state(network) == before


def test_hooks_tell_those_whom_they_told_before() -> None:
    class Recorder:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def hear(self, *facts: Any) -> None:
            self.seen.append(len(facts[-1]))

        __call__ = hear

    network, heard = seeded(Net), [Recorder() for _ in range(4)]
    closure: list[int] = []

    def tell(seen: list[int], layer: nn.Module, given: Any, found: torch.Tensor) -> None:
        seen.append(len(found))

    network.conv.register_forward_hook(heard[0].hear)
    network.norm.register_forward_hook(heard[1])
    network.head.register_forward_hook(functools.partial(heard[2].hear, "the head"))
    network.head.register_forward_pre_hook(heard[3].hear)
    network.conv.register_forward_hook(functools.partial(tell, closure))
    network.head.register_forward_hook(lambda *_: closure.append(0))
    classifier = wrapped(network, layout="channels first")

    classifier(IMAGES)

    assert [each.seen for each in heard[:3]] == [[16]] * 3
    assert len(heard[3].seen) == 1
    assert closure == [16, 0]


def test_a_hook_that_is_added_later_is_of_the_network_it_is_added_to() -> None:
    network, seen = seeded(Net), []
    classifier = wrapped(network, layout="channels first")
    network.register_forward_hook(lambda *_: seen.append("network"))
    classifier.module.register_forward_hook(lambda *_: seen.append("classifier"))

    classifier(IMAGES)

    assert seen == ["classifier"]


class Service:
    """A connection: it cannot be copied, and counts what it is asked."""

    def __init__(self) -> None:
        self.lock, self.asked = threading.Lock(), 0

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        self.asked += 1
        return images.mean((2, 3))

    ask = __call__


@pytest.mark.parametrize("way", ["object", "method", "within a network"])
def test_what_a_black_box_asks_is_not_copied(way: str) -> None:
    service = Service()
    box: nn.Module = BlackBox(service if way == "object" else service.ask)
    module = nn.Sequential(nn.Identity(), box) if way == "within a network" else box
    classifier = Classifier("far", module, SHAPE, ("a", "b", "c"), layout="channels first")

    classifier(IMAGES)

    assert service.asked == 1


def test_a_network_in_a_black_box_stays_as_it_is_too() -> None:
    network = seeded(Net).train()
    before = state(network)

    classifier = wrapped(BlackBox(network))

    assert torch.equal(classifier(IMAGES), classifier(IMAGES))
    assert state(network) == before


def test_a_network_that_is_owned_is_not_copied() -> None:
    network = seeded(Net)
    assert wrapped(network, owned=True).module is network


class Stubborn(Net):
    def __deepcopy__(self, memo: dict[int, Any]) -> "Stubborn":
        raise TypeError("there is only one")


def test_a_network_that_cannot_be_copied_is_refused_with_a_way_out() -> None:
    network = seeded(Stubborn)
    with pytest.raises(ClassifierError, match=r"^classifier handed in: expected a network .*only"):
        wrapped(network)

    classifier = wrapped(BlackBox(lambda images: network(images)))
    assert classifier(IMAGES).shape == (5, 5)


def test_a_copy_has_all_that_the_network_has() -> None:
    network = seeded(partly_frozen)
    same = copied(network)
    assert type(same) is type(network)
    assert state(same)[0] == state(network)[0]
    assert [p.requires_grad for p in same.parameters()] == [
        p.requires_grad for p in network.parameters()
    ]
    assert all(map(torch.equal, same.state_dict().values(), network.state_dict().values()))
    assert copy.deepcopy(same).state_dict().keys() == network.state_dict().keys()
