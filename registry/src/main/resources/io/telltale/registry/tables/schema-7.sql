-- Who is to renew with a new key, and when: no row for each credential (docs/adr/0300).
CREATE TABLE rekey (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  covers TEXT NOT NULL,
  total INTEGER NOT NULL,
  made INTEGER NOT NULL,
  begins INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  stopped INTEGER
) STRICT;
CREATE INDEX rekey_of_tenant ON rekey (tenant, made);

-- When a device was last refused its next certificate, and why.
ALTER TABLE principal ADD COLUMN renewal_refused INTEGER;
ALTER TABLE principal ADD COLUMN renewal_why TEXT;

-- What is looked through for who has not renewed: not all that ever were.
CREATE INDEX credential_active ON credential (not_after) WHERE state = 'active';
