"""WHAT is certified: the licence, its identifiers, and the rows it comes from.

>>> from certx.licence.identifiers import LicenceIdentifier
>>> LicenceIdentifier.parse(
...     "1.2.156.3005.2.11100000MB0143028R001.11510100MB9X0A012X.20260101000001.001.4").version
'001'
"""
