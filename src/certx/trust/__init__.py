"""WHO may sign what: the trust registry, as an immutable snapshot whatever it was read from."""
