"""A minute in a plant of limited devices, and whether the pane's counts are true all the while."""
