"""Real networks, made of namespaces."""
