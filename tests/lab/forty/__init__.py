"""Forty devices on port 502 of one network namespace, and what is true of each."""
