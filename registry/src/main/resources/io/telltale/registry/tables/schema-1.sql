-- docs/format/registry.md explains every column. Times are milliseconds since 1970.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- AUTOINCREMENT: a number is never given twice, not even after a deletion.
CREATE TABLE principal (
  number INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number <= 2147483647),
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('device', 'gateway', 'service', 'person')),
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  asset TEXT NOT NULL,
  roles TEXT NOT NULL DEFAULT '',
  firmware TEXT NOT NULL DEFAULT 'unknown',
  firmware_time INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  last_seen INTEGER,
  provisioned TEXT,
  position INTEGER NOT NULL,
  UNIQUE (tenant, kind, name)
) STRICT;
CREATE INDEX principal_by_state ON principal (tenant, kind, state, name);

CREATE TABLE credential (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
  principal INTEGER NOT NULL REFERENCES principal (number),
  issuer BLOB NOT NULL CHECK (length(issuer) = 32),
  serial TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'revoked')),
  retiring_until INTEGER,
  revoked INTEGER,
  revoked_reason TEXT,
  spki BLOB NOT NULL CHECK (length(spki) = 32),
  der BLOB NOT NULL,
  protection TEXT NOT NULL,
  issued INTEGER NOT NULL
) STRICT;
CREATE INDEX credential_by_principal ON credential (principal);
CREATE INDEX credential_by_key ON credential (spki);
CREATE INDEX credential_revoked ON credential (revoked) WHERE state = 'revoked';

CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  principal INTEGER NOT NULL REFERENCES principal (number),
  from_state TEXT,
  to_state TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX history_by_principal ON history (principal, id);

-- Only the hash of a token is stored.
CREATE TABLE token (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  principal INTEGER NOT NULL REFERENCES principal (number),
  created INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires INTEGER NOT NULL,
  spent INTEGER,
  voided INTEGER
) STRICT;
CREATE INDEX token_open ON token (principal) WHERE spent IS NULL AND voided IS NULL;

CREATE TABLE policy (
  version INTEGER PRIMARY KEY,
  document BLOB NOT NULL,
  actor TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  event BLOB NOT NULL
) STRICT;

CREATE TABLE feed (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  principal INTEGER NOT NULL,
  type TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
