package io.telltale.pipeline.letters;

import io.telltale.crypto.AesBox;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.FileKeys;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.Place;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Seals dead letters under their own scope, as {@code docs/format/pipeline-state.md} says: they
 * outlive the lease that they came under, and die with the scope's key.
 */
public final class LetterSeal {
  private static final int VERSION = 1;
  private static final String FILES = "dead-letters/";

  private final PipelineParts parts;
  private final OwnSeal own;

  /**
   * A letter as it is stored.
   *
   * @param file which key opens it; empty when only the pipeline's own does
   */
  public record Sealed(DeadLetter letter, String file, Bytes bytes) {}

  /** The outcome of opening. */
  public sealed interface Opening {
    record Done(Opened.Authentic record) implements Opening {}

    record Closed(String why) implements Opening {}
  }

  public LetterSeal(PipelineParts parts, OwnSeal own) {
    this.parts = parts;
    this.own = own;
  }

  /**
   * Throws {@link UnavailableException} while a scope is closed: then its records are set aside.
   */
  public List<Sealed> seal(List<DeadLetter> letters) {
    var keys = new HashMap<Scope, Optional<AesKey>>();
    var sealed = new ArrayList<Sealed>(letters.size());
    for (DeadLetter letter : letters) {
      sealed.add(seal(letter, keys));
    }
    return sealed;
  }

  private Sealed seal(DeadLetter letter, Map<Scope, Optional<AesKey>> keys) {
    Optional<Opened.Authentic> record = letter.record();
    if (record.isPresent()) {
      Scope scope = record.get().origin().scope();
      Optional<AesKey> key = keys.computeIfAbsent(scope, this::key);
      if (key.isPresent()) {
        byte[] plain = encode(record.get()).toArray();
        Bytes box = AesBox.seal(key.get(), parts.entropy(), context(letter.place()), plain);
        return new Sealed(letter, file(scope), box);
      }
    }
    // It never opened, or will not any more: nobody can make anything of it but its bytes.
    return new Sealed(
        letter, "", own.sealDeadLetter(letter.partition(), letter.offset(), letter.entry()));
  }

  private String file(Scope scope) {
    return FILES + own.idOf(FILES + scope.path()).hex();
  }

  private Optional<AesKey> key(Scope scope) {
    String file = file(scope);
    FileKeys.Access access = parts.letterKeys().open(file);
    if (access instanceof FileKeys.Access.Gone) {
      LocalDate day = LocalDate.ofInstant(parts.clock().instant(), ZoneOffset.UTC);
      access = parts.letterKeys().create(new FileKeys.Wanted(scope, day, file));
    }
    return switch (access) {
      case FileKeys.Access.Granted granted -> Optional.of(key(granted));
      case FileKeys.Access.Unavailable unavailable ->
          throw new UnavailableException("sealing a dead letter: " + unavailable.why());
      case FileKeys.Access.Denied denied ->
          throw new UnavailableException("sealing a dead letter: " + denied.why());
      case FileKeys.Access.Gone gone -> Optional.empty();
    };
  }

  private static AesKey key(FileKeys.Access.Granted granted) {
    try (SecretBytes key = granted.key()) {
      return AesKey.of(key);
    }
  }

  private static Bytes context(Place place) {
    return new CborWriter(64)
        .array(3)
        .text("telltale/dead-letter")
        .integer(place.partition())
        .integer(place.offset())
        .toBytes();
  }

  public static Bytes encode(Opened.Authentic record) {
    return new CborWriter(512 + record.payload().size())
        .array(9)
        .integer(VERSION)
        .text(record.leaseId())
        .text(record.sealer().uri())
        .bytes(record.sealerCredential().hash().value())
        .integer(record.counter())
        .bytes(record.originBytes())
        .bytes(record.payload())
        .bytes(record.originSalt())
        .bytes(record.payloadSalt())
        .toBytes();
  }

  /** Empty for anything else than {@link #encode} wrote. */
  public static Optional<Opened.Authentic> decode(Bytes plain) {
    return Cbor.decode(plain, LetterSeal::read);
  }

  private static Opened.Authentic read(CborReader in) {
    in.array(9);
    in.integer(VERSION, VERSION);
    String lease = in.text();
    Optional<SpiffeId> sealer = SpiffeId.parse(in.text());
    Bytes credential = in.bytes(Hash.SIZE);
    long counter = in.integer(0, Long.MAX_VALUE);
    Bytes originBytes = in.bytes();
    Optional<Origin> origin = OriginCodec.decode(originBytes);
    in.require(sealer.isPresent() && origin.isPresent());
    return new Opened.Authentic(
        lease,
        sealer.orElseThrow(),
        new Fingerprint(new Hash(credential)),
        counter,
        origin.orElseThrow(),
        originBytes,
        in.bytes(),
        in.bytes(),
        in.bytes());
  }

  public static Opening open(FileKeys keys, String file, Place place, Bytes sealed) {
    return switch (keys.open(file)) {
      case FileKeys.Access.Granted granted ->
          AesBox.open(key(granted), context(place), sealed)
              .map(Bytes::adopt)
              .flatMap(LetterSeal::decode)
              .<Opening>map(Opening.Done::new)
              .orElseGet(() -> new Opening.Closed("does-not-open"));
      case FileKeys.Access.Denied denied -> new Opening.Closed(denied.why());
      case FileKeys.Access.Unavailable unavailable -> new Opening.Closed(unavailable.why());
      case FileKeys.Access.Gone gone -> new Opening.Closed(gone.why());
    };
  }
}
