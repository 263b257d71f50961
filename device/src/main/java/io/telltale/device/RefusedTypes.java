package io.telltale.device;

import io.telltale.device.OutgoingQueue.Message;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The message types that the server's policy does not let this device send, and why. */
final class RefusedTypes {
  private final Map<String, String> why = new ConcurrentHashMap<>();

  void refused(String type, String reason) {
    why.put(type, reason);
  }

  void taken(String type) {
    why.remove(type);
  }

  void forget() {
    why.clear();
  }

  Optional<String> why(String type) {
    return Optional.ofNullable(why.get(type));
  }

  /** Empty where any of {@code pending} may be taken as things are. */
  Optional<Standstill> standstill(List<Message> pending) {
    var types = new TreeMap<String, String>();
    for (Message message : pending) {
      Optional<String> reason = why(message.type());
      if (reason.isEmpty()) {
        return Optional.empty();
      }
      types.put(message.type(), reason.get());
    }
    return pending.isEmpty()
        ? Optional.empty()
        : Optional.of(new Standstill(pending.size(), types));
  }
}
