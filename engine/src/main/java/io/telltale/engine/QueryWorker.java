package io.telltale.engine;

import io.telltale.kernel.UnavailableException;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The process that SQL of analysts runs in: serves one question, then ends. It knows no key, no
 * path and no environment of the server's; what it may read comes through its standard input.
 */
final class QueryWorker {
  private static final int DESCRIPTORS_MAX = 8_192;

  private QueryWorker() {}

  static void run() throws IOException {
    LinuxProcess.available()
        .ifPresent(
            process -> {
              process.limit(LinuxProcess.Limit.CORE_BYTES, 0);
              process.limit(LinuxProcess.Limit.DESCRIPTORS, DESCRIPTORS_MAX);
              process.neverGainPrivileges();
              process.hide();
            });
    var out = new FileOutputStream(FileDescriptor.out);
    System.setOut(System.err);
    // Unbuffered: raw bytes of files follow frames.
    var in = new DataInputStream(new FileInputStream(FileDescriptor.in));
    try (var session = new WorkerSession(in, new DataOutputStream(new BufferedOutputStream(out)))) {
      session.say(new WorkerMessage.Ready());
      serve(in, session);
    }
  }

  private static void serve(DataInputStream in, WorkerSession session) throws IOException {
    while (true) {
      Optional<WorkerMessage> message = WorkerCodec.read(in);
      if (message.isEmpty() || !(message.get() instanceof WorkerMessage.Request request)) {
        return;
      }
      try {
        session.take(request);
      } catch (SQLException e) {
        session.say(EngineMessages.failure(e));
      } catch (UnavailableException e) {
        session.say(
            e.getCause() instanceof SQLException cause
                ? EngineMessages.failure(cause)
                : new WorkerMessage.Failed("failed", "the worker could not do its part"));
      }
    }
  }
}
