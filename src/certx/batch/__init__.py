"""The same, N times: what is ordered, the run that carries it out, and what became of it."""
