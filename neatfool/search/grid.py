"""A grid over measures of behaviour: the niches of MAP-Elites where a task measures (2015)."""
