// A log in a folder of its own, which can be closed and opened again.
#pragma once

#include <optional>

#include <asio/io_context.hpp>

#include "lib/store/event_log.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {

struct OpenedLog {
  TemporaryFolder folder;
  TestClock clock;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  asio::io_context context;
  std::optional<EventLog> events;

  OpenedLog() { open(); }
  void open() {
    events.reset();
    events.emplace(folder.file("events.db"), Keep{}, clock, diagnostics);
  }
};

}  // namespace vtp
