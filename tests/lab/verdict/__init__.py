"""The laboratory of the verdict: networks with a known fault, and what `port502 check` says."""
