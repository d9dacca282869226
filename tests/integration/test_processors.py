"""Networks of transformers see what their own image processors make."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.classifiers.zoo.hub import ScoresOf
from neatfool.errors import ClassifierError

transformers = pytest.importorskip("transformers")
pytest.importorskip("torchvision")
pytest.importorskip("timm")

SIDE = 32
REFUSED = {"ImageGPTImageProcessor": "do_color_quantize", "Siglip2ImageProcessor": "1×256×768"}
SMALL = {"height": SIDE, "width": SIDE}
OFF = {"do_resize": False, "do_center_crop": False}
"""Images have the network's size already."""


def _kinds() -> list[str]:
    """Name all processors that classifiers of images have."""
    from transformers.models.auto import image_processing_auto, modeling_auto

    kinds = image_processing_auto.IMAGE_PROCESSOR_MAPPING_NAMES
    models = modeling_auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES
    names = {name for model in models if model in kinds for name in kinds[model].values()}
    return sorted(names - {"TimmWrapperImageProcessor"})


VARIATIONS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "another factor": {"rescale_factor": 1 / 127.5},
    "an offset": {"rescale_factor": 1 / 127.5, "rescale_offset": True},
    "levels": {"do_rescale": False},
    "not normalised": {"do_normalize": False},
    "another mean": {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6]},
    "levels with mean": {
        "do_rescale": False,
        "image_mean": [123.7, 116.3, 103.5],
        "image_std": [58.4, 57.1, 57.4],
    },
    "flipped": {"do_flip_channel_order": True},
    "not flipped": {"do_flip_channel_order": False},
    "normalised once": {"include_top": False},
    "cropped": {"size": {"shortest_edge": 40}, "do_center_crop": True, "crop_size": SMALL},
    "wide": {"size": {"height": SIDE, "width": 48}, "do_center_crop": False},
}


def _save(folder: Path, processor: Any, size: object = SIDE, **changes: Any) -> Classifier:
    """Save a tiny network and its processor, and load both."""
    config = transformers.ViTConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        image_size=size,
        patch_size=16,
        num_labels=4,
    )
    config.update(changes)
    network = transformers.ViTForImageClassification(config)
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return build(ClassifierSettings(model=f"hf:{folder}"), torch.device("cpu"))


def _seen(classifier: Classifier, levels: Any) -> Any:
    """Give the pixels that reach the network."""
    seen: list[torch.Tensor] = []
    (network,) = (each for each in classifier.module.modules() if isinstance(each, ScoresOf))
    network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.from_numpy(levels.transpose(0, 3, 1, 2).astype(np.float32)) / 255
    classifier(images)
    return seen[0][: len(levels)].numpy()


def _assert_sees_as(classifier: Classifier, processor: Any, **how: bool) -> None:
    channels, height, width = classifier.shape
    shape = (3, height, width, channels)
    levels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    pictures = [Image.fromarray(each if channels == 3 else each[..., 0]) for each in levels]
    official = processor(pictures, return_tensors="pt", **how)["pixel_values"].numpy()
    assert np.abs(_seen(classifier, levels) - official).max() <= 1e-6 * max(
        1, np.abs(official).max()
    )


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("kind", _kinds())
def test_a_network_sees_what_its_processor_makes(kind: str, variation: str, tmp_path: Path) -> None:
    made = getattr(transformers, kind)
    own = made().to_dict()
    sizes = {n: dict.fromkeys(own[n], SIDE) for n in ("size", "crop_size") if n in own}
    processor = made(**(sizes | VARIATIONS[variation]))
    if kind.removesuffix("Pil") in REFUSED:
        with pytest.raises(ClassifierError, match=REFUSED[kind.removesuffix("Pil")]):
            _save(tmp_path, processor)
        return
    try:
        shown = processor(Image.new("RGB", (70, 70)), return_tensors="pt")["pixel_values"]
    except (ValueError, AttributeError, TypeError) as error:
        pytest.skip(f"the processor itself refuses this: {error}")

    classifier = _save(tmp_path, processor, tuple(shown.shape[2:]))

    _assert_sees_as(classifier, transformers.AutoImageProcessor.from_pretrained(tmp_path), **OFF)


@pytest.mark.parametrize("kind", _kinds())
def test_sizes_are_those_of_the_processor(kind: str) -> None:
    from neatfool.classifiers.zoo.processors import read_processor

    processor = getattr(transformers, kind)()
    if kind.removesuffix("Pil") in REFUSED:
        return
    photo = Image.fromarray(np.zeros((700, 700, 3), np.uint8))

    size = read_processor(processor, 3, kind).size

    assert size == tuple(processor(photo, return_tensors="pt")["pixel_values"].shape[2:])


def test_code_in_a_repository_is_not_run(tmp_path: Path) -> None:
    processor = transformers.ViTImageProcessor(size=SMALL)
    _save(tmp_path / "net", processor)
    config = tmp_path / "net" / "config.json"
    told = json.loads(config.read_text())
    maps = {"AutoConfig": "evil.Config", "AutoModelForImageClassification": "evil.Net"}
    config.write_text(json.dumps({**told, "model_type": "evil", "auto_map": maps}))
    marker = tmp_path / "ran"
    (tmp_path / "net" / "evil.py").write_text(f"open({str(marker)!r}, 'w').close()\n")

    with pytest.raises(ClassifierError, match="custom code"):
        build(ClassifierSettings(model=f"hf:{tmp_path / 'net'}"), torch.device("cpu"))

    assert not marker.exists()


def test_grey_networks(tmp_path: Path) -> None:
    processor = transformers.ViTImageProcessor(size=SMALL, image_mean=[0.1], image_std=[0.3])

    classifier = _save(tmp_path, processor, num_channels=1)

    assert classifier.shape == (1, SIDE, SIDE)
    _assert_sees_as(classifier, processor)


def test_several_labels_at_once(tmp_path: Path) -> None:
    processor = transformers.ViTImageProcessor(size=SMALL)

    classifier = _save(tmp_path, processor, problem_type="multi_label_classification")

    images = torch.rand(3, *classifier.shape)
    network = transformers.ViTForImageClassification.from_pretrained(tmp_path).eval()
    expected = network((images - 0.5) / 0.5).logits.sigmoid()
    torch.testing.assert_close(classifier(images), expected)


def test_repositories_of_timm(tmp_path: Path) -> None:
    import timm

    network = timm.create_model("resnet10t", num_classes=5, in_chans=3).eval()
    config = {"label_names": list("vwxyz"), "num_classes": 5}
    timm.models.save_for_hf(network, str(tmp_path), model_config=config, safe_serialization=True)

    classifier = build(ClassifierSettings(model=f"hf:{tmp_path}"), torch.device("cpu"))

    facts = timm.data.resolve_model_data_config(network)
    assert classifier.labels == tuple("vwxyz")
    assert classifier.shape == facts["input_size"]
    assert (classifier.mean, classifier.std) == (facts["mean"], facts["std"])
    images = torch.rand(2, *classifier.shape)
    mean, std = (torch.tensor(facts[name])[:, None, None] for name in ("mean", "std"))
    torch.testing.assert_close(classifier(images), network((images - mean) / std).softmax(1))


def test_features_of_timm_are_no_classes(tmp_path: Path) -> None:
    import timm

    network = timm.create_model("resnet10t", num_classes=0)
    timm.models.save_for_hf(network, str(tmp_path), safe_serialization=True)

    with pytest.raises(ClassifierError, match="512 features, which are no classes"):
        build(ClassifierSettings(model=f"hf:{tmp_path}"), torch.device("cpu"))
