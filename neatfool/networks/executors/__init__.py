"""Executors: one file each, all ``(networks, inputs (I, X)) -> outputs (P, O, X)``."""
