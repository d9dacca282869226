"""Gates: what a run may come to, and whether it is worse than another."""
