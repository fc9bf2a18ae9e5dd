"""Licences certified in one region, recognised in every other (一次认证、异地可办).

Two journeys make up the library; each is one module that reads top down:

* `certx.issue`:  row → licence → signed credential
* `certx.verify`: text → evidence → findings → verdict

An issuer signs, a counter verifies:

>>> from certx.credential import verify_with_key
>>> from certx.credential.issue import issue
>>> from certx.credential.sdjwt import random_salts
>>> from certx.keys import new_signer
>>> from certx.schema.frame import Frame
>>> from datetime import UTC, datetime
>>> signer = new_signer("ES256")
>>> credential = issue(
...     {"vct": "urn:example:permit", "plate": "川A12345"},
...     frame=Frame(selective=frozenset({"plate"})), signer=signer, salts=random_salts())
>>> verify_with_key(credential, signer.public_jwk, now=datetime.now(UTC))["plate"]
'川A12345'
"""

__version__ = "0.1.0"
