"""Pages for people: that of a run, and that of a network that is a gate."""
