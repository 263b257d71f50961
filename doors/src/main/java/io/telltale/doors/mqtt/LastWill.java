package io.telltale.doors.mqtt;

import io.telltale.admission.DeviceContext;
import io.telltale.admission.DeviceSession;
import io.telltale.admission.Outcome;
import io.telltale.admission.Submission;
import io.telltale.doors.DoorParts;
import io.telltale.doors.LastRefusals;
import io.telltale.doors.session.DeviceLink;
import io.telltale.doors.session.HoldRoom;
import io.telltale.doors.session.LoopWork;
import io.telltale.kernel.TenantId;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The message that a client leaves for the case that its session ends without a word (MQTT 5
 * section 3.1.2.5). It speaks for nobody: it is submitted like a publication of the device, as of
 * what the device may do then, and may be refused like one (ADR 0240). On the event loop only.
 */
public final class LastWill {
  /** Of topic and payload: as long as the session lasts they are kept, where there is room. */
  static final int BYTES_MAX = 1_024;

  private static final String COUNTER = "mqtt.wills";
  private final DeviceLink link;
  private final MqttWire wire;
  private final LoopWork work;
  private final DoorParts parts;
  private final IntSupplier port;
  private final HoldRoom room;
  private @Nullable Submission message;

  public LastWill(DeviceLink link, MqttWire wire, LoopWork work, MqttShared shared) {
    this.link = link;
    this.wire = wire;
    this.work = work;
    this.parts = shared.links().parts();
    this.port = shared.links().port();
    this.room = shared.wills();
  }

  /** Keeps {@code will} until the session ends. */
  void leave(Submission will) {
    if (will.bytes() > BYTES_MAX) {
      refused("too-large", "it is larger than wills are kept");
    } else if (!room.take(tenant(), will.bytes())) {
      refused("no-room", "too many wills are kept");
    } else {
      message = will;
    }
  }

  /** The device has said that it goes and that all is well. */
  void withdraw() {
    Submission will = message;
    message = null;
    if (will != null) {
      room.giveBack(tenant(), will.bytes());
    }
  }

  private TenantId tenant() {
    return link.context().identity().id().tenant();
  }

  /** The session is over. */
  void speak() {
    Submission will = message;
    withdraw();
    // With the server all sessions end, and none of the devices has failed.
    if (will == null || work.isEnding()) {
      return;
    }
    Optional<DeviceContext> now = link.now();
    if (now.isEmpty()) {
      refused("withdrawn", "the device may not connect any more");
      return;
    }
    String protocol = wire.protocol() + "-will:";
    var speaker = new DeviceSession(now.get(), protocol + port.getAsInt());
    work.admission().submit(speaker, will, this::answered);
    work.submitted();
  }

  // Nobody is there to be told, or to send it again.
  private void answered(Outcome outcome) {
    switch (outcome) {
      case Outcome.Admitted _, Outcome.Duplicate _ -> parts.counters().count(COUNTER, "admitted");
      case Outcome.Refused no -> refused(no.why().cause(), no.sentence());
      case Outcome.Throttled _ -> refused("throttled", "over the limit");
      case Outcome.Unavailable _ -> refused("unavailable", "it cannot be stored now");
    }
  }

  private void refused(String why, String text) {
    parts.counters().count(COUNTER, why);
    link.refused(new LastRefusals.Reason("will", why, text));
  }
}
