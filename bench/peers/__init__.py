"""Other implementations of SD-JWT VC, each timed at the same claims and credentials, if it is installed."""


class PeerMissingError(Exception):
    """It is not installed; the message says how it would be."""
