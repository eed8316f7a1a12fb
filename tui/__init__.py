"""port502: why a Modbus TCP device cannot be reached, and who holds its connections."""

__version__ = "0.1.0"
