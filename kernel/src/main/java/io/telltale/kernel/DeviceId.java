package io.telltale.kernel;

/** A device's id within its tenant. Its number (an int, never reused) is given by the registry. */
public record DeviceId(TenantId tenant, String name) {
  /** What {@link #valid} takes, for people. */
  public static final String NAME_FORM = Names.FORM;

  public DeviceId {
    Names.require("a device's id", name);
  }

  public static boolean valid(String name) {
    return Names.valid(name);
  }

  public SpiffeId in(String trustDomain) {
    return new SpiffeId(trustDomain, tenant, SpiffeId.Kind.DEVICE, name);
  }

  @Override
  public String toString() {
    return tenant + "/" + name;
  }
}
