package io.telltale.kernel;

/** How strong the claim is that the named device said this, weakest first. */
public enum Assurance {
  /** A door saw the device's authenticated session and says so under its own seal. */
  DOOR_ATTESTED,
  /** A gateway saw the leaf's session and says so. */
  GATEWAY_ATTESTED,
  /** The device sealed the payload itself. */
  DEVICE_SEALED,
  /** The device signed the payload itself. */
  DEVICE_SIGNED
}
