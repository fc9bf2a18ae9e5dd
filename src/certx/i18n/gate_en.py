"""What the schema gate finds, in English: by rule, what it is for and what it says of a place."""

from typing import Final

RULES: Final = {
    "old-licences-refused": (
        "every licence issued under the old schema is read by a verifier that has the new one",
        "a verifier with {version} refuses a licence that was issued under {against}",
    ),
    "new-licences-refused": (
        "every licence issued under the new schema is read by a verifier that still has the old one",
        "a verifier that still has {against} refuses a licence issued under {version}",
    ),
    "rows-refused": (
        "an issuer's rows stay rows",
        "a row that obeyed {against} is refused under {version}",
    ),
    "rule-tightened": (
        "no cross-field rule is added or narrowed within a major",
        "the cross-field rule {name} on {path} is new: a verifier with {version} refuses licences that break it",
    ),
    "rule-loosened": (
        "no cross-field rule goes within a major",
        "the cross-field rule {name} on {path} went: a verifier with {against} refuses licences that break it",
    ),
    "national-code-changed": (
        "the national type code is that of every licence identifier of the type",
        "the national code was {old} and is {new}: verifiers refuse the identifiers of one or the other",
    ),
    "claim-renamed": (
        "a claim keeps its name",
        "{old} seems to be called {new} now: whoever reads {old} finds nothing",
    ),
    "claim-removed": (
        "a claim that goes is missed by whoever reads it or fills it in",
        "{claim} is no claim any more: rows that fill it are refused, and nobody can ask for it",
    ),
    "code-removed": (
        "no code leaves a code list while licences carry it",
        "{codes} left the code list of {claim} while {live} licences of the type stand (the ledger does not say which codes they carry)",
    ),
    "unit-changed": (
        "a number keeps its unit",
        "the unit of {claim} was {old} and is {new}: the same number means another amount",
    ),
    "derivation-changed": (
        "a derived claim keeps its meaning",
        "{claim} meant “{old}” and means “{new}”: verifiers cannot tell which",
    ),
    "always-disclosed-now": (
        "what a holder may keep back stays the holder's choice",
        "{claim} could be kept back and is always disclosed now",
    ),
    "concealable-now": (
        "what verifiers rely on seeing stays in sight",
        "{claim} was always disclosed and may be kept back now",
    ),
    "label-changed": (
        "labels are the columns of rows and the words on screens and paper",
        "{annotation} of {claim} was “{old}” and is “{new}”",
    ),
    "needed-claim-gone": (
        "a claim that a scenario or an agreement needs stays",
        "{name} ({file}) needs {claim}, which is gone (its successor: {now})",
    ),
    "needed-claim-optional": (
        "a claim that a scenario or an agreement needs is in every licence",
        "{name} ({file}) needs {claim}, which a licence may be without now",
    ),
    "symbol-outgrown": (
        "a full licence fits the QR codes that it fitted, with the dictionary there is",
        "{example}: {old_bytes} bytes in {old_codes} QR code(s) before, {new_bytes} in {new_codes} now; a new dictionary may be needed",
    ),
    "scenario-claim-unknown": (
        "a matter asks for claims that there are",
        "{type} has no claim {claim}: nobody could ever show it",
    ),
    "scenario-version": ("a scenario that changes says so", "the scenario changed: its version should be {should_be}"),
    "scenario-asks-more": ("what a matter asks for more is known before", "{claim} must be shown now"),
    "scenario-licence-needed": (
        "what a matter asks for more is known before",
        "one more licence is needed now",
    ),
    "scenario-removed": (
        "a matter that is served stays",
        "the scenario is gone: requests and agreements that name it come to nothing",
    ),
    "matter-unreadable": ("scenarios and agreements can be read", "{defect}"),
    "scenario-tightened": (
        "what a matter does not take any more is known before",
        "claims that met the constraints do not any more",
    ),
    "old-documents-refused": (
        "every document of the old schema is one of the new",
        "the new schema refuses a document that the old one accepts",
    ),
    "new-documents-refused": (
        "every document of the new schema is one of the old",
        "the old schema refuses a document that the new one accepts",
    ),
    "published-removed": (
        "a published version stays",
        "a published version was removed: credentials that were issued under it are about",
    ),
    "published-changed": (
        "a published version does not change",
        "a published version was changed in place; leave it and add {should_be}",
    ),
    "schema-unreadable": ("a schema is one", "not readable as a licence schema: {defect}"),
    "major-not-raised": (
        "a break raises the major, and with it the vct",
        "this is a break: the version should be {should_be}",
    ),
    "major-without-need": ("a new vct is a cost to every region", "nothing here breaks anybody: {should_be} would do"),
    "minor-without-need": ("a version says something new", "nothing changed since {should_be}"),
    "minor-skipped": ("minors are counted", "the version after the one before is {should_be}"),
    "profile-unfit": ("a region's profile goes with the shared schema of its major", "{defect}"),
    "profile-version": ("a profile that changes says so", "the profile changed: its version should be {should_be}"),
    "profile-stricter": (
        "what a region asks of its own issuers is known before",
        "rows that the profile took are refused now",
    ),
    "profile-claim-removed": (
        "what became of a region's own claim is said",
        "the region's own claim {claim} is gone: rows that fill it are refused",
    ),
    "profile-rows-refused": (
        "a change of what all share leaves the issuers of each region something to issue",
        "with the profile as it is, {example} could be issued and cannot any more",
    ),
    "verdict-worse": (
        "a licence that was taken somewhere is taken there still",
        "{region} took {example} from {issued_in} ({matter}): {old} before, {new} now",
    ),
    "exception-expired": ("a reviewed exception has an end", "the exception for {id} at {place} ran out on {day}"),
    "exception-unused": ("a reviewed exception is about something", "the exception for {id} at {place} covers nothing"),
    "not-a-schema": ("a schema obeys the metaschema of draft 2020-12", "not a JSON Schema: {detail}"),
    "schema-id": ("a schema says which it is", "$id is {found}, and should be {expected}"),
    "annotation-form": ("annotations have their form (schemas/README.md)", "{at}: {detail}"),
    "title-missing": ("every claim has a label in Chinese and English", "{claim} has no {annotation}"),
    "codes-unlabelled": ("every code has its words", "{claim}: no words for {codes}"),
    "disclosure-unsaid": (
        "every claim says whether it is disclosed always or selectively",
        "{claim} does not say x-disclosure: always or selective",
    ),
    "never-concealable": (
        "what verifiers need in plain sight is never selective",
        "{claim} may never be disclosed selectively ({clause})",
    ),
    "example-refused": ("valid examples are valid", "a valid example is refused"),
    "example-accepted": (
        "invalid examples are wrong in the one way that they name",
        "to be refused for {wrong} at {path}, and is {found}",
    ),
    "examples-missing": ("a type has examples of both kinds", "{kind}/ has no example"),
    "definition-unreachable": ("what nothing refers to is not there", "nothing refers to {name}"),
    "pattern-backtracks": (
        "no text can hold up a verifier whose patterns backtrack",
        "{pattern} takes time without bound in a matcher that backtracks: {part} can match one text in many ways",
    ),
    "pattern-unreadable": ("patterns are ECMA-262", "{pattern} is no regular expression: {detail}"),
}

TERMS: Final = {
    "weight-break": "BREAK",
    "weight-undecided": "UNDECIDED",
    "weight-notice": "note",
    "breaks-new-verifier": "new verifiers with old licences",
    "breaks-old-verifier": "old verifiers with new licences",
    "breaks-issuer-rows": "issuers' rows",
    "breaks-scenarios": "scenarios and agreements",
    "breaks-holders": "holders",
    "breaks-repository": "the repository",
    "nothing": "nothing to compare: nothing changed",
    "compared": "{new} against {old}",
    "clean": "{subject}: good",
    "clean-against": "{subject}: good against {against}",
    "proven": "proven: {names}",
    "proven-backward": "old licences stay readable",
    "proven-forward": "old verifiers can read new licences",
    "proven-rows": "rows stay rows",
    "proven-backward-partial": "old licences shown in part stay readable",
    "proven-forward-partial": "old verifiers can read new licences shown in part",
    "breaks": "breaks: {who}",
    "witness": "witness: {document}",
    "refused": "refused at {at}: {why}",
    "document": "the document",
    "in-part": "also when only a part is disclosed",
    "whole-only": "only where all of it is disclosed",
    "undecided-part": "not decided: {part}",
    "should-be": "the version should be {version}",
    "excused": "let pass until {until}: {why}",
    "summary-compatible": "compatible: {steps} compared, nothing breaks",
    "summary-incompatible": "incompatible: {breaks} break(s), {undecided} undecided, {notices} note(s)",
    "summary-undecided": "undecided: {undecided} question(s) open, {notices} note(s)",
    "summary-clean": "clean: {steps} file(s), {notices} note(s)",
    "summary-findings": "{breaks} finding(s), {notices} note(s) in {steps} file(s)",
    "assumed": "assumed: {names}",
    "head-finding": "Finding",
    "head-place": "Place",
    "head-rule": "Rule",
    "head-breaks": "Breaks",
    "page-form": "Form",
    "page-rules": "Rules between claims",
    "page-derived": "Derived claims",
    "page-example": "Example",
    "matrix-from": "from",
    "matrix-in": "in",
    "matrix-type": "type",
    "matrix-matter": "matter",
    "matrix-before": "before",
    "matrix-now": "now",
    "matrix-no-matter": "any",
    "matrix-counts": "{taken} of {all}",
}
