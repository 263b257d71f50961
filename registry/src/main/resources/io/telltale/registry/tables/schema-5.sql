-- What OCSP asks by.
CREATE INDEX credential_by_serial ON credential (serial);
-- What a part of the revocation list is made by.
CREATE INDEX credential_revoked_by_serial ON credential (serial) WHERE state = 'revoked';
