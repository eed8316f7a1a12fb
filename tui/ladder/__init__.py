"""The ladder: asks one device question after question until its trouble has a cause."""
