"""WHAT HAPPENED: the log of verdicts that a counter keeps, without personal data.

`record` says what a line is and how it is written; `waiting` and `sqlite` keep lines on this machine. Lines are
numbered in the order in which they reach the log, and no number is given twice.
"""
