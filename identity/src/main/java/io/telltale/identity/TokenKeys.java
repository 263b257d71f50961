package io.telltale.identity;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SigningKey;
import io.telltale.crypto.pkcs11.Token;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.node.JsonNodeFactory;

/** Keys that a PKCS #11 token has; the folder has where. Without a token none of them opens. */
record TokenKeys(Optional<Token> token, Entropy entropy) implements KeyHome {
  static final String ENDING = ".key.token";

  private static final int VERSION = 1;
  private static final int ID_BYTES = 16;
  private static final Pattern HEX = Pattern.compile("([0-9a-f]{2}){1,64}");
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(4096, 2));

  /** What the file says. */
  private record Place(String token, Bytes id) {}

  /** For a folder of which no key may be in a token. */
  static TokenKeys none() {
    return new TokenKeys(Optional.empty(), Entropy.system());
  }

  @Override
  public String ending() {
    return ENDING;
  }

  @Override
  public Made make(String name) {
    Token in = token.orElseThrow();
    // By chance, since several servers may share a token.
    Token.Made made = in.make(entropy.bytes(ID_BYTES), "telltale " + name);
    return new Made(made.key(), in.key(made.id(), name), () -> write(name, made.id()), ENDING);
  }

  private Bytes write(String name, Bytes id) {
    return Bytes.utf8(
        JsonNodeFactory.instance
                .objectNode()
                .put("version", VERSION)
                .put("token", token.orElseThrow().place().label())
                .put("id", id.hex())
                .put("label", "telltale " + name)
                .toPrettyString()
            + "\n");
  }

  @Override
  public SigningKey open(String name, Bytes file) {
    Place place =
        read(file)
            .orElseThrow(
                () ->
                    new CorruptException(
                        name + ENDING + " names no key of a token: put it back from a backup"));
    String says =
        "%s%s says that its key is in the PKCS #11 token \"%s\""
            .formatted(name, ENDING, place.token());
    if (token.isEmpty()) {
      throw new UnavailableException(says + ": set pkcs11.library, pkcs11.token, pkcs11.pin-file");
    }
    Token in = token.get();
    if (!in.place().label().equals(place.token())) {
      throw new UnavailableException(
          "%s, and pkcs11.token is \"%s\"".formatted(says, in.place().label()));
    }
    if (!in.has(place.id())) {
      throw new CorruptException(
          "%s, which has none of CKA_ID %s: put the token back as it was, from its own backup"
              .formatted(says, place.id().hex()));
    }
    return in.key(place.id(), name);
  }

  private static Optional<Place> read(Bytes file) {
    return PROFILE
        .read(file)
        .filter(json -> json.path("version").asInt(0) == VERSION)
        .filter(json -> HEX.matcher(json.path("id").asString("")).matches())
        .map(
            json ->
                new Place(
                    json.path("token").asString(""), Bytes.ofHex(json.path("id").asString(""))));
  }

  @Override
  public void destroy(Bytes file) {
    Optional<Token> in = token;
    read(file)
        .filter(place -> in.filter(one -> one.place().label().equals(place.token())).isPresent())
        .ifPresent(place -> in.orElseThrow().destroy(place.id()));
  }
}
