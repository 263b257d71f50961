package io.telltale.proof;

import io.telltale.json.JsonProfile;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Strict reading of JSON files from outside: bounded, no key twice, one way to fail. */
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

  static <T> Read<T> read(Bytes file, Function<JsonNode, T> reader) {
    if (file.size() > BYTES_MAX) {
      return new Read.Bad<>("it is bigger than " + BYTES_MAX + " bytes");
    }
    try {
      return new Read.Ok<>(reader.apply(PROFILE.parse(file)));
    } catch (Malformed e) {
      return new Read.Bad<>(String.valueOf(e.getMessage()));
    } catch (JacksonException | IllegalArgumentException e) {
      return new Read.Bad<>("it is not JSON that we can read");
    }
  }

  /** Members beyond {@code names} would be bytes that decide nothing. */
  static void only(JsonNode object, String... names) {
    if (!object.isObject()) {
      throw new Malformed("a part of it is not an object");
    }
    for (String name : object.propertyNames()) {
      if (!List.of(names).contains(name)) {
        throw new Malformed("the field " + name + " is not known");
      }
    }
  }

  static JsonNode field(JsonNode object, String name) {
    JsonNode value = object.get(name);
    if (value == null) {
      throw new Malformed("the field " + name + " is missing");
    }
    return value;
  }

  static String text(JsonNode object, String name) {
    JsonNode value = field(object, name);
    if (!value.isString()) {
      throw new Malformed("the field " + name + " is not a text");
    }
    return value.stringValue();
  }

  /** A whole number from 0 to 2^53 - 1, which every JSON reader keeps exact. */
  static long number(JsonNode object, String name) {
    JsonNode value = field(object, name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new Malformed("the field " + name + " is not a whole number");
    }
    long number = value.longValue();
    if (number < 0 || number > (1L << 53) - 1) {
      throw new Malformed("the field " + name + " is out of range");
    }
    return number;
  }

  static Bytes bytes(JsonNode object, String name) {
    return decode(text(object, name), name);
  }

  /** Of exactly the size: HMAC pads a shorter key with zeros, so that several would do. */
  static Bytes salt(JsonNode object, String name) {
    Bytes salt = bytes(object, name);
    if (salt.size() != LedgerLeaf.SALT_SIZE) {
      throw new Malformed("the field " + name + " is not a salt of 32 bytes");
    }
    return salt;
  }

  static Hash hash(JsonNode object, String name) {
    return hash(bytes(object, name), name);
  }

  static List<Hash> hashes(JsonNode object, String name, int most) {
    return list(object, name, most, node -> hash(decode(text(node), name), name));
  }

  static <T> List<T> list(JsonNode object, String name, int most, Function<JsonNode, T> element) {
    JsonNode array = field(object, name);
    if (!array.isArray() || array.size() > most) {
      throw new Malformed("the field " + name + " is not a list of at most " + most);
    }
    var list = new ArrayList<T>(array.size());
    array.forEach(node -> list.add(element.apply(node)));
    return list;
  }

  /** The text that a list element is. */
  static String text(JsonNode node) {
    if (!node.isString()) {
      throw new Malformed("a list has an element that is not a text");
    }
    return node.stringValue();
  }

  static Bytes decode(String base64, String name) {
    Optional<Bytes> bytes = Base64Text.parse(base64);
    return bytes.orElseThrow(() -> new Malformed("the field " + name + " is not base64"));
  }

  static Hash hash(Bytes bytes, String name) {
    if (bytes.size() != Hash.SIZE) {
      throw new Malformed("the field " + name + " is not a SHA-256 value");
    }
    return new Hash(bytes);
  }
}
