import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neatfool.tasks import Trial


@given(st.lists(st.integers(0, 1 << 40), min_size=1, max_size=8, unique=True), st.data())
def test_a_part_draws_what_the_whole_draws(keys: list[int], data: st.DataObject) -> None:
    whole = Trial(np.array(keys), generation=3, seed=7)
    first = data.draw(st.integers(0, len(keys) - 1))
    end = data.draw(st.integers(first + 1, len(keys)))
    part = whole.part(first, end)

    own = [random.random() for random in whole.streams("luck")]

    assert part.stream("weather").random() == whole.stream("weather").random()
    assert [random.random() for random in part.streams("luck")] == own[first:end]
    assert len(set(own)) == len(own)


def test_every_name_generation_and_seed_has_a_stream_of_its_own() -> None:
    trials = [Trial(np.arange(1), generation, seed) for generation in (1, 2) for seed in (0, 1)]
    drawn = [trial.stream(name, 3).random() for trial in trials for name in ("weather", "luck")]

    assert len(set(drawn)) == len(drawn)
