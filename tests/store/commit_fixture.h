// The thread that writes a database, for tests.
#pragma once

#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include <asio/io_context.hpp>

#include "lib/store/commit.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {

inline EventPtr event_of(const std::string& bytes) {
  return std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
}

// A store, the thread that writes it, and a context that waits for it.
struct CommitFixture {
  TemporaryFolder folder;
  std::string path = folder.file("events.db");
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log_fd};
  asio::io_context context;
  Tail tail{0};
  std::optional<GroupCommit> commit;  // of begin()

  ~CommitFixture() {
    commit.reset();
    ::close(log_fd);
  }

  void begin(std::unique_ptr<Store> store) {
    commit.emplace(std::move(store), tail, Keep{}, clock, diagnostics);
  }
  [[nodiscard]] std::string said() const { return content(folder.file("log")); }
};

}  // namespace vtp
