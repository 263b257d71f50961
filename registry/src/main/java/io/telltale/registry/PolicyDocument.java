package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import java.util.OptionalLong;

/**
 * A document to be put in force.
 *
 * @param onlyAfter the version that has to be in force now, for an author who built on it
 * @param mayCutOff whether it may take from registered devices what they have
 */
public record PolicyDocument(
    TenantId tenant, Bytes document, OptionalLong onlyAfter, boolean mayCutOff) {
  /** One that must not take anything from a registered device. */
  public PolicyDocument(TenantId tenant, Bytes document, OptionalLong onlyAfter) {
    this(tenant, document, onlyAfter, false);
  }
}
