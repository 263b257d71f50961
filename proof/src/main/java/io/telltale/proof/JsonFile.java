package io.telltale.proof;

import io.telltale.json.JsonObject;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.List;
import java.util.function.Function;
import tools.jackson.core.JacksonException;

/** Reading JSON files from outside: bounded, and the first mistake ends it. */
public final class JsonFile {
  static final int BYTES_MAX = 64 * 1024 * 1024;
  private static final int DEPTH_MAX = 16;
  private static final int TEXT_CHARS_MAX = 1024 * 1024;

  private static final JsonProfile PROFILE =
      new JsonProfile(new JsonProfile.Bounds(BYTES_MAX, TEXT_CHARS_MAX, DEPTH_MAX, 20, 256));

  private JsonFile() {}

  /** Never leaves this package's decoders; carries no trace since hostile input must be cheap. */
  static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed(String what) {
      super(what, null, false, false);
    }
  }

  /** What {@code reader} makes of the file, or why it cannot. */
  public sealed interface Read<T> {
    record Ok<T>(T value) implements Read<T> {}

    record Bad<T>(String why) implements Read<T> {}
  }

  static <T> Read<T> read(Bytes file, Function<JsonObject, T> reader) {
    if (file.size() > BYTES_MAX) {
      return new Read.Bad<>("it is bigger than " + BYTES_MAX + " bytes");
    }
    try {
      return new Read.Ok<>(reader.apply(new JsonObject("", PROFILE.parse(file), JsonFile::refuse)));
    } catch (Malformed e) {
      return new Read.Bad<>(String.valueOf(e.getMessage()));
    } catch (JacksonException | IllegalArgumentException e) {
      return new Read.Bad<>("it is not JSON that we can read");
    }
  }

  private static void refuse(String place, String what) {
    throw new Malformed((place.isEmpty() ? "it" : place) + " " + what);
  }

  static String text(JsonObject object, String name) {
    return object.text(name, TEXT_CHARS_MAX);
  }

  /** A whole number from 0 to 2^53 - 1, which every JSON reader keeps exact. */
  static long number(JsonObject object, String name) {
    return object.whole(name, 0, (1L << 53) - 1);
  }

  static Bytes bytes(JsonObject object, String name) {
    return decode(text(object, name), name);
  }

  /** Of exactly the size: HMAC pads a shorter key with zeros, so that several would do. */
  static Bytes salt(JsonObject object, String name) {
    Bytes salt = bytes(object, name);
    if (salt.size() != LedgerLeaf.SALT_SIZE) {
      throw new Malformed(name + " is not a salt of 32 bytes");
    }
    return salt;
  }

  static Hash hash(JsonObject object, String name) {
    return hash(bytes(object, name), name);
  }

  static List<Hash> hashes(JsonObject object, String name, int most) {
    return allBytes(object, name, most).stream().map(bytes -> hash(bytes, name)).toList();
  }

  static List<Bytes> allBytes(JsonObject object, String name, int most) {
    return object.texts(name, most).stream().map(text -> decode(text, name)).toList();
  }

  private static Bytes decode(String base64, String name) {
    return Base64Text.parse(base64).orElseThrow(() -> new Malformed(name + " is not base64"));
  }

  private static Hash hash(Bytes bytes, String name) {
    if (bytes.size() != Hash.SIZE) {
      throw new Malformed(name + " is not a SHA-256 value");
    }
    return new Hash(bytes);
  }
}
