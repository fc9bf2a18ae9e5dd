"""`certx doctor`: what this machine is like, gathered for review."""
