"""A small plant of real, misbehaving servers on loopback."""
