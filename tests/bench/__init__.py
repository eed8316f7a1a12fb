"""Figures: us beside the alternative, in one run."""
