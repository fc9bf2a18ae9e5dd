"""Review of a source of trust: what would make a registry of it wrong or dangerous."""
