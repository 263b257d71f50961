package io.telltale.pipeline;

import io.telltale.db.StoreDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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
    return through(
        StoreDriver.class,
        (method, arguments) -> {
          Object result = method.invoke(real, arguments);
          return result instanceof Connection reader && method.getName().equals("openReader")
              ? counted(reader)
              : result;
        });
  }

  private Connection counted(Connection real) {
    return through(
        Connection.class,
        (method, arguments) -> {
          if (arguments != null && arguments[0] instanceof String sql && sql.contains(text)) {
            asked.incrementAndGet();
          }
          return method.invoke(real, arguments);
        });
  }

  private interface Call {
    @Nullable Object of(Method method, @Nullable Object @Nullable [] arguments)
        throws ReflectiveOperationException;
  }

  private static <T> T through(Class<T> type, Call call) {
    Object made =
        Proxy.newProxyInstance(
            AskedStore.class.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              try {
                return call.of(method, arguments);
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            });
    return type.cast(made);
  }
}
