"""Detectors: how suspicious an image is to somebody who knows a classifier and real images."""
