"""In WHICH SHAPE: the shared licence schemas, what their annotations say, and validation against them.

Jsonschema is the reference and writes the error report; a compiled validator answers on the hot path.
"""
