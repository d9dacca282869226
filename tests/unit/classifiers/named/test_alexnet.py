import torch

from neatfool.classifiers import AlexNet, Classifier
from neatfool.classifiers.named.alexnet import from_pytorchcv
from tests.caffe_files import seeded


def test_it_is_the_network_of_2012() -> None:
    with torch.device("meta"):
        network = AlexNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 62_378_344
    assert network(torch.zeros(2, 3, 227, 227, device="meta")).shape == (2, 1000)


def test_a_crop_is_the_square_in_the_centre() -> None:
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
    whole = Classifier("whole", module, (1, 2, 2), ("a", "b"))
    cropped = Classifier("cropped", module, (1, 6, 4), ("a", "b"), crop=(2, 2))
    images = torch.rand(3, 1, 6, 4, generator=torch.Generator().manual_seed(0))

    assert torch.equal(cropped(images), whole(images[:, :, 2:4, 1:3]))


def _named_as_in_pytorchcv(network: AlexNet) -> dict[str, torch.Tensor]:
    layers = ["stage1.unit1", "stage2.unit1", "stage3.unit1", "stage3.unit2", "stage3.unit3"]
    names = [f"features.{layer}.conv" for layer in layers]
    names += ["output.fc1.fc", "output.fc2.fc", "output.fc3"]
    values = iter(network.state_dict().values())
    return {f"{name}.{kind}": next(values) for name in names for kind in ("weight", "bias")}


def test_weights_of_pytorchcv_give_what_its_network_gives() -> None:
    """That network normalises responses with a fifth of alpha, and pools what is left over."""
    theirs, ours = seeded(AlexNet), AlexNet().eval()
    for layer in theirs.children():
        if isinstance(layer, torch.nn.LocalResponseNorm):
            layer.alpha = 1e-4
        if isinstance(layer, torch.nn.MaxPool2d):
            layer.ceil_mode = True
    images = 300 * torch.rand(2, 3, 227, 227, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = theirs(images)

        ours.load_state_dict(from_pytorchcv(_named_as_in_pytorchcv(theirs)))
        torch.testing.assert_close(ours(images), expected, rtol=1e-4, atol=1e-5)

        ours.load_state_dict(theirs.state_dict())
        assert (ours(images) - expected).abs().max() > 1e-3


def test_other_weights_are_not_touched() -> None:
    tensors = {"0.weight": torch.zeros(1)}

    assert from_pytorchcv(tensors) is tensors
