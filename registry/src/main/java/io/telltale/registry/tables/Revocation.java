package io.telltale.registry.tables;

import io.telltale.roster.RevocationReason;

/** Who revokes a credential, and why. */
record Revocation(String actor, RevocationReason reason) {}
