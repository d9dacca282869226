"""What is gathered while a run is replayed."""

import numpy as np

from neatfool.past.history import Origins


def test_a_new_species_came_of_that_of_most_of_its_first_members_or_their_parents() -> None:
    origins = Origins()
    origins.note(np.array([1, 2, 3]), np.full(3, -1), np.array([7, 7, 8]))
    # 1 lives on in a new species; so are children of 2 and 3 in it; 6 stays in the old one.
    keys, parents, species = [1, 4, 5, 6], [-1, 2, 3, 3], [9, 9, 9, 8]
    origins.note(*(np.array(each) for each in (keys, parents, species)))
    origins.note(np.array([10, 11]), np.array([6, 4]), np.array([9, 12]))
    assert origins.found == {9: 7, 12: 9}
