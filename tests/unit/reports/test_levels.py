"""How many niches reach scores, and after how many evaluations."""

import numpy as np

from neatfool.reports.levels import effort, share_reached, shares_reached

EVALUATIONS = np.array([100, 200, 300, 400], np.float32)
CONFIDENCES = [0.1, 0.5, 0.89, 0.9, 0.995]


def test_a_share_counts_the_level_itself():
    shares = shares_reached(CONFIDENCES, (0.5, 0.9, 0.99, 0.9999))
    assert shares == {"0.5": 0.8, "0.9": 0.4, "0.99": 0.2, "0.9999": 0.0}
    assert shares_reached([-20.0, 2250.0], (-20, 2137.5)) == {"-20": 1.0, "2137.5": 0.5}


def test_niches_without_an_elite_reach_nothing():
    assert share_reached([None, 0.5], -1.0) == 0.5
    assert share_reached([None, None], -1.0) == 0


def test_efforts_are_the_first_evaluations_with_enough_classes() -> None:
    scores = np.array([[0.1, 0.6], [0.95, 0.6], [0.95, 0.91], [0.95, 0.99]])
    assert effort(EVALUATIONS, scores, (0.5, 0.9, 0.99)) == {
        "0.5": {"0.5": 100, "0.9": 200},
        "0.9": {"0.5": 200, "0.9": 300},
        "0.99": {"0.5": 400, "0.9": None},
    }
