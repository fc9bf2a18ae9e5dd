"""START HERE: row → licence → credential.

    read      a row's cells become claims                                     (certx.licence.rows)
    complete  what the issuer knows is filled in, facts are derived
    validate  the closed schema and the cross-field rules hold                (certx.schema)
    sign      claims and envelope become an SD-JWT VC                         (certx.credential.issue)

Reserving identifiers and writing output are the caller's (`certx.app`), so that all of this is pure.
"""

from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from certx.credential.issue import Signed, header_segment, issue_each
from certx.errors import KeyFailureError, UsageError
from certx.keys.algorithms import read_public_key
from certx.keys.protocols import Signer
from certx.ledger.protocol import ListPlace, SigningKey
from certx.licence.cells import mask
from certx.licence.check_digits import mod_37_36, mod_37_36_state
from certx.licence.divisions import province_of
from certx.licence.identifiers import LICENCE_OID, IdentifierError, LicenceIdentifier
from certx.licence.model import day_ends_at, day_starts_at
from certx.licence.paths import Path, format_path, value_at
from certx.licence.rows import Field, RowError, RowProblem, RowReader
from certx.licence.versions import FIRST, PREVIOUS, version_after
from certx.schema.catalogue import LicenceSchema
from certx.schema.rules import Context, Violation
from certx.schema.validate import SchemaProblem
from certx.status.reference import list_uri, series_by
from certx.trust.registry import Issuer

HOLDER_KEY: Final = "holderKey"
_OWN: Final = frozenset({"certificateIdentifier", "issuingAuthorityCode"})
"""Identifiers that the plan makes itself and that need no second look, unless the row brings its own."""
_OF_OURS: Final = _OWN | {"areaCode", PREVIOUS}
"""What has to go with the issuer if the row brings it."""
_NO_CONTENT: Final = ("certificateIdentifier", PREVIOUS)
_PUBLIC_MEMBERS: Final = ("kty", "crv", "x", "y")
LICENCE_NUMBER: Final = "certificateNumber"
"""What tells licences of a type and issuer apart, unless the issuer names other columns."""


class Draft(NamedTuple):
    """A licence that is ready to be signed once its identifier is reserved.

    `content` is canonical JSON of what the row and the issuer say: by it the ledger knows a row again. Identifiers are
    none of it, nor are derived claims, which change with the day of issue.
    """

    row_key: str
    content: bytes
    claims: dict[str, Any]
    holder_key: Mapping[str, object] | None
    warnings: tuple[RowProblem, ...]

    @property
    def licence_id(self) -> str:
        """The identifier proposed or given; the ledger may already hold another for this row."""
        return str(self.claims["certificateIdentifier"])

    @property
    def supersedes(self) -> str | None:
        """The identifier of the licence that this one is the next version of."""
        return self.claims.get(PREVIOUS)


class Reserved(NamedTuple):
    """A draft, and what was reserved for it: its identifier, and its place on a status list if it has one."""

    draft: Draft
    licence_id: str
    place: ListPlace | None = None


class IssuePlan:
    """Everything about issuing one licence type by one issuer that does not change from row to row."""

    def __init__(
        self, schema: LicenceSchema, issuer: Issuer, signer: Signer, *, salts: Iterator[str], context: Context
    ) -> None:
        """Raises `UsageError` or `KeyFailureError` if the registry does not let this issuer and key sign this type."""
        check_entitled(schema, issuer, signer)
        self.schema = schema
        self.issuer = issuer
        self.series = series_by(issuer)
        """That of the issuer's status lists, `None` if nobody is listed to sign any."""
        self.key = SigningKey(issuer.credit_code, signer.kid)
        """Who signs, and with what, as the ledger notes it."""
        self._signer = signer
        self._salts = salts
        self._context = context
        self._reader = RowReader(schema.shape)
        self._header = header_segment(signer)
        identifier = LicenceIdentifier.make(schema.national_code, issuer.credit_code, "0")
        self._parts = (identifier.type_code, identifier.issuer_code)
        self._id_head = f"{LICENCE_OID}.{identifier.type_code}.{identifier.issuer_code}."
        self._id_state = mod_37_36_state("".join(self._parts))
        self._vct = schema.vct
        self.row_kind = f"{schema.type}:{issuer.credit_code}"
        """What a row key begins with: rows of one kind are told apart by the same claims."""
        self._told_by: tuple[Path, ...] = ((LICENCE_NUMBER,),)
        self._closed_trusting = schema.closed_trusting(_OWN)
        constants = schema.document["properties"]
        self._given = {
            "certificateName": schema.resolve(constants["certificateName"]).get("const", schema.label.zh),
            "issuingAuthorityName": issuer.name["zh"],
            "issuingAuthorityCode": issuer.credit_code,
            "areaCode": issuer.area,
        }

    def check_header(self, header: Sequence[str]) -> None:
        """Raise `UsageError` if a column of a table has a name that this type does not know."""
        self._reader.bind(header)

    @property
    def told_by(self) -> str:
        """The claims that tell rows of this kind apart, as the ledger notes them: paths, comma-separated."""
        return ",".join(map(format_path, self._told_by))

    @property
    def id_head(self) -> str:
        """What every identifier of this type by this issuer begins with."""
        return self._id_head

    def tell_by(self, columns: Sequence[str]) -> None:
        """Tell rows apart by these columns, names or paths; raises `UsageError` if the type lacks one."""
        fields = [self.schema.shape.find(column.strip()) for column in columns]
        unknown = [column for column, field in zip(columns, fields, strict=True) if field is None]
        if unknown or not fields:
            raise UsageError("row-key-unknown", hint="columns-unknown", columns=", ".join(unknown))
        self._told_by = tuple(dict.fromkeys(field.path for field in fields if field is not None))

    def draft(self, row: Mapping[str, object], *, serial: str, issued_at: int) -> Draft:
        """The licence that a row asks for; `serial` makes its identifier if the row brings none.

        The next version of a licence of ours keeps the serial of that one. Raises `RowError` with all that is wrong
        with the row.
        """
        try:
            read = self._reader.read(row)
        except RowError as error:
            raise RowError([*error.problems, *self._other_problems(row, error)]) from error
        claims = {**self._given, "certificateIdentifier": self._identifier(serial, read.get(PREVIOUS)), **read}
        for derivation in self.schema.derivations:
            try:
                if derivation.holds(claims, issued_at):
                    claims[derivation.claim] = True
            except (TypeError, ValueError):  # of the wrong form: validation says so
                continue
        self._validate(claims, row, read.keys())
        row_key = f"{self.row_kind}:{self._row_key(claims, row)}"
        holder_key = self._holder_key(row)
        return Draft(row_key, self._content(read, holder_key), claims, holder_key, self._warnings(claims, row))

    def _row_key(self, claims: Mapping[str, Any], row: Mapping[str, object]) -> str:
        if self._told_by == ((LICENCE_NUMBER,),):
            return str(claims[LICENCE_NUMBER])
        values = [value_at(claims, path) for path in self._told_by]
        if None in values:
            missing = [path for path, value in zip(self._told_by, values, strict=True) if value is None]
            raise RowError([self._problem(row, "row-key-missing", path, None, {}) for path in missing])
        return orjson.dumps(values).decode()

    def _content(self, read: Mapping[str, object], holder_key: Mapping[str, object] | None) -> bytes:
        content = {**self._given, **read}
        for name in _NO_CONTENT:
            content.pop(name, None)
        if holder_key is not None:
            content["cnf"] = holder_key
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)

    def _other_problems(self, row: Mapping[str, object], error: RowError) -> list[RowProblem]:
        """What else is wrong with a row some of whose cells could not be read."""
        told = {problem.column for problem in error.problems}
        claims = {**self._given, "certificateIdentifier": self._identifier("0"), **(error.claims or {})}
        found = [self._misfit(row, problem) for problem in self.schema.closed.problems(claims)]
        return [problem for problem in found if problem.column not in told]

    def sign(self, draft: Draft, *, licence_id: str, issued_at: int, place: ListPlace | None = None) -> Signed:
        """Sign a draft; see `sign_each`."""
        return next(self.sign_each([Reserved(draft, licence_id, place)], issued_at=issued_at))

    def sign_each(self, reserved: Iterable[Reserved], *, issued_at: int) -> Iterator[Signed]:
        """Sign each draft under what was reserved for it, as they are asked for."""
        return issue_each(
            (self._payload(*one, issued_at) for one in reserved),
            frame=self.schema.frame,
            signer=self._signer,
            salts=self._salts,
            header=self._header,
        )

    def _payload(self, draft: Draft, licence_id: str, place: ListPlace | None, issued_at: int) -> dict[str, object]:
        """Envelope and content."""
        claims = draft.claims
        claims["certificateIdentifier"] = licence_id
        envelope: dict[str, object] = {"iss": self.issuer.id, "iat": issued_at}
        envelope["nbf"] = day_starts_at(claims["effectiveDate"])
        expiring = claims.get("expiringDate")
        if expiring is not None:
            envelope["exp"] = day_ends_at(expiring)
        envelope["vct"] = self._vct
        if draft.holder_key is not None:
            envelope["cnf"] = {"jwk": draft.holder_key}
        if place is not None:
            envelope["status"] = {"status_list": {"idx": place.idx, "uri": list_uri(place.series, place.number)}}
        return {**envelope, **claims}

    def _identifier(self, serial: str, previous: object = None) -> str:
        following = None if previous is None else version_after(previous, *self._parts)
        serial, number = following or (serial, FIRST)
        return f"{self._id_head}{serial}.{number}.{mod_37_36(serial + number, self._id_state)}"

    def _validate(self, claims: dict[str, Any], row: Mapping[str, object], brought: KeysView[str]) -> None:
        """Raise `RowError` with all that is wrong with claims, of which the row brought these."""
        validator = self._closed_trusting if brought.isdisjoint(_OWN) else self.schema.closed
        is_valid = validator.is_valid(claims)
        broken = self.schema.violations(claims, self.schema.rules, self._context)
        if is_valid and not broken:
            if not brought.isdisjoint(_OF_OURS):
                self._check_ours(claims, row)
            return
        found = [self._misfit(row, problem) for problem in (() if is_valid else self.schema.closed.problems(claims))]
        found += [self._broken_rule(claims, row, violation) for violation in broken]
        raise RowError(found or [RowProblem("schema-invalid", "", "", {"keyword": "jsonschema-rs"})])

    def _check_ours(self, claims: dict[str, Any], row: Mapping[str, object]) -> None:
        self._check_identifier(claims["certificateIdentifier"], row)
        if PREVIOUS in claims:
            self._check_previous(claims[PREVIOUS], row)
        for name, is_ours in (
            ("issuingAuthorityCode", claims["issuingAuthorityCode"] == self.issuer.credit_code),
            ("areaCode", province_of(claims["areaCode"]) == province_of(self.issuer.area)),
        ):
            if not is_ours:
                raise RowError([self._problem(row, "not-the-issuers", (name,), claims[name], {})])

    def _check_identifier(self, text: str, row: Mapping[str, object]) -> None:
        if text.startswith(self._id_head):
            return
        try:
            named = LicenceIdentifier.parse(text)
        except IdentifierError as error:  # pragma: no cover - the schema's format has said so already
            code = error.code
        else:
            code = "identifier-of-another-type"
            if named.type_code == self.schema.national_code:
                code = "identifier-of-another-issuer"
        raise RowError([self._problem(row, code, ("certificateIdentifier",), text, {})])

    def _check_previous(self, text: str, row: Mapping[str, object]) -> None:
        if LicenceIdentifier.parse(text).type_code != self.schema.national_code:
            raise RowError([self._problem(row, "identifier-of-another-type", (PREVIOUS,), text, {})])

    def problem_with(
        self, row: Mapping[str, object], claim: str, code: str, params: Mapping[str, object]
    ) -> RowProblem:
        """What somebody else found wrong with a claim, told under the name that the row gives it."""
        return self._problem(row, code, (claim,), None, params)

    def _warnings(self, claims: dict[str, Any], row: Mapping[str, object]) -> tuple[RowProblem, ...]:
        if not self.schema.warnings:
            return ()
        broken = self.schema.violations(claims, self.schema.warnings, self._context)
        return tuple(self._broken_rule(claims, row, violation) for violation in broken)

    def _broken_rule(self, claims: dict[str, Any], row: Mapping[str, object], violation: Violation) -> RowProblem:
        value: Any = claims
        for step in violation.at:
            value = value[step]
        return self._problem(row, f"rule-{violation.rule}", violation.at, value, violation.params)

    def _problem(
        self, row: Mapping[str, object], code: str, at: Path, value: object, params: Mapping[str, object]
    ) -> RowProblem:
        field = self.schema.shape.fields.get(tuple(-1 if isinstance(step, int) else step for step in at))
        personal = field.personal if field is not None else True
        column = self._column(row, at, field)
        shown = "" if value is None else mask(value) if personal else str(value)[:80]
        return RowProblem(code, column, shown, params)

    def _misfit(self, row: Mapping[str, object], problem: SchemaProblem) -> RowProblem:
        """A value that does not fit its column may belong to another: where holders are persons it is masked."""
        told = self._problem(row, problem.code, problem.at, problem.value, problem.params)
        if self.schema.holder_category == "legal" or problem.value is None:
            return told
        return told._replace(value=mask(problem.value))

    def _column(self, row: Mapping[str, object], at: Path, field: Field | None) -> str:
        """What the row calls the claim at a path, else what the schema calls it."""
        for bound in self._reader.bind(tuple(row)):
            if bound.field.path == at:
                return bound.name
        label = self.schema.labels.get(tuple(step for step in at if isinstance(step, str)))
        shown = format_path(at)
        return f"{label.zh} ({shown})" if label is not None and field is not None else shown

    def _holder_key(self, row: Mapping[str, object]) -> Mapping[str, object] | None:
        given = row.get(HOLDER_KEY)
        if given is None or given == "":
            return None
        try:
            return read_holder_key(given) if isinstance(given, str) else public_members(given)
        except KeyFailureError as error:
            raise RowError([RowProblem.of(error, HOLDER_KEY)]) from error


def read_holder_key(data: str | bytes) -> Mapping[str, object]:
    """A holder's public JWK from its JSON; see `public_members`."""
    try:
        jwk = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise KeyFailureError("holder-key-not-json", hint="jwk-kind") from error
    return public_members(jwk)


def public_members(jwk: object) -> Mapping[str, object]:
    """What of a holder's key goes into `cnf` (RFC 7800, section 3.2); raises `KeyFailureError` on a private one."""
    if not isinstance(jwk, Mapping):
        raise KeyFailureError("jwk-kind", hint="jwk-kind")
    if "d" in jwk or "k" in jwk:
        raise KeyFailureError("jwk-private", hint="jwk-private")
    read_public_key(jwk)
    return {name: jwk[name] for name in _PUBLIC_MEMBERS if name in jwk}


def check_entitled(schema: LicenceSchema, issuer: Issuer, signer: Signer) -> None:
    """Refuse to sign what no counter would accept: the type or the key is not in the registry."""
    if schema.type not in issuer.types:
        raise UsageError("issuer-not-entitled", hint="issuer-not-entitled", issuer=issuer.id, type=schema.type)
    key = issuer.keys.get(signer.kid)
    if key is None:
        raise KeyFailureError("signing-key-not-listed", hint="signing-key-not-listed", kid=signer.kid, issuer=issuer.id)
    if key.state != "active" or (key.types is not None and schema.type not in key.types):
        raise KeyFailureError("signing-key-not-active", kid=signer.kid, state=key.state)
