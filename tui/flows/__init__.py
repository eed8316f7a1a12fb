"""Sessions told from the traffic they make: from TCP segments to who holds what, and what is said."""
