package io.telltale.kernel;

/** A tenant's name: 1 to 64 of {@code [A-Za-z0-9._-]}. */
public record TenantId(String name) {
  public static final TenantId DEFAULT = new TenantId("default");

  public TenantId {
    Names.require("a tenant's name", name);
  }

  @Override
  public String toString() {
    return name;
  }
}
