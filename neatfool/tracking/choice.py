"""From the setting ``run.track`` to trackers."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Annotated, Any

from pydantic import BeforeValidator

from neatfool.errors import ConfigError
from neatfool.tracking.tracker import TRACKED, Entry, Tracker
from neatfool.version import installing


def _tensorboard(entry: Entry) -> Tracker:
    from neatfool.tracking.tensorboard import TensorBoard

    return TensorBoard(entry)


def _wandb(entry: Entry) -> Tracker:
    from neatfool.tracking.wandb import Wandb

    return Wandb(entry)


def _mlflow(entry: Entry) -> Tracker:
    from neatfool.tracking.mlflow import Mlflow

    return Mlflow(entry)


TRACKERS: dict[str, Callable[[Entry], Tracker]] = {
    "tensorboard": _tensorboard,
    "wandb": _wandb,
    "mlflow": _mlflow,
}
"""What opens a tracker, by the name of its package, which is that of the extra, too."""
FOLDERS = (TRACKED, *TRACKERS)
"""What trackers have in the folder of a run."""


def require_installed(names: Sequence[str]) -> None:
    """Make sure that the packages of trackers are there, without importing them.

    Raises:
        ConfigError: One is not.
    """
    for name in names:
        spec = find_spec(name)
        if spec is None or spec.origin is None:  # of a folder that is called like it
            raise ConfigError(
                f"run.track: expected the package {name}, which is not installed; leave it out, or "
                f"install it by: {installing(name)}"
            )


def _checked(names: Any) -> Any:
    """Refuse what names no trackers."""
    is_list = isinstance(names, list | tuple)
    if (
        not is_list
        or len(set(map(str, names))) < len(names)
        or not {*map(str, names)} <= {*TRACKERS}
    ):
        raise ValueError(f"expected a list of some of {', '.join(TRACKERS)}, each once")
    return tuple(names)


TrackerNames = Annotated[tuple[str, ...], BeforeValidator(_checked)]
"""Who is told of a run."""
