package io.telltale.server;

import io.telltale.server.api.ApiParts;
import io.telltale.server.api.LedgerReading;
import io.telltale.server.api.ServerFacts;
import java.util.Base64;

/** What the API answers from. */
final class ApiWiring {
  private static final int TOKEN_SIZE = 32;

  private ApiWiring() {}

  static ApiParts parts(Front.Parts parts, LedgerReading ledger, ServerFacts facts) {
    Foundation foundation = parts.foundation();
    return new ApiParts(
        foundation.registry(),
        parts.dataPath().lake().query(),
        parts.dataPath().lake().trace(),
        new ProofDesk(foundation, parts.dataPath()),
        ledger,
        new KeyDesk(foundation.keys()),
        new LetterDesk(parts.dataPath().letters(), parts.dataPath().log(), foundation),
        new TrafficDesk(parts.dataPath().log(), foundation),
        facts,
        () ->
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(foundation.entropy().array(TOKEN_SIZE)),
        foundation.clock(),
        parts.metrics());
  }
}
