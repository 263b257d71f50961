package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import java.util.OptionalLong;

/**
 * A document to be put in force.
 *
 * @param onlyAfter the version that has to be in force now, for an author who built on it
 */
public record PolicyDocument(TenantId tenant, Bytes document, OptionalLong onlyAfter) {}
