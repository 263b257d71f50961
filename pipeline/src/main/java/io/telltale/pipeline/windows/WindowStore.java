package io.telltale.pipeline.windows;

import io.telltale.kernel.Bytes;
import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceWindow;
import java.util.List;
import java.util.SortedMap;

/** What is stored of windows; what could tell about devices lies there sealed. */
public interface WindowStore {
  /** A window and the last news that it holds. */
  record Stored(SequenceWindow window, long through) {}

  /** As it was last stored whole; an empty one when it never was. */
  Stored window(DeviceWindows.Key key);

  Bytes seal(DeviceWindows.Key key, SequenceWindow window);

  long lastNews();

  /** What windows took in and were not stored with, by the number of the commit's news. */
  SortedMap<Long, List<WindowNews.Entry>> news();

  Bytes sealNews(long number, List<WindowNews.Entry> entries);

  /** The hash that windows keep of a reading. */
  ReadingHash readingHash();
}
