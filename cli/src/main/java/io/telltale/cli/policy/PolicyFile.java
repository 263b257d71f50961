package io.telltale.cli.policy;

import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.verifier.Unreadable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A policy document in a file, and the mistakes in it. */
final class PolicyFile {
  private PolicyFile() {}

  /**
   * The document with {@code version} in its member of that name, if it has one: it was applied as
   * an edited copy of an earlier version, and is to be edited and applied again.
   */
  static String editable(String document, int version) {
    try (JsonParser in = JsonMapper.shared().createParser(document)) {
      in.nextToken();
      while (in.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = in.currentName();
        in.nextToken();
        if (name.equals("version") && in.currentToken() == JsonToken.VALUE_NUMBER_INT) {
          int from = (int) in.currentTokenLocation().getCharOffset();
          int end = from + in.getString().length();
          return document.substring(0, from) + version + document.substring(end);
        }
        in.skipChildren();
      }
      return document;
    } catch (JacksonException e) {
      return document;
    }
  }

  /** Asks {@code verb} of the document in {@code file}, with {@code more} members. */
  static int ask(
      ServerOptions options,
      Path file,
      String verb,
      Map<String, Object> more,
      Consumer<Answer.Ok> print,
      ToIntFunction<Answer.Ok> verdict) {
    var body = new LinkedHashMap<String, Object>(more);
    String document = document(options, file);
    body.put("document", document);
    return options.run(
        connection -> {
          Answer answer = connection.post(PolicyCommand.POLICY + "/" + verb, body);
          boolean wrong =
              answer instanceof Answer.Refused(int _, String code, String _, long _)
                  && code.equals("invalid-document");
          return wrong ? named(options, file, document, connection, answer) : answer;
        },
        print,
        verdict);
  }

  // Each mistake has a line of its own, as an editor finds it, whatever was asked for.
  private static Answer named(
      ServerOptions options, Path file, String document, Connection connection, Answer refused) {
    Answer checked = connection.post(PolicyCommand.POLICY + "/check", Map.of("document", document));
    if (!(checked instanceof Answer.Ok ok) || ok.json().path("mistakes").isEmpty()) {
      return refused;
    }
    printMistakes(options.err(), file, ok.json());
    int count = ok.json().path("mistakes").size();
    return new Answer.Refused(
        400,
        "invalid-document",
        "%s in %s; nothing was changed"
            .formatted(count == 1 ? "1 mistake" : count + " mistakes", file));
  }

  static void printMistakes(PrintWriter out, Path file, JsonNode checked) {
    for (JsonNode mistake : checked.path("mistakes")) {
      out.println(
          "%s:%s:%s: %s %s"
              .formatted(
                  file,
                  Fields.scalar(mistake.path("line")),
                  Fields.scalar(mistake.path("column")),
                  mistake.path("pointer").asString("").isEmpty()
                      ? "the document"
                      : Fields.scalar(mistake.path("pointer")),
                  said(Fields.scalar(mistake.path("message")))));
    }
  }

  // Of the whole document the server says "not JSON: ...", which is no end of a sentence.
  private static String said(String message) {
    return message.startsWith("not ") ? "is " + message : message;
  }

  private static String document(ServerOptions options, Path file) {
    try {
      String document = utf8(Files.readAllBytes(file));
      if (document.isBlank()) {
        throw options.mistake(file + ": the file is empty");
      }
      return document;
    } catch (CharacterCodingException e) {
      throw options.mistake(file + " is not UTF-8");
    } catch (IOException e) {
      throw options.mistake(Unreadable.why(file, e));
    }
  }

  private static String utf8(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
