#include "lib/broker/upstream_filter.h"

#include <optional>
#include <utility>

namespace vtp {
namespace {

constexpr std::size_t tree_bytes_a_byte = 10;  // approximately: see EventTree

}  // namespace

UpstreamFilter::UpstreamFilter(Worker& worker, const std::vector<std::string>& texts,
                               MemoryBudget* memory, const Diagnostics& diagnostics)
    : worker_(worker), diagnostics_(diagnostics), tree_(memory) {
  for (const std::string& problem : filters_.set(texts, pool_))
    diagnostics_.warning("{}", problem);
}

asio::awaitable<bool> UpstreamFilter::meets(EventPtr event) {
  auto step = [this, event = std::move(event)](const Slice&) {
    return std::optional(answer_on(*event));
  };
  const Answer answer = co_await worker_.run(account_, std::move(step));
  for (const std::string& problem : answer.problems)
    diagnostics_.warning("{}", problem);
  co_return answer.meets;
}

UpstreamFilter::Answer UpstreamFilter::answer_on(const Event& event) {
  Answer answer;
  tree_.hold(tree_bytes_a_byte * event.bytes.size());
  answer.meets = EventMatcher(event.bytes).matches(filters_, [&](const std::string& line) {
    answer.problems.push_back(line);
  });
  tree_.hold(0);
  return answer;
}

}  // namespace vtp
