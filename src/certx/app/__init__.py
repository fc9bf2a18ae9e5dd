"""Wiring: settings → sources, keys, ledger, and the two journeys over files.

The only package that reads the wall clock, and the only one that knows the technologies ([edge] modules).

- `machine`: What every journey stands on: the clock, files, locks, keys, the ledger, worker processes.
- `registry`: The registry that this machine goes by: chosen, synced, read, and what it said before.
- `carrier`: What travels as pictures and documents, opened and drawn: hostile input in a process of its own.
- `tables`: Tables of rows as they are opened: Parquet, spreadsheets, text.
- `outputs`: What issuing writes, and its credentials read again: files, parts, folders, compressed or not.
- `status`: What became of what was issued: statuses and their lists, the log and its receipts.
- `trust`: `certx trust`: writing the reviewed source of a registry, and publishing it.
- `schema`: `certx schema`: editions of the shared schemas, opened for the gate to judge.
- `issuing`: `certx issue`: from a table to an output, by processes of this machine or by a cluster.
- `verifying`: `certx verify`: inputs, verdicts, and what they use up and leave behind.
- `printing`: `certx print`: credentials laid out on paper and as QR symbols.
- `recognition`: Agreements, scenarios, grants, requests and presentations, as files and as the registry has them.
- `counter`: `certx counter`: one that stays open, and what feeds it.
- `doctor`: `certx doctor`: what this machine is like, gathered for review.
"""
