"""The recording: append-only JSON Lines, written and read back."""
