package io.telltale.e2e;

import io.telltale.device.EnrollmentToken;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.json.JsonMapper;

/** The file with a one-time token that an operator hands to a device. */
record TestToken(Path file) {
  /** Gets a token for {@code device}, which is registered, into {@code folder}. */
  static TestToken create(ServerProcess server, String device, Path folder) {
    Path file = folder.resolve(device + ".token.json");
    server.json("enroll-token", "create", "--device", device, "--out", file.toString());
    return new TestToken(file);
  }

  /** The token itself, for who enrolls by hand. */
  String text() throws IOException {
    return JsonMapper.shared().readTree(Files.readAllBytes(file)).get("token").asString();
  }

  /** As a device reads the file. */
  EnrollmentToken parsed() throws IOException {
    return ((EnrollmentToken.Parsed.Token)
            EnrollmentToken.parse(Bytes.adopt(Files.readAllBytes(file))))
        .token();
  }
}
