"""Wiring: settings → sources, keys, ledger, and the two journeys over files.

The only package that reads the wall clock, and the only one that knows the technologies ([edge] modules).
"""
