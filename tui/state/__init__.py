"""One store that folds events into what is; no I/O, no clock."""
