"""Parts of the screen that draw a snapshot."""
