package io.telltale.server.data;

import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;

/** Our own names in a trust domain. */
public record Names(
    SpiffeId authority, SpiffeId door, SpiffeId pipeline, SpiffeId ocsp, SpiffeId operator) {
  public static Names in(String trustDomain) {
    return new Names(
        service(trustDomain, "authority"),
        service(trustDomain, "door"),
        service(trustDomain, "pipeline"),
        service(trustDomain, "ocsp"),
        new SpiffeId(trustDomain, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator"));
  }

  private static SpiffeId service(String trustDomain, String name) {
    return new SpiffeId(trustDomain, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, name);
  }
}
