import torch

from neatfool.classifiers import AlexNet, Classifier


def test_it_is_the_network_of_2012() -> None:
    with torch.device("meta"):
        network = AlexNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 62_378_344
    assert network(torch.zeros(2, 3, 227, 227, device="meta")).shape == (2, 1000)


def test_a_crop_is_the_square_in_the_centre() -> None:
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
    whole = Classifier("whole", module, (1, 2, 2), ("a", "b"))
    cropped = Classifier("cropped", module, (1, 6, 4), ("a", "b"), crop=2)
    images = torch.rand(3, 1, 6, 4, generator=torch.Generator().manual_seed(0))

    assert torch.equal(cropped(images), whole(images[:, :, 2:4, 1:3]))
