import torch

from neatfool.defence.detection.stills import textures


def test_textures_are_images_and_the_same_every_time() -> None:
    for shape in ((1, 8, 8), (3, 12, 9)):
        some = textures(shape, 6)
        assert some.shape == (6, *shape)
        assert some.dtype == torch.float32
        levels = some * 255
        assert torch.equal(levels.round() / 255, some)
        assert ((some >= 0) & (some <= 1)).all()
        assert torch.equal(textures(shape, 6), some)
        assert len({each.numpy().tobytes() for each in some}) == 6
