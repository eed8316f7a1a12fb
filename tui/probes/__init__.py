"""One question each to the network, within one budget; no state."""
