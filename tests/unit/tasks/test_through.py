"""Every encoding plays every compiled world through every medium."""

import numpy as np
import pytest
import torch

from neatfool.encodings import (
    Birth,
    CppnSettings,
    OffsetSettings,
    SwitchSettings,
    WeightSettings,
    build,
)
from neatfool.errors import ConfigError
from neatfool.streams import stream
from neatfool.substrates import (
    EvolvableSettings,
    SheetSettings,
    Substrate,
    SubstrateSettings,
    sandwich,
)
from neatfool.tasks import KINDS, Playing
from neatfool.tasks import build as build_task
from neatfool.tasks.playing import PlaySettings, play
from neatfool.tasks.playing.episodes import play_stepwise
from neatfool.worlds import ALL, Tetris, World
from neatfool.worlds.tetris import TetrisSettings

COMPILED = [world for world in ALL if world.is_compiled()]
PLAYERS = {
    "NEAT": (CppnSettings(), "network"),
    "HyperNEAT": (CppnSettings(), "substrate"),
    "ES-HyperNEAT": (CppnSettings(), "evolvable"),
    "weights": (WeightSettings(), "substrate"),
    "offset": (OffsetSettings(offset_rate=0.5), "substrate"),
    "switch": (SwitchSettings(at=2), "substrate"),
}


def task_of(world: type[World], **settings) -> Playing:
    settings_of = KINDS.settings(world.Settings.model_fields["kind"].default)
    task = build_task(settings_of(play=PlaySettings(**settings)))
    assert isinstance(task, Playing)
    return task


@pytest.mark.parametrize("world", COMPILED, ids=lambda world: world.__name__)
@pytest.mark.parametrize("player", PLAYERS.values(), ids=PLAYERS)
def test_every_encoding_plays_step_by_step_as_at_once(player, world: type[World]) -> None:
    settings, through = player
    task = task_of(world, through=through)
    encoding = build(settings, task.medium)
    genomes = encoding.new(4, Birth(1, stream(1, "first"), 0, 0))
    genomes = encoding.vary(genomes, Birth(2, stream(1, "second"), 1000, 1000))
    policy = task.policy(encoding.express(genomes))
    seeds = np.arange(2)
    whole = play(policy, task.world, seeds)
    policy.reset(2)
    stepwise = play_stepwise(policy, task.world, np.tile(seeds, 4))
    assert whole.rewards.tobytes() == stepwise.rewards.tobytes()
    assert whole.steps.tolist() == stepwise.steps.tolist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"substrate": sandwich(2, 2)}, "no effect with .* network: .* set through to substrate"),
        ({"through": "evolvable", "substrate": sandwich(2, 2)}, "let them be the same"),
        ({"through": "substrate", "substrate": sandwich(2, 3)}, "got 6 and 6"),
        (
            {
                "through": "evolvable",
                "substrate": EvolvableSettings(
                    sheets=(
                        SheetSettings(name="in", role="input", width=3),
                        SheetSettings(name="out", role="output", width=2),
                    )
                ),
            },
            "expected input sheets of 4 nodes, or one more for a bias, .* got 3 and 2",
        ),
    ],
)
def test_a_substrate_that_does_not_fit_is_refused(settings, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        task_of(COMPILED[0], **settings)


def test_the_published_weights_of_dellacherie_play_tetris_to_the_end() -> None:
    """The sum of six features that he set by hand; 20,000 steps are about 3,800 pieces."""
    world = Tetris(TetrisSettings(inputs="dellacherie", most_steps=20_000))
    sheets = (
        SheetSettings(name="seen", role="input", width=6),
        SheetSettings(name="value", role="output", activation="identity"),
    )
    substrate = Substrate(SubstrateSettings(sheets=sheets))
    policy = substrate.policy(torch.tensor([[-1.0, 1.0, -1.0, -1.0, -4.0, -1.0]]))
    score, steps = play(policy, world, np.arange(5)).rewards.T
    assert steps.tolist() == [20_000] * 5
    assert score.min() > 1_450  # each piece brings four tenths of a line
