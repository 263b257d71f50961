package io.telltale.registry;

import io.telltale.kernel.TenantId;
import java.util.OptionalLong;

/**
 * An earlier version that is to be put in force again.
 *
 * @param version which; empty for the one before that in force
 * @param onlyAfter the version that has to be in force now
 * @param mayCutOff whether it may take from registered devices what they have
 */
public record PolicyRestore(
    TenantId tenant, OptionalLong version, OptionalLong onlyAfter, boolean mayCutOff) {}
