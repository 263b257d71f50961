package io.telltale.registry;

/** Who revokes a credential, and why. */
record Revocation(String actor, RevocationReason reason) {}
