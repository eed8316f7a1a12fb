"""Ways of seeing TCP sessions without touching the devices."""
