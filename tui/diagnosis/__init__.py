"""Pure functions of the state: causes, rules, findings."""
