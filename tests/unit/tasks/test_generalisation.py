"""Champions take exams, others do not."""

from dataclasses import dataclass, field

import numpy as np

from neatfool.networks import Played
from neatfool.networks.policy import CompiledWorld
from neatfool.sections.world import BlindDoublePoleSettings
from neatfool.tasks import KINDS, Playing
from neatfool.tasks import build as build_task
from neatfool.tasks.playing.generalisation import examine, passes
from neatfool.types import Doubles, Ints
from neatfool.worlds import BlindDoublePole, Exam


@dataclass
class Steady:
    """Networks that last as many steps as was said of each, or as they start in their favour."""

    lasting: Ints
    asked: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lasting)

    def select(self, index: Ints) -> "Steady":
        return Steady(self.lasting[index], self.asked)

    def reset(self, episodes: int) -> None:
        self.asked.append((len(self), episodes))

    def act(self, observations: Doubles, episodes: Ints) -> Doubles:
        raise NotImplementedError

    def play(self, world: CompiledWorld, states: Doubles) -> Played:
        each = len(states) // max(1, len(self))
        lasted = np.minimum(np.repeat(self.lasting, each) * states[:, 0], world.most_steps)
        return Played(np.stack([0 * lasted, lasted], axis=1), lasted.astype(np.int64))


class Examined(BlindDoublePole):
    """With easier exams."""

    def exams(self) -> tuple[Exam, ...]:
        half = np.array([[1.0], [0.5], [0.5], [0.1]])
        return Exam("long", np.ones((1, 1)), 100), Exam("general", half, 60, needed=3)


def test_an_exam_counts_the_episodes_that_last() -> None:
    world = Examined(BlindDoublePoleSettings())
    _, general = world.exams()
    assert examine(Steady(np.array([50, 60, 119, 120, 600])), world, general).tolist() == [
        0,
        1,
        1,
        3,
        4,
    ]
    assert world.most_steps == 1000


def test_who_fails_an_exam_is_not_asked_the_next() -> None:
    policy = Steady(np.array([99, 100, 120, 5]))
    assert passes(policy, Examined(BlindDoublePoleSettings())).tolist() == [
        False,
        False,
        True,
        False,
    ]
    assert policy.asked == [(4, 1), (2, 4)]


def test_only_those_that_lead_a_generation_are_examined() -> None:
    scores = np.array([[0.1], [0.7], [0.3]], np.float32)

    def contenders(kind: str) -> list[int]:
        task = build_task(KINDS.settings(kind)())
        assert isinstance(task, Playing)
        found: list[int] = task.contenders(scores, np.array([2, 1])).tolist()
        return found

    assert contenders("double-pole-blind") == [2, 1]
    assert contenders("double-pole") == [0, 1, 2]
