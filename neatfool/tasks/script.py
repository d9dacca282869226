"""What a script evolved for: its function is not known, so that nothing can be scored."""

from neatfool.encodings import Labelled, Phenotypes
from neatfool.errors import ConfigError
from neatfool.reporting import Unit
from neatfool.sections.neat import ScriptSettings
from neatfool.tasks.task import Task, Trial
from neatfool.types import Scores

FITNESS = Unit("fitness", is_share=False)


class Script(Task):
    """One niche: the fitness that a script gave.

    Args:
        settings: Names of inputs and outputs.
        seed: Nothing depends on it.
    """

    Settings = ScriptSettings
    name = "script"
    niches = ("fitness",)
    unit = FITNESS

    def __init__(self, settings: ScriptSettings, seed: int = 0) -> None:
        names = dict(enumerate((*settings.inputs, *settings.outputs)))
        self.medium = Labelled(settings.inputs, len(settings.outputs), names=names)

    def score(self, phenotypes: Phenotypes, trial: Trial | None = None) -> Scores:
        """Refuse: the script scores.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError(
            "expected the fitness function of the script, which no run folder holds: score with "
            "the script itself"
        )
