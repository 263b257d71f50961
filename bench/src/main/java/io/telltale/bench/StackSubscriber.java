package io.telltale.bench;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPubAckMessage;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The plain stack's own program: messages of all devices, parsed, into a table once a second. */
final class StackSubscriber extends Greeter {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String COPY = "COPY readings FROM STDIN";
  private static final long BATCH_MILLIS = 1_000;

  private final Path ready;
  // On the connection's event loop: lines of the COPY text format, and whom to tell after it.
  private StringBuilder lines = new StringBuilder();
  private ChannelHandlerContext context;

  @SuppressWarnings("NullAway.Init") // set by connected(), which comes before everything else
  private StackSubscriber(Path ready) {
    super("subscriber");
    this.ready = ready;
  }

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    Path folder = Path.of(arguments[1]);
    var client = new LoadClient("subscriber", BenchFiles.key(folder), BenchFiles.chain(folder), "");
    var subscriber = new StackSubscriber(folder.resolve("ready"));
    try (var connector = new Connector();
        var database = DriverManager.getConnection(arguments[2])) {
      connector.open(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          client.tls(LoadClient.CLASSICAL),
          subscriber);
      CopyManager copy = database.unwrap(PGConnection.class).getCopyAPI();
      while (true) {
        TimeUnit.MILLISECONDS.sleep(BATCH_MILLIS);
        subscriber.store(copy);
      }
    }
  }

  private void store(CopyManager copy) throws Exception {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    byte[] batch =
        ctx.executor()
            .submit(
                () -> {
                  StringBuilder taken = lines;
                  lines = new StringBuilder(taken.length() + 1_024);
                  return taken;
                })
            .get()
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    if (batch.length > 0) {
      copyIn(copy, batch);
    }
  }

  private static void copyIn(CopyManager copy, byte[] batch) throws SQLException, IOException {
    var _ = copy.copyIn(COPY, new java.io.ByteArrayInputStream(batch));
  }

  @Override
  void connected(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.writeAndFlush(
        MqttMessageBuilders.subscribe()
            .messageId(1)
            .addSubscription(MqttQoS.AT_LEAST_ONCE, "t/default/d/+/telemetry")
            .build());
  }

  @Override
  void failed() {
    System.err.println("mosquitto does not take the subscriber");
    System.exit(1);
  }

  @Override
  void received(MqttMessage message) {
    switch (message) {
      case MqttSubAckMessage _ -> markReady();
      case MqttPublishMessage published -> {
        add(published);
        acknowledge(published.variableHeader().packetId());
      }
      default -> {}
    }
  }

  private void markReady() {
    try {
      Files.createFile(ready);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void add(MqttPublishMessage published) {
    byte[] payload = new byte[published.payload().readableBytes()];
    published.payload().readBytes(payload);
    JsonNode reading = JSON.readTree(payload);
    JsonNode values = reading.get("values");
    lines
        .append(published.variableHeader().topicName().split("/", -1)[3])
        .append('\t')
        .append(reading.get("seq").asLong())
        .append('\t')
        .append(reading.get("sent").asLong())
        .append('\t')
        .append(reading.get("time").asLong())
        .append('\t')
        .append(System.currentTimeMillis())
        .append('\t')
        .append(reading.get("firmware").asString());
    for (String name : new String[] {"temperature", "vibration", "pressure", "power"}) {
      lines.append('\t').append(values.get(name).asDouble());
    }
    lines.append('\n');
  }

  private void acknowledge(int packet) {
    var header = new MqttFixedHeader(MqttMessageType.PUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0);
    context.writeAndFlush(
        new MqttPubAckMessage(header, MqttMessageIdVariableHeader.from(packet)),
        context.voidPromise());
  }
}
