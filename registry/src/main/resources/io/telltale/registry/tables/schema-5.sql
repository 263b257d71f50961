-- What OCSP asks by.
CREATE INDEX credential_by_serial ON credential (serial);
