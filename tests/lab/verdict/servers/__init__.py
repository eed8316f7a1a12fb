"""Servers of the lab: independent Modbus libraries, and small ones that misbehave in one known way each."""
