"""What ails a machine, in English: by code, what is wrong and the command that mends it."""

from typing import Final

PARTS: Final = {
    "settings": "settings",
    "registry": "registry",
    "anchors": "anchors",
    "agreements": "agreements",
    "evidence": "roles, keys and status lists",
    "disk": "disk",
    "files": "permissions",
    "ledger": "ledger",
}

AILMENTS: Final = {
    "settings-unusable": (
        "the settings have a mistake: {defect}; what depends on it was not looked at",
        "correct certx.toml (or CERTX_… in the environment); or move it away: certx init --region CODE --registry SRC",
    ),
    "region-not-set": (
        "for which region this machine accepts licences is not set",
        "certx init --region CODE --registry SRC",
    ),
    "registry-not-set": ("this machine has no trust registry", "certx init --region CODE --registry SRC"),
    "registry-not-synced": ("the registry has not been fetched yet: every verdict is undetermined", "certx sync"),
    "registry-unsigned": (
        "the registry is an unsigned folder, good for trials only: whoever writes to it decides what is accepted",
        "certx init --region CODE --registry SRC --root FILE",
    ),
    "registry-unusable": (
        "the registry cannot be relied on: {defect}",
        "certx sync; of a folder: certx trust check FOLDER",
    ),
    "root-unusable": (
        "the root of trust is not what was pinned: {defect}",
        "find out who changed it; then move certx.toml away: certx init --region CODE --registry SRC --fingerprint sha256:…",
    ),
    "clock-behind": (
        "the clock says {at}, but the registry was signed at {signed_at}",
        "set the clock: timedatectl set-ntp true",
    ),
    "region-unusable": (
        "the region {member} cannot be relied on: {defect}",
        "certx sync; if it stays so, tell the region",
    ),
    "regions-none": ("the registry lists no region: nothing can be accepted", "certx trust show; tell the federation"),
    "issuers-none": ("the registry lists no issuer: nothing can be accepted", "certx trust show; tell the federation"),
    "keys-none": (
        "the registry lists no key that may sign today: nothing new can be accepted",
        "certx trust show; tell the federation",
    ),
    "regions-gone": (
        "{count} region(s) are gone that the registry signed {since} listed: {names}",
        "certx trust show; ask the federation whether that was meant",
    ),
    "issuers-gone": (
        "{count} issuer(s) are gone that the registry signed {since} listed: {names}",
        "certx trust show; ask their region whether that was meant",
    ),
    "keys-gone": (
        "{count} key(s) are gone that the registry signed {since} listed: {names}; what they signed is now invalid",
        "certx trust show; ask their region: a key that signs no more stays listed, as retired",
    ),
    "registry-expired": (
        "the registry has expired at {at}; from {until} on every verdict is undetermined",
        "certx sync; on the publisher: certx trust publish SOURCE --to FOLDER",
    ),
    "registry-expires": (
        "the registry is old: it expires at {at}",
        "certx sync, daily; on the publisher: certx trust publish SOURCE --to FOLDER, daily",
    ),
    "role-expired": (
        "the signatures of {role} have expired at {at}; from {until} on verdicts that need it are undetermined",
        "certx sync; on the publisher: certx trust publish SOURCE --to FOLDER, signed by whom certx trust status FOLDER names",
    ),
    "role-expires": (
        "the signatures of {role} expire at {at}",
        "certx sync; on the publisher: certx trust publish SOURCE --to FOLDER, signed by whom certx trust status FOLDER names",
    ),
    "role-on-schedule": (
        "the signatures of {role} expire at {at}; they are renewed on schedule before that",
        "certx sync; on the publisher: certx trust publish SOURCE --to FOLDER",
    ),
    "issuer-without-key": (
        "{issuer} has no key that may sign today",
        "certx key new NAME; certx trust key add SOURCE NAME --issuer {issuer}; certx trust publish SOURCE --to FOLDER",
    ),
    "key-ends": (
        "the key {kid} of {issuer} ends at {until}, and none takes over",
        "certx key new NAME; certx trust key rotate SOURCE {kid} NAME; certx trust publish SOURCE --to FOLDER",
    ),
    "key-relieved": (
        "the key {kid} of {issuer} ends at {until}; another key takes over",
        "certx trust show; whoever signs with it: sign with the other from then on",
    ),
    "status-key-none": (
        "{issuer} has no status key that may sign today: its status lists cannot be renewed",
        "certx key new NAME; certx trust key add SOURCE NAME --issuer {issuer} --status; certx trust publish SOURCE --to FOLDER",
    ),
    "status-key-ends": (
        "the status key {kid} of {issuer} ends at {until}, and none takes over",
        "certx key new NAME; certx trust key rotate SOURCE {kid} NAME; certx trust publish SOURCE --to FOLDER",
    ),
    "log-key-none": (
        "{issuer} has no log key that may sign today: what it issues is not logged, and unproven should its key be stolen",
        "certx key new NAME --algorithm Ed25519; certx trust key add SOURCE NAME --issuer {issuer} --log; certx trust publish SOURCE --to FOLDER",
    ),
    "log-key-ends": (
        "the log key {kid} of {issuer} ends at {until}, and none takes over",
        "certx key new NAME --algorithm Ed25519; certx trust key rotate SOURCE {kid} NAME; certx trust publish SOURCE --to FOLDER",
    ),
    "grant-key-none": (
        "{issuer} has no grant key that may sign today: it can grant nobody the use of its licences",
        "certx key new NAME; certx trust key add SOURCE NAME --issuer {issuer} --grant; certx trust publish SOURCE --to FOLDER",
    ),
    "grant-key-ends": (
        "the grant key {kid} of {issuer} ends at {until}, and none takes over",
        "certx key new NAME; certx trust key rotate SOURCE {kid} NAME; certx trust publish SOURCE --to FOLDER",
    ),
    "counter-without-key": (
        "{issuer} has no key that may sign requests today: no holder answers it",
        "certx key new NAME; certx trust key add SOURCE NAME --counter {issuer}; certx trust publish SOURCE --to FOLDER",
    ),
    "counter-key-ends": (
        "the key {kid} that signs requests of {issuer} ends at {until}, and none takes over",
        "certx key new NAME; certx trust key rotate SOURCE {kid} NAME; certx trust publish SOURCE --to FOLDER",
    ),
    "list-missing": (
        "{issuer} has a status key and publishes no list: licences that name one are undetermined",
        "certx sync; if it stays so, tell the issuer: certx status publish --issuer {issuer} --key KEY --out FOLDER",
    ),
    "list-unusable": (
        "no counter can use the status list {file}: {defect}",
        "certx sync; if it stays so, tell the issuer: certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "list-expired": (
        "the status list {file} has expired at {at}: from {until} on licences on it are undetermined",
        "certx sync; if it stays so, tell the issuer: certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "log-unusable": (
        "the published log {path} proves nothing; what its issuer signed before the theft of a key needs receipts: {defect}",
        "certx sync; if it stays so, have the issuer publish it anew: certx status checkpoint --issuer ID --key KEY --out FOLDER --digests",
    ),
    "log-not-noted": ("this machine has not noted yet what the published log {path} proves", "certx sync"),
    "list-outdated": (
        "the status list {file} has expired at {at}, and its grace ended at {until}: licences on it are undetermined",
        "certx sync; if it stays so, tell the issuer: certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "list-expires": (
        "the status list {file} expires at {at}",
        "certx sync; if it stays so, tell the issuer: certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "lists-on-schedule": (
        "{count} status list(s) of {member} expire within 30 days and are renewed on schedule; the first, {file}, at {at}",
        "certx sync; at the issuer: certx status publish --issuer ID --key KEY --out FOLDER",
    ),
    "agreement-ends": (
        "the agreement {agreement} ends at {until}, and none takes over",
        "certx agreement new, then certx agreement sign by each party",
    ),
    "agreement-one-sided": (
        "the agreement {agreement} does not count: {missing} did not publish it",
        "certx agreement show {agreement}; ask them to list the same file",
    ),
    "agreement-altered": (
        "the agreement {agreement} does not count: {missing} published another text",
        "certx agreement show {agreement}; ask them to list the same file",
    ),
    "agreement-unusable": (
        "the agreement {agreement} of our region cannot be read: {defect}",
        "certx trust check FOLDER; mend the file and publish it again",
    ),
    "disk-full": (
        "{free} MiB are free at {path}, {needed} are needed to sync",
        "see what takes it: du -xh {path} | sort -h | tail; make room, and then: certx sync",
    ),
    "key-open": ("the private key {path} may be read by others (mode {mode})", "chmod 600 {path}"),
    "key-plain": (
        "the private key {path} is not encrypted: whoever reads the disk has it",
        "openssl pkcs8 -topk8 -in {path} -out NEW; or better a new key: certx key new NAME",
    ),
    "key-unusable": (
        "{path} is no encrypted private key: it is empty or damaged",
        "bring it back from a copy; without one move it away: certx key new NAME; certx trust key rotate SOURCE KID NAME",
    ),
    "folder-open": ("others may look into {path} (mode {mode})", "chmod 700 {path}"),
    "ledger-open": ("the ledger file {path} may be read by others (mode {mode})", "chmod 600 {path}"),
    "ledger-format": (
        "the ledger {path} has format {found}, this certx knows {known}",
        "pip install --upgrade certx",
    ),
    "ledger-damaged": (
        "the ledger {path} is damaged: {detail}",
        "stop issuing; keep it: mv {path}* FOLDER; bring the copy back: cp COPY {path}; then again: certx doctor; on a server: pg_restore",
    ),
    "ledger-empty": (
        "the ledger {path} is an empty file: what was issued before is not known",
        "bring it back: cp COPY {path}; if nothing was ever issued: rm {path}",
    ),
    "ledger-unreachable": (
        "the ledger {path} cannot be opened: {detail}",
        "see with psql {url}: start the server, put the password into the file of PGPASSFILE, or create the database",
    ),
    "ledger-unfinished": (
        "{count} licence(s) are reserved and were never signed",
        "run the certx issue that was cut off again: it signs nothing twice",
    ),
    "list-unpublished": (
        "licences were issued on the status list {file}, which the registry in use does not have: they are undetermined",
        "certx status publish --issuer {issuer} --key KEY --out FOLDER; certx trust publish SOURCE --to FOLDER; certx sync",
    ),
    "status-unpublished": (
        "{count} change(s) of status are not in the lists of the registry in use",
        "certx sync; if it stays so: certx status publish --issuer ID --key KEY --out FOLDER; certx trust publish SOURCE --to FOLDER",
    ),
    "not-looked-at": ("{part}: could not be looked at: {defect}", "mend that, then again: certx doctor"),
}
