"""From Python in a few lines: evolve for a function, fool a network."""

from neatfool.evolving.fitness import Evolution as Evolution
from neatfool.evolving.fitness import evolve as evolve
from neatfool.evolving.fooling import Fooled as Fooled
from neatfool.evolving.fooling import fool as fool
