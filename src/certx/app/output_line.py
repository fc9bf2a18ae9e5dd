"""One line of output: what every form of output holds of a licence."""

import orjson


def output_object(row_key: str, licence_id: str, credential: str) -> bytes:
    """A line of output from its members: the very bytes that `certx issue` wrote."""
    members = {"row_key": row_key, "licence_id": licence_id, "credential": credential}
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE)
