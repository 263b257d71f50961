package io.telltale.server.data;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.leases.StateSeal;
import io.telltale.ledger.BodySealer;
import java.util.Optional;

/** Seals the bodies of events under the authority's seal, bound to their tenant. */
public final class LedgerBodies implements BodySealer {
  private final StateSeal seal;

  public LedgerBodies(StateSeal seal) {
    this.seal = seal;
  }

  @Override
  public Bytes seal(TenantId tenant, Bytes context, Bytes body) {
    return seal.seal(name(tenant, context), body);
  }

  @Override
  public Optional<Bytes> open(TenantId tenant, Bytes context, Bytes sealed) {
    return seal.open(name(tenant, context), sealed);
  }

  private static String name(TenantId tenant, Bytes context) {
    return "ledger/" + tenant + "/" + context.hex();
  }
}
