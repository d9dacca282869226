"""A badge reader to attack: draw badges of nobody, train a network on them, and a verifier.

Every badge has a portrait area of random shapes, a name, a number and a code pattern of that
number; the people do not exist. Pictures of badges are crooked, dim, blurred and noisy. The reader
tells eight badges from one another and from everything else: badges of strangers, other cards,
plain colours, textures and noise. The verifier gives an embedding, and was trained on badges of
others than those eight.

    python experiments/badges.py --out runs/badges
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated

import numpy as np
import safetensors.torch
import torch
import typer
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont
from torch import nn
from torch.nn import functional

from neatfool.classifiers import TrainSettings
from neatfool.classifiers.named.training import descend, plain
from neatfool.cli.progress import LiveReporter
from neatfool.files import write_whole
from neatfool.reporting import Reporter
from neatfool.streams import stream

SHAPE = (3, 32, 48)
HOLDERS = 8
LARGE = (288, 192)
"""Badges are drawn six times as large as the network sees them."""
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "or", "pu", "ra", "se", "ti", "vo"]
NOBODY = "nobody"
Picture = Image.Image


def name_of(person: int) -> str:
    """Make a name up."""
    random = stream(person, "badge", "name")
    words = ("".join(random.choice(SYLLABLES, size)) for size in (2, 3))
    return " ".join(word.capitalize() for word in words)


def draw_badge(person: int) -> Picture:
    """Draw the badge of a person who does not exist."""
    random = stream(person, "badge")
    badge = Image.new("RGB", LARGE, (236, 238, 240))
    pen = ImageDraw.Draw(badge)
    pen.rectangle((0, 0, LARGE[0], 34), fill=(20, 70, 140))
    pen.text((10, 4), "NEATFOOL WORKS", fill="white", font=ImageFont.load_default(22))
    draw_shapes(pen, random, (12, 46, 112, 178))
    pen.text((124, 46), name_of(person), fill="black", font=ImageFont.load_default(22))
    pen.text((124, 80), f"No. {10_000 + person}", fill="black", font=ImageFont.load_default(22))
    for place, bit in enumerate(random.integers(0, 2, 40)):
        x, y = 126 + 19 * (place % 8), 114 + 13 * (place // 8)
        pen.rectangle((x, y, x + 18, y + 12), fill="black" if bit else "white")
    return badge


def draw_shapes(
    pen: ImageDraw.ImageDraw, random: np.random.Generator, box: tuple[int, int, int, int]
) -> None:
    """Fill an area with shapes of random colours."""
    left, top, right, bottom = box
    pen.rectangle(box, fill=colour(random))
    for _ in range(5):
        x, y = sorted(random.integers(left, right, 2)), sorted(random.integers(top, bottom, 2))
        corners = [(int(x[0]), int(y[0])), (int(x[1]), int(y[1]))]
        (pen.ellipse if random.random() < 0.6 else pen.rectangle)(corners, fill=colour(random))


def draw_other(random: np.random.Generator) -> Picture:
    """Draw what is no badge: another card, a plain colour, a texture, or noise."""
    kind = random.integers(4)
    if kind == 0:
        card = Image.new("RGB", LARGE, colour(random))
        pen = ImageDraw.Draw(card)
        draw_shapes(pen, random, (150, 20, 270, 120))
        for line in range(4):
            text = "".join(random.choice(SYLLABLES, 4))
            pen.text(
                (12, 20 + 38 * line), text, fill=colour(random), font=ImageFont.load_default(26)
            )
        return card
    if kind == 1:
        return Image.new("RGB", LARGE, colour(random))
    height, width = SHAPE[1:]
    y, x = np.mgrid[-1 : 1 : 1j * height, -1 : 1 : 1j * width][..., None]
    if kind == 2:
        a, b, shift = random.normal(0, 8, (3, 3))
        levels = 127.5 + 127.5 * np.sin(a * x + b * y + shift)
    else:
        levels = random.normal(127, random.uniform(20, 90), (height, width, 3))
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def colour(random: np.random.Generator) -> tuple[int, ...]:
    """Choose a colour."""
    return tuple(random.integers(0, 256, 3).tolist())


def photograph(picture: Picture, random: np.random.Generator) -> Picture:
    """Take a picture of something: crooked, too near or far, dim or bright, blurred, noisy."""
    width, height = picture.size
    whole = picture.rotate(random.uniform(-4, 4), Image.Resampling.BILINEAR, fillcolor=(90, 90, 90))
    margins = random.uniform(-0.04, 0.04, 4) * (width, height, width, height)
    box = np.array([0, 0, width, height]) + margins
    taken = whole.crop(tuple(box.round().astype(int).tolist())).resize((SHAPE[2], SHAPE[1]))
    taken = ImageEnhance.Brightness(taken).enhance(random.uniform(0.7, 1.25))
    taken = ImageEnhance.Contrast(taken).enhance(random.uniform(0.75, 1.2))
    taken = taken.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.7)))
    noisy = np.asarray(taken) + random.normal(0, random.uniform(1, 8), (*SHAPE[1:], 3))
    return Image.fromarray(noisy.round().clip(0, 255).astype(np.uint8))


class Features(nn.Sequential):
    """Turn pictures ``(P, 3, 32, 48)`` into 64 numbers."""

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU()]
        super().__init__(*layers, nn.Flatten(), nn.Linear(64 * 4 * 6, 64))


class Unit(nn.Module):
    """Give embeddings the length 1, so that distances are from 0 to 2."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give ``(P, 64)``."""
        return functional.normalize(features)


class Nearness(nn.Module):
    """Compare embeddings with a direction for each person: logits ``(P, K)``, to train with."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(people, 64))

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Give the cosine, made steeper."""
        return 16 * embeddings @ functional.normalize(self.directions).T


def reader() -> nn.Module:
    """Make the network that names the holder of a badge; without its weights."""
    network = nn.Sequential(Features(), nn.ReLU(), nn.Linear(64, HOLDERS + 1))
    network.labels = [*map(name_of, range(HOLDERS)), NOBODY]
    return network


def verifier() -> nn.Module:
    """Make the network that embeds a picture of a badge; without its weights."""
    return nn.Sequential(Features(), Unit())


def photographs(people: range, count: int, name: str) -> tuple[list[Picture], list[int]]:
    """Take so many pictures of each badge; also whose they are, counted from the first."""
    random = stream(0, "badges", name)
    badges = [draw_badge(person) for person in people]
    pictures = [photograph(badge, random) for badge in badges for _ in range(count)]
    return pictures, [place for place in range(len(badges)) for _ in range(count)]


def others(count: int, name: str) -> list[Picture]:
    """Take so many pictures of what is no badge."""
    random = stream(0, "others", name)
    return [photograph(draw_other(random), random) for _ in range(count)]


def train(
    network: nn.Module,
    pictures: list[Picture],
    classes: list[int],
    settings: TrainSettings,
    shown: Reporter,
) -> None:
    """Train a network in place to name the class of a picture."""
    images = normalised(pictures)
    shown.start("training", settings.epochs * -(-len(images) // settings.batch))
    descend(
        network,
        (network, plain("logits")),
        lambda chosen, _: images[chosen],
        torch.tensor(classes),
        settings,
        shown,
        threads=1,
    )
    shown.finish()


def normalised(pictures: list[Picture]) -> torch.Tensor:
    """Write pictures as a network takes them, with mean and standard deviation 0.5."""
    levels = np.stack([np.asarray(picture) for picture in pictures]).transpose(0, 3, 1, 2)
    return torch.from_numpy(levels).float() / 127.5 - 1


def ask(network: nn.Module, pictures: list[Picture]) -> torch.Tensor:
    """Ask a network, about pictures."""
    with torch.inference_mode():
        return network(normalised(pictures))


def save(network: nn.Module, folder: Path, name: str, facts: dict[str, object]) -> None:
    """Write weights, and a card that says what they are."""
    content = safetensors.torch.save(network.state_dict())
    card = {"network": f"experiments/badges.py:{name}", "shape": SHAPE, "mean": 0.5, "std": 0.5}
    card |= facts | {"sha256": hashlib.sha256(content).hexdigest()}
    write_whole(folder / f"{name}.safetensors", content)
    write_whole(folder / f"{name}.json", json.dumps(card, indent=2) + "\n")


def write_pictures(out: Path, tested: list[Picture], classes: list[int]) -> None:
    """Write who is enrolled, and pictures to test with: a folder for each holder, and of others."""
    enrolled, whose = photographs(range(HOLDERS), 2, "enrolled")
    files = {f"enrolled/{name_of(k)}/badge.png": draw_badge(k) for k in range(HOLDERS)}
    files |= {
        f"enrolled/{name_of(k)}/{n}.png": each
        for n, (k, each) in enumerate(zip(whose, enrolled, strict=True))
    }
    for n, (k, each) in enumerate(zip(classes, tested, strict=True)):
        files[f"test/{name_of(k) if k < HOLDERS else 'others'}/{n}.png"] = each
    for name, picture in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(out / name)


def main(
    out: Annotated[Path, typer.Option(help="Folder for weights and pictures.")] = Path(
        "runs/badges"
    ),
    epochs: Annotated[int, typer.Option(min=1, help="Times through all pictures.")] = 8,
    count: Annotated[
        int, typer.Option(min=1, help="Pictures of each badge; the rest in proportion.")
    ] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Of the first weights.")] = 0,
) -> None:
    """Draw badges, train the reader and the verifier, and say how good they are."""
    settings = TrainSettings(epochs=epochs, seed=seed)
    longer = settings.model_copy(update={"epochs": 4 * epochs, "learning_rate": 0.1})
    few, many = -(-count // 12), -(-count * 10 // 3)
    holders, strangers = range(HOLDERS), range(1000, 1000 + many)
    with LiveReporter() as shown:
        pictures, classes = photographs(holders, count, "train")
        strange, whose = photographs(strangers, few, "train")
        rest = [*strange, *others(8 * count, "train")]
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            network, embedding, nearness = reader(), verifier(), Nearness(many)
        train(network, pictures + rest, classes + [HOLDERS] * len(rest), settings, shown)
        train(nn.Sequential(embedding, nearness), strange, whose, longer, shown)
    tested, named = photographs(holders, 5 * few, "test")
    unknown = [*photographs(range(9000, 9000 + many // 2), 1, "test")[0]]
    unknown += others(many // 2, "test")
    write_pictures(out, tested + unknown, named + [HOLDERS] * len(unknown))
    right = ask(network, tested + unknown).argmax(1) == torch.tensor(
        named + [HOLDERS] * len(unknown)
    )
    print(f"reader: {100 * right.float().mean():.1f} % of {len(right)} pictures are named right")
    save(
        network,
        out,
        "reader",
        {"labels": network.labels, "test_accuracy": float(right.float().mean())},
    )
    badges = ask(embedding, [draw_badge(k).resize((SHAPE[2], SHAPE[1])) for k in holders])
    held = photographs(holders, 5 * few, "held")  # the distance follows from pictures of its own
    apart, own = (
        (ask(embedding, some) - badges[torch.tensor(whose)]).norm(dim=1)
        for some, whose in (held, (tested, named))
    )
    distance = round(float(apart.quantile(0.95)), 3)
    false = torch.cdist(ask(embedding, unknown), badges).amin(1) <= distance
    print(
        f"verifier: of pictures to test with, {100 * (own <= distance).float().mean():.1f} % of "
        f"the holders' are within {distance} of their badge, as 95 % of others are, and "
        f"{100 * false.float().mean():.1f} % of the rest are within that of any"
    )
    save(embedding, out, "verifier", {"distance": distance})


if __name__ == "__main__":
    typer.run(main)
