package io.telltale.crypto.x509;

import java.math.BigInteger;
import java.util.Optional;

/** Which of an issuer's revoked certificates a CRL lists (RFC 5280 section 5). */
public sealed interface ListScope {
  /**
   * All of them.
   *
   * @param freshest URI of what came since (section 5.2.6), if the list is to name one
   */
  record Full(Optional<String> freshest) implements ListScope {}

  /**
   * What came since the full list of that number (section 5.2.4).
   *
   * @param base its number
   */
  record Delta(BigInteger base) implements ListScope {}

  /**
   * Those whose certificates name this very list (section 5.2.5).
   *
   * @param uri as they have it
   */
  record Shard(String uri) implements ListScope {}
}
