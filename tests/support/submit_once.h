// Submits one event to one broker, for tests of the broker.
#pragma once

#include <string>
#include <utility>

#include "lib/author/author.h"
#include "tests/support/loopback.h"
#include "tests/support/test_clock.h"

namespace vtp {

inline Answer submit_once(asio::io_context& context, Endpoint broker, const std::string& event,
                          AuthorOptions options = {}) {
  const TestClock clock;
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  const std::string ivorn;
  Author author(context.get_executor(), std::move(broker), options, diagnostics);
  Answer answer = run_to_end(context, author.submit(ivorn, event));
  context.poll();  // lets pending work finish
  return answer;
}

}  // namespace vtp
