"""The registry that this machine goes by: chosen, synced, read, and what it said before."""
