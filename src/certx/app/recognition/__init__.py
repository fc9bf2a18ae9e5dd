"""Agreements, scenarios, grants, requests and presentations, as files and as the registry has them."""
