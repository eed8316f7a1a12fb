"""Behaviour of single rooms."""
