package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.record.EpochCodec;
import io.telltale.record.EpochPublicKey;
import java.security.PublicKey;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * A key service, and the keys that sign its epoch keys: these come from the trust bundle or by
 * another way that is trusted, never from the service over the same line.
 */
public record PinnedKeys(KeyService service, List<PublicKey> signers) {
  public PinnedKeys {
    signers = List.copyOf(signers);
  }

  /** The answer to a sealer that asks for the day's key. */
  sealed interface Answer {
    /** It is for that scope and day, under a signature that we know. */
    record Vouched(EpochPublicKey key) implements Answer {}

    record Refused(String why) implements Answer {}
  }

  Answer epochKey(Scope scope, LocalDate day, SpiffeId caller) {
    return switch (service.epochPublic(scope, day, caller)) {
      case KeyService.EpochKey.Denied(String why) -> new Answer.Refused(why);
      case KeyService.EpochKey.Unavailable(String why) -> new Answer.Refused(why);
      case KeyService.EpochKey.Public(Bytes signed) ->
          believed(signed, scope, day)
              .<Answer>map(Answer.Vouched::new)
              .orElseGet(() -> new Answer.Refused("epoch-key-not-vouched-for"));
    };
  }

  private Optional<EpochPublicKey> believed(Bytes signed, Scope scope, LocalDate day) {
    return EpochCodec.decode(signed)
        .filter(statement -> statement.key().epoch().scope().equals(scope))
        .filter(statement -> statement.key().epoch().day().equals(day))
        .filter(statement -> signers.stream().anyMatch(statement::verify))
        .map(EpochCodec.Signed::key);
  }
}
