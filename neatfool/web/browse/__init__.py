"""The browser of runs."""
