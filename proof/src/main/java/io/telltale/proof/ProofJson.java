package io.telltale.proof;

import io.telltale.json.JsonObject;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The one JSON spelling of a proof. What reads back but is spelt differently is refused, so that
 * there is no byte of a proof whose change goes unnoticed.
 */
public final class ProofJson {
  static final String FORMAT = "telltale-proof";
  private static final int TABLES_MAX = 64;
  private static final JsonFactory FACTORY = new JsonFactory();

  private ProofJson() {}

  public static JsonFile.Read<ProofFile> read(Bytes file) {
    JsonFile.Read<ProofFile> read = JsonFile.read(file, ProofJson::proof);
    if (read instanceof JsonFile.Read.Ok<ProofFile>(ProofFile proof)
        && !write(proof).equals(file)) {
      return new JsonFile.Read.Bad<>("it is not spelt as we spell proofs");
    }
    return read;
  }

  private static ProofFile proof(JsonObject root) {
    if (!JsonFile.text(root, "format").equals(FORMAT)
        || JsonFile.number(root, "version") != ProofFile.VERSION) {
      throw new JsonFile.Malformed("it is not a proof of version " + ProofFile.VERSION);
    }
    return new ProofFile(
        Bytes.utf8(JsonFile.text(root, "checkpoint")),
        root.node().path("question").isNull()
            ? Optional.empty()
            : Optional.of(question(root.object("question"))),
        root.each("events", ProofFile.EVENTS_MAX, ProofJson::event),
        root.each("certificates", ProofFile.CHAINS_MAX, ProofJson::chain),
        root.each("records", ProofFile.RECORDS_MAX, ProofJson::record));
  }

  private static ProofFile.Question question(JsonObject object) {
    return new ProofFile.Question(
        JsonFile.text(object, "sql"),
        object.texts("tables", TABLES_MAX),
        JsonFile.hash(object, "result"),
        JsonFile.text(object, "query"),
        JsonFile.number(object, "finished"),
        JsonFile.number(object, "exported"));
  }

  private static DisclosedEvent event(JsonObject object) {
    return new DisclosedEvent(
        JsonFile.number(object, "index"),
        JsonFile.text(object, "type"),
        Instant.ofEpochMilli(JsonFile.number(object, "time")),
        JsonFile.salt(object, "salt"),
        JsonFile.bytes(object, "body"),
        JsonFile.hashes(object, "path", ProofFile.PATH_MAX));
  }

  private static List<Bytes> chain(JsonObject object) {
    return JsonFile.allBytes(object, "chain", ProofFile.CHAIN_LENGTH_MAX);
  }

  private static ProofFile.ProofRecord record(JsonObject object) {
    return new ProofFile.ProofRecord(
        (int) Math.min(JsonFile.number(object, "partition"), Integer.MAX_VALUE),
        JsonFile.number(object, "offset"),
        JsonFile.bytes(object, "origin"),
        JsonFile.salt(object, "originSalt"),
        JsonFile.hash(object, "payloadCommitment"),
        JsonFile.number(object, "batch"),
        JsonFile.hashes(object, "path", ProofFile.PATH_MAX));
  }

  public static Bytes write(ProofFile proof) {
    var bytes = new ByteArrayOutputStream(4_096 + 1_024 * proof.records().size());
    try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeStringProperty("format", FORMAT);
      out.writeNumberProperty("version", ProofFile.VERSION);
      out.writeStringProperty("checkpoint", proof.checkpoint().asUtf8());
      out.writeName("question");
      proof.question().ifPresentOrElse(question -> write(out, question), out::writeNull);
      writeAll(out, "events", proof.events(), event -> write(out, event));
      writeAll(out, "certificates", proof.certificates(), chain -> writeChain(out, chain));
      writeAll(out, "records", proof.records(), record -> write(out, record));
      out.writeEndObject();
    }
    return Bytes.adopt(bytes.toByteArray());
  }

  private static void write(JsonGenerator out, ProofFile.Question question) {
    out.writeStartObject();
    out.writeStringProperty("sql", question.sql());
    writeAll(out, "tables", question.tables(), out::writeString);
    out.writeStringProperty("result", Base64Text.of(question.result().value()));
    out.writeStringProperty("query", question.query());
    out.writeNumberProperty("finished", question.finished());
    out.writeNumberProperty("exported", question.exported());
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, DisclosedEvent event) {
    out.writeStartObject();
    out.writeNumberProperty("index", event.index());
    out.writeStringProperty("type", event.type());
    out.writeNumberProperty("time", event.time().toEpochMilli());
    out.writeStringProperty("salt", Base64Text.of(event.salt()));
    out.writeStringProperty("body", Base64Text.of(event.body()));
    writePath(out, event.path());
    out.writeEndObject();
  }

  private static void writeChain(JsonGenerator out, List<Bytes> chain) {
    out.writeStartObject();
    writeAll(out, "chain", chain, der -> out.writeString(Base64Text.of(der)));
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, ProofFile.ProofRecord record) {
    out.writeStartObject();
    out.writeNumberProperty("partition", record.partition());
    out.writeNumberProperty("offset", record.offset());
    out.writeStringProperty("origin", Base64Text.of(record.origin()));
    out.writeStringProperty("originSalt", Base64Text.of(record.originSalt()));
    out.writeStringProperty("payloadCommitment", Base64Text.of(record.payloadCommitment().value()));
    out.writeNumberProperty("batch", record.batch());
    writePath(out, record.path());
    out.writeEndObject();
  }

  private static void writePath(JsonGenerator out, List<Hash> path) {
    writeAll(out, "path", path, hash -> out.writeString(Base64Text.of(hash.value())));
  }

  private static <T> void writeAll(
      JsonGenerator out, String name, List<T> elements, Consumer<T> writer) {
    out.writeName(name);
    out.writeStartArray();
    elements.forEach(writer);
    out.writeEndArray();
  }
}
