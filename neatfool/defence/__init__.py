"""Defence: gates and what opens them, detectors under attack, retraining."""
