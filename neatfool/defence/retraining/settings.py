"""How a network is trained with what fooled it, and how it is attacked again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field, ValidationError

from neatfool.bounded import read_toml
from neatfool.classifiers import TrainSettings
from neatfool.errors import ConfigError
from neatfool.settings import FullPath, Settings, explained

EncodingName: TypeAlias = Literal["cppn", "pixels"]
"""What the images of an attack are made by."""
Form: TypeAlias = Literal["none", "class", "exposure", "adversarial"]
"""How a network is trained: as usual, or such that it should not be fooled."""
BeginsAs: TypeAlias = Literal["new", "previous"]
"""What a later network begins as."""
_OF_NETWORK = "task.classifier."
FORMS: tuple[Form, ...] = get_args(Form)
STARTS: tuple[BeginsAs, ...] = get_args(BeginsAs)
LEARN: tuple[Form, ...] = ("class", "exposure")
"""Those that learn from fooling images."""
PER_NICHE = 2
"""Images of each run and class that are learned from: an elite of the first generation, and the
elite of the last."""


class ExposureSettings(Settings):
    """Outlier exposure (Hendrycks, Mazeika and Dietterich 2019)."""

    weight: float = Field(default=0.5, ge=0)
    """Weight of the loss on evolved images, beside that on real ones: lambda of the paper, which
    has 0.5 for images."""


class AdversarialSettings(Settings):
    """Adversarial training by projected gradient descent (Madry et al. 2018)."""

    radius: float = Field(default=0.1, gt=0, le=1)
    """By how much a pixel may be changed, in [0, 1]; the paper has 0.3 for MNIST, and a larger
    network."""
    steps: int = Field(default=7, ge=1, le=1000)
    """Steps to find the change; the paper has 40 for MNIST."""
    step: float = Field(default=0.03, gt=0, le=1)
    """Length of a step; the paper has 0.01 for its 40."""


class RepeatedTrainSettings(TrainSettings):
    """How one network after another is trained."""

    start: BeginsAs = "new"
    """What a later network begins as: `new` first weights, or those of the `previous` network, and
    new ones for a class that it did not have."""


class RetrainSettings(Settings):
    """Retraining with the images that fooled a network (Nguyen et al. 2015, sections 3.6 to 3.8).

    What is unset of the paper's is as there: a first round of 6,000 images, then 1,000 a round.
    """

    data: FullPath | None = None
    """Folder with the four files of MNIST, or of another set in the same files; for the last layer
    of another network, of labelled pictures."""
    model: str = "lenet5"
    """The network: one of `neatfool train`, trained from the start in every round; or any other,
    as for `neatfool fool`, whose last layer is trained."""
    encoding: EncodingName = "cppn"
    """What the fooling images are made by."""
    form: Form = "class"
    """How the network is trained with them: `class` adds a class of fooling images; `exposure`
    makes it unsure of them; `adversarial` and `none` do not use them."""
    rounds: int = Field(default=15, ge=1, le=1000)
    """Networks in all; the first has seen no fooling image."""
    first: int = Field(default=6000, ge=1)
    """Fooling images that the second network learns from."""
    later: int = Field(default=1000, ge=1)
    """Fooling images that every later network learns from in addition."""
    runs: int | None = Field(default=None, ge=1)
    """Runs against each network. Unset: so many that no image is used twice. With fewer, images
    are repeated until there are as many as `first` and `later` say: the class weighs as much."""
    controls: int = Field(default=3, ge=0)
    """Runs of each encoding against the first network whose images are never learned from, and runs
    of the other encoding against each network."""
    generations: int = Field(default=200, ge=1)
    """Generations of each run."""
    changes: tuple[str, ...] = ()
    """More settings of the runs, each `section.key=value`."""
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Of all random numbers, those of training included."""
    train: RepeatedTrainSettings = RepeatedTrainSettings()
    """How networks are trained; its seed is not used."""
    exposure: ExposureSettings = ExposureSettings()
    adversarial: AdversarialSettings = AdversarialSettings()

    FREE: ClassVar[frozenset[str]] = frozenset({"data", "rounds"})

    @property
    def network(self) -> tuple[str, ...]:
        """Those changes that say which network, or how it takes its images."""
        return tuple(each for each in self.changes if each.startswith(_OF_NETWORK))

    @property
    def attacks(self) -> tuple[str, ...]:
        """The other changes."""
        return tuple(each for each in self.changes if not each.startswith(_OF_NETWORK))

    @property
    def other(self) -> EncodingName:
        """The encoding whose images are not learned from."""
        return "pixels" if self.encoding == "cppn" else "cppn"

    def wanted(self, number: int) -> int:
        """Say how many fooling images the network after network ``number`` gains."""
        return self.first if number == 1 else self.later

    def runs_of(self, number: int, niches: int) -> int:
        """Say how many runs are evolved against network ``number``, the first being 1."""
        return self.runs or -(-self.wanted(number) // (PER_NICHE * niches))


def load_settings(file: Path | None, given: Mapping[str, Any]) -> RetrainSettings:
    """Read settings from a TOML file; what is given stands above it.

    Args:
        file: Has keys of ``RetrainSettings``; none: the defaults.
        given: Settings by name, ``train.epochs`` for one in a section; none: not given.

    Raises:
        ConfigError: The file cannot be read, or a key or value is wrong.
    """
    try:
        tree: dict[str, Any] = read_toml(file) if file else {}
        for name, value in given.items():
            section, _, key = name.rpartition(".")
            if value is not None:
                (tree.setdefault(section, {}) if section else tree)[key] = value
        return RetrainSettings.model_validate(tree)
    except OSError as error:
        raise ConfigError(f"cannot read the config {file}: {error.strerror}") from None
    except ValidationError as error:
        said = (explained(each, RetrainSettings) for each in error.errors()[:3])
        raise ConfigError(f"{file}: {'; '.join(said)}" if file else "; ".join(said)) from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{file} is not TOML of retraining: {error!s:.200}; expected lines such as rounds = 3"
        ) from None
