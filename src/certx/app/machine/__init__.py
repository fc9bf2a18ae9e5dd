"""What every journey stands on: the clock, files, locks, keys, the ledger, worker processes."""
