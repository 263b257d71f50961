package io.telltale.server.api;

import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** What operators do with CAs. */
public interface AuthorityOperations {
  /** All, roots first, oldest first. */
  List<Authority> list();

  /** The certificates that the issuing CA of that id ever had; none for another id. */
  Set<Fingerprint> names(String id);

  /** In PEM the CA's certificate of that fingerprint and its root's; empty for none of ours. */
  String chain(Fingerprint issuer);

  /**
   * Makes the next issuing CA; {@code isRootToo} under a root of its own.
   *
   * @param environment of the asker's tenant, for whose devices it is to sign; empty for all
   */
  Outcome prepare(boolean isRootToo, String environment, Because because);

  Outcome change(Verb verb, String id, Because because);

  /**
   * Asks a root that is kept apart for the next issuing CA, or for more time for the present one.
   *
   * @param what of it
   */
  Asked request(Wanted what, SpiffeId who);

  /** Takes the answer to that. */
  Outcome install(String answer, Because because);

  /**
   * What a root is asked for.
   *
   * @param rootPem a root that is to follow the active one; empty for the active one itself
   * @param environment as of {@link #prepare}
   */
  record Wanted(boolean isExtension, String rootPem, String environment) {}

  /** What came of asking. */
  sealed interface Asked {
    /** The text of the file to carry to the root. */
    record Request(String file) implements Asked {}

    /** None; {@code message} says why. */
    record Refused(String message) implements Asked {}
  }

  /**
   * A CA.
   *
   * @param kind {@code root} or {@code issuing}
   * @param above of an issuing CA its root, of a root the one before; may be empty
   * @param scope of an issuing CA: whose devices it signs for, {@code tenant/environment}; empty
   *     for all that have none of their own
   * @param isKeyHere whether its key is in the data folder
   * @param good certificates of devices, gateways and people that it issued and that are good; of
   *     an issuing CA only
   * @param pem its newest certificate
   */
  record Authority(
      String id,
      String kind,
      String above,
      String scope,
      String state,
      Instant since,
      String subject,
      String fingerprint,
      String serial,
      Instant notBefore,
      Instant notAfter,
      boolean isKeyHere,
      OptionalLong good,
      String pem) {}

  /** Who wants it and why. */
  record Because(SpiffeId who, String reason) {}

  /** What can be done to a CA that is there. */
  enum Verb {
    ACTIVATE,
    RETIRE,
    REVOKE
  }

  /** What came of it. */
  sealed interface Outcome {
    /**
     * It is in effect; the same again is too.
     *
     * @param revoked how many certificates were revoked with it
     * @param unlistedAt the roots whose lists do not say so yet, since their keys are away
     */
    record Done(Authority authority, long revoked, List<String> unlistedAt) implements Outcome {}

    /** There is none of that id. */
    record Unknown() implements Outcome {}

    /** It cannot be so; {@code message} says why, and what to do first. */
    record Refused(String message) implements Outcome {}
  }
}
