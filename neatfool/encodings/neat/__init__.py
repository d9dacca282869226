"""The bridge to neat-python."""
