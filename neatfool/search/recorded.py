"""What a script did, of which the best genomes are recorded: it can be looked at, not gone on."""

import numpy as np

from neatfool.encodings.genomes import OfEncoding
from neatfool.errors import RunError
from neatfool.search.search import Search
from neatfool.sections.neat import RecordedSettings
from neatfool.types import Ints, Scores


class Recorded(Search):
    """The best genome of a script, and nothing to ask for."""

    Settings = RecordedSettings
    REPLAYED_FROM = "winners"
    UNPLAYED = "a script evolved it, of whose genomes only the best are recorded"

    def ask(self) -> OfEncoding:
        """Refuse: the script makes genomes.

        Raises:
            RunError: Always.
        """
        raise RunError(f"there are no genomes to ask for: {self.UNPLAYED}")

    @property
    def asked(self) -> Ints:  # noqa: D102
        return np.empty(0, np.int64)

    def tell(self, scores: Scores) -> None:
        """Refuse, as nothing was asked for.

        Raises:
            ShapeError: Always.
        """
        self.check(scores)
