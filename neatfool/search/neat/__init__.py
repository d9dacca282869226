"""NEAT, on neat-python."""
