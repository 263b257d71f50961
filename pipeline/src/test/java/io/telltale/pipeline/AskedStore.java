package io.telltale.pipeline;

import io.telltale.db.StoreDriver;
import io.telltale.dbtestkit.ForwardingStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the questions to a store whose SQL has some text. */
final class AskedStore {
  private final String text;
  private final AtomicInteger asked = new AtomicInteger();

  AskedStore(String text) {
    this.text = text;
  }

  /** How many there were since this was called last. */
  int asked() {
    return asked.getAndSet(0);
  }

  StoreDriver before(StoreDriver real) {
    return new Counting(real, this);
  }

  private record Counting(StoreDriver real, AskedStore counter) implements ForwardingStore {
    @Override
    public Connection openReader() throws SQLException {
      return counter.counted(real.openReader());
    }
  }

  private Connection counted(Connection real) {
    Object made =
        Proxy.newProxyInstance(
            AskedStore.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (_, method, arguments) -> {
              if (arguments != null && arguments[0] instanceof String sql && sql.contains(text)) {
                asked.incrementAndGet();
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            });
    return (Connection) made;
  }
}
