package io.telltale.cli.device;

import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.OutputFile;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counted;
import io.telltale.kernel.Inert;
import io.telltale.kernel.PrivateFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Many devices' tokens, a file each. What has a file whose token is still good is passed over, and
 * so is who has enrolled: the same again goes on where an earlier run ended.
 */
final class TokenFiles {
  private static final int BATCH = 250;
  private static final int TOKEN_FILE_BYTES_MAX = 64 * 1024;
  private static final JsonProfile TOKEN_FILE =
      new JsonProfile(JsonProfile.Bounds.of(TOKEN_FILE_BYTES_MAX, 8));

  private final Path folder;
  private final Duration life;
  private final PrintWriter err;
  private long made;
  private long there;
  private long enrolled;
  private long failed;

  TokenFiles(Path folder, Duration life, PrintWriter err) {
    this.folder = folder;
    this.life = life;
    this.err = err;
  }

  long failed() {
    return failed;
  }

  String summary() {
    return "%s written to %s, %,d were there, %s enrolled, %,d failed"
        .formatted(
            Counted.of(made, "token file"),
            folder,
            there,
            Counted.of(enrolled, "device has", "devices have"),
            failed);
  }

  /** What the server refuses altogether, or what cannot be written; empty when all is done. */
  Optional<Answer> make(Connection connection, List<CsvIds.Id> ids) {
    var wanted = new ArrayList<CsvIds.Id>();
    for (CsvIds.Id id : ids) {
      if (id.name().isEmpty()) {
        fail(id.line(), "", "has no device id in the column id");
      } else {
        switch (look(file(id.name()), id.name())) {
          case GOOD -> there++;
          case FOREIGN ->
              fail(id.line(), id.name(), file(id.name()) + " is something else: move it away");
          case NONE -> wanted.add(id);
        }
      }
    }
    for (int from = 0; from < wanted.size(); from += BATCH) {
      Optional<Answer> stopped =
          makeBatch(connection, wanted.subList(from, Math.min(from + BATCH, wanted.size())));
      if (stopped.isPresent()) {
        return stopped;
      }
    }
    return Optional.empty();
  }

  private Path file(String device) {
    return folder.resolve(device + ".json");
  }

  private enum Found {
    NONE,
    GOOD,
    FOREIGN
  }

  private static Found look(Path file, String device) {
    try {
      if (Files.notExists(file)) {
        return Found.NONE;
      }
      if (!Files.isRegularFile(file) || Files.size(file) > TOKEN_FILE_BYTES_MAX) {
        return Found.FOREIGN;
      }
      Optional<JsonNode> token =
          TOKEN_FILE
              .read(Bytes.adopt(Files.readAllBytes(file)))
              .filter(json -> json.path("device").asString("").equals(device));
      if (token.isEmpty()) {
        return Found.FOREIGN;
      }
      Instant expires = Instant.parse(token.get().path("expires").asString(""));
      return Instant.now().isBefore(expires) ? Found.GOOD : Found.NONE;
    } catch (IOException | DateTimeParseException e) {
      return Found.FOREIGN;
    }
  }

  private Optional<Answer> makeBatch(Connection connection, List<CsvIds.Id> ids) {
    Answer answer =
        connection.post(
            "/v1/enroll-tokens:batch",
            Map.of(
                "devices",
                ids.stream().map(CsvIds.Id::name).distinct().toList(),
                "ttlSeconds",
                life.toSeconds()));
    if (!(answer instanceof Answer.Ok ok)) {
      return Optional.of(answer);
    }
    JsonNode body = ok.json();
    enrolled += body.path("enrolled").size();
    for (JsonNode failure : body.path("failures")) {
      String device = failure.path("device").asString("");
      long line =
          ids.stream()
              .filter(id -> id.name().equals(device))
              .mapToLong(CsvIds.Id::line)
              .findFirst()
              .orElse(0);
      fail(line, device, failure.path("message").asString(""));
    }
    for (JsonNode token : body.path("tokens")) {
      String device = token.path("device").asString("");
      // The name of a file is not for a server to choose.
      if (ids.stream().noneMatch(id -> id.name().equals(device))) {
        return Optional.of(new Answer.Unreachable("the server answered for another device"));
      }
      try {
        PrivateFiles.folder(folder);
        PrivateFiles.write(file(device), Bytes.utf8(token.toString()));
        made++;
      } catch (IOException e) {
        return Optional.of(
            new Answer.Refused(0, "not-written", OutputFile.unwritten(file(device), e)));
      }
    }
    return Optional.empty();
  }

  private void fail(long line, String device, String why) {
    failed++;
    err.println(
        Inert.text("line %d%s: %s".formatted(line, device.isEmpty() ? "" : ", " + device, why)));
  }
}
