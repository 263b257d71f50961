package io.telltale.lake;

import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;

/** Who asks: the authenticated name under which keys are opened and the question is recorded. */
public record Analyst(SpiffeId id) {
  /** Whose rows there are to see; no other tenant's file is ever handed to the question. */
  public TenantId tenant() {
    return id.tenant();
  }
}
