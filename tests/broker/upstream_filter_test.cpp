#include "lib/broker/upstream_filter.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture {
  TemporaryFolder folder;
  TestClock clock;
  int log_fd = open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::debug, clock, log_fd};
  asio::io_context context;
  Worker worker;
  UpstreamFilter filter;

  explicit Fixture(const std::vector<std::string>& texts, MemoryBudget* memory = nullptr)
      : filter(worker, texts, memory, diagnostics) {}
  ~Fixture() {
    worker.stop();
    close(log_fd);
  }

  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }
  bool meets(const std::string& bytes) {
    return run_to_end(
        context, filter.meets(std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}})));
  }
};

std::string described(int number) {
  return event_with("ivo://a.b/c#" + std::to_string(number),
                    "<Description>" + std::to_string(number) + "</Description>");
}

}  // namespace

TEST_CASE("an event meets one of the filters, or none") {
  MemoryBudget memory(64 * 1024 * 1024);
  Fixture fixture({"//Description = 1", "//Description = 3"}, &memory);
  CHECK(fixture.meets(described(1)));
  CHECK_FALSE(fixture.meets(described(2)));
  CHECK(fixture.meets(described(3)));
  CHECK(memory.used() == 0);
}

TEST_CASE("many that ask at once have their answers in the order in which they asked") {
  Fixture fixture({"//Description mod 2 = 1"});
  std::vector<int> order;
  constexpr int all = 100;
  for (int i = 0; i < all; ++i) {
    const std::string bytes = described(i);
    auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
    asio::co_spawn(fixture.context, fixture.filter.meets(event),
                   [&order, i](const std::exception_ptr&, bool meets) {
                     CHECK(meets == (i % 2 == 1));
                     order.push_back(i);
                   });
  }
  CHECK(comes_true(fixture.context, [&] { return order.size() == all; }));
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("a filter that fails is met by nothing, and told once; so are those beyond the most") {
  std::vector<std::string> texts(max_filters, "//voe:VOEvent");
  texts.emplace_back("true()");
  Fixture fixture(texts);
  CHECK(fixture.logged().find("1 filters are ignored") != std::string::npos);
  CHECK_FALSE(fixture.meets(described(1)));
  CHECK_FALSE(fixture.meets(described(2)));
  const std::string said = fixture.logged();
  const auto first = said.find("and counts as not matching");
  CHECK(first != std::string::npos);
  CHECK(said.find("and counts as not matching", first + 1) == std::string::npos);
}

}  // namespace vtp
