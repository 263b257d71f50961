package io.telltale.e2e;

import static java.util.Objects.requireNonNull;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A debugger on a server process that was started with {@link #LISTEN}, to stop single threads. */
final class Debugged implements AutoCloseable {
  static final String LISTEN =
      "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";

  private static final Pattern SAID = Pattern.compile("at address: (?:[^\\s:]*:)?(\\d+)");

  private final VirtualMachine machine;

  private Debugged(VirtualMachine machine) {
    this.machine = machine;
  }

  /** To the one that has said on its console where it listens. */
  static Debugged attach(Launch launch) throws IOException, IllegalConnectorArgumentsException {
    Matcher said = SAID.matcher(launch.consoleText());
    if (!said.find()) {
      throw new IOException("no debugger's port in:\n" + launch.consoleText());
    }
    AttachingConnector socket =
        Bootstrap.virtualMachineManager().attachingConnectors().stream()
            .filter(one -> one.name().equals("com.sun.jdi.SocketAttach"))
            .findFirst()
            .orElseThrow();
    Map<String, Connector.Argument> where = socket.defaultArguments();
    requireNonNull(where.get("hostname")).setValue("127.0.0.1");
    requireNonNull(where.get("port")).setValue(said.group(1));
    return new Debugged(socket.attach(where));
  }

  /** Stops the first thread of such a name, for good, and gives the name. */
  String stop(Pattern name) {
    ThreadReference thread =
        machine.allThreads().stream()
            .filter(one -> name.matcher(one.name()).matches())
            .findFirst()
            .orElseThrow();
    thread.suspend();
    return thread.name();
  }

  @Override
  public void close() {
    try {
      machine.dispose();
    } catch (VMDisconnectedException e) {
      // It has ended, as the test wants it.
    }
  }
}
