package io.telltale.roster;

import io.telltale.kernel.Fingerprint;
import java.util.Optional;
import java.util.Set;

/** What the registry keeps of a device beside its identity, and learns when records are stored. */
public interface DeviceBook {
  /**
   * The owner of a credential, as the view would tell it; one that ended so long ago that the view
   * has forgotten it, too. Asks a database.
   */
  Optional<Identity> owner(Fingerprint credential);

  /** How the device first got a credential, for instance {@code est-token}; empty if unknown. */
  String provisioned(Identity device);

  /** The types that the device had before: what it sent as one of them is not lost. */
  Set<String> formerTypes(int number);

  /** A version of the firmware that a device said, under one of its enrolments. */
  record Claim(int enrolment, String firmware) {}

  /** Records of the device were stored, and this is the last that they claim; never blocks. */
  void stored(int number, Optional<Claim> claim);
}
