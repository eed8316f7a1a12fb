"""Screens over the panes: detail, help, confirmation."""
