// The authors of a load: so many at once, each of which submits an event and waits for the answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string_view>

#include "tests/bench/load_events.h"
#include "tests/bench/load_socket.h"
#include "tests/bench/load_tally.h"

namespace vtp {

struct AuthorsOptions {
  std::uint16_t port = 0;
  std::size_t at_once = 16;
  bool keep = false;     // the connection, for the next event; else each has one of its own
  bool unnamed = false;  // answers need not name the event
  std::chrono::microseconds interval{0};  // between events, at least; 0: none waits
};

class Authors {
 public:
  Authors(Poll& poll, const LoadEvents& events, LoadTally& tally, AuthorsOptions options);

  ~Authors();

  // Has all begin who have no event under way; each goes on by himself. If there is an interval it is to
  // be called again and again, and lets one of them submit the next when that is due.
  void submit();
  // When the next event is due, if there is an interval.
  [[nodiscard]] LoadClock::time_point due() const { return due_; }

 private:
  class Author;

  Poll& poll_;
  const LoadEvents& events_;
  LoadTally& tally_;
  AuthorsOptions options_;
  std::list<Author> authors_;
  std::size_t next_ = 0;
  LoadClock::time_point due_;
};

}  // namespace vtp
