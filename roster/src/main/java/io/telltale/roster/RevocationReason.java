package io.telltale.roster;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Why a credential was revoked. */
public enum RevocationReason {
  /** Its owner enrolled anew. */
  SUPERSEDED("superseded"),
  /** Its owner renewed again with the one before: the answer had been lost. */
  NEVER_USED("superseded, never used"),
  /** It asked for a renewal although its successor was in use: two hold keys of the owner. */
  RENEWED_TWICE("superseded, and asked for a renewal again"),
  /** The owner counts as compromised. */
  COMPROMISED("compromised"),
  /** The owner is out of service. */
  RETIRED("retired"),
  /** The owner starts over, with a new key. */
  READMITTED("registered"),
  /** The CA that issued it is not to be believed any more. */
  CA_REVOKED("issuing CA revoked");

  private static final Map<String, RevocationReason> BY_TEXT =
      Arrays.stream(values()).collect(Collectors.toMap(RevocationReason::text, one -> one));

  private final String text;

  RevocationReason(String text) {
    this.text = text;
  }

  /** How it is stored, sent and named in events. */
  public String text() {
    return text;
  }

  /** The inverse of {@link #text()}; rows of before have the owner's kind in front of a state. */
  public static Optional<RevocationReason> ofStored(String stored) {
    String text = stored.replaceFirst("^(device|gateway) ", "");
    return Optional.ofNullable(BY_TEXT.get(text));
  }
}
