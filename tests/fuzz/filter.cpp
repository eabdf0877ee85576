// Filters as subscribers write them, on events as authors do: an input's first line is the expression, the
// rest the event. Evaluations say the same every time, and keep to their bounds.
#include "lib/filter/filter.h"

#include "lib/filter/filter_text.h"
#include "lib/voevent/check.h"
#include "tests/fuzz/filter_time.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;
using fuzz::timed_evaluation;

namespace {

std::shared_ptr<Filter> compiled(const std::string& text) {
  const auto filter = Filter::compile(text);
  return filter ? *filter : nullptr;
}

std::string described(const FilterOutcome& outcome) {
  return (outcome.positive ? "positive " : "negative ") + outcome.trouble;
}

// Does it give a value without any trouble? Then so do these, and the tree is as good as before.
void check_negation(EventTree& tree, std::size_t bytes, const Filter& filter, bool positive) {
  for (const bool negated : {false, true}) {
    const auto other = compiled((negated ? "not(" : "boolean(") + filter.text() + ")");
    if (!other) continue;  // too long, or too deep
    const FilterOutcome outcome = timed_evaluation(tree, bytes, *other);
    require(outcome.positive == (positive != negated) || outcome.trouble == "takes too long",
            "boolean() and not() say what they should", other->text() + " " + described(outcome));
  }
}

void check_evaluation(EventTree& tree, std::size_t bytes, Filter& filter) {
  const FilterOutcome first = timed_evaluation(tree, bytes, filter);
  require(!first.positive || first.trouble.empty(), "trouble is negative");
  require(first.trouble.find('\n') == std::string::npos, "trouble is one line", first.trouble);
  const FilterOutcome second = timed_evaluation(tree, bytes, filter);
  // Only the bound on time depends on the moment.
  if (first.trouble != "takes too long" && second.trouble != "takes too long")
    fuzz::require_equal(described(second), described(first), "a filter says the same again");
  if (first.trouble.empty()) check_negation(tree, bytes, filter, first.positive);
  static const auto yes = compiled("true()");
  require(tree.evaluate(*yes).positive, "the tree is of use after any filter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::text_of(data, size);
  const std::string expression(input.substr(0, input.find('\n')));
  const std::string event =
      fuzz::expanded(input.substr(std::min(expression.size() + 1, input.size())));
  fuzz::require_time(fuzz::linear(10 * expression.size()), "compiling keeps to the length", [&] {
    (void)may_pair_nodes(expression);
    (void)Filter::compile(expression);
  });
  const auto filter = Filter::compile(expression);
  if (!filter) {
    require(!filter.problem().empty() && filter.problem().find('\n') == std::string::npos,
            "a problem is one line", filter.problem());
    return 0;
  }
  static Checker checker;
  const Verdict verdict = checker.check(event).verdict;
  if (verdict == Verdict::malformed || verdict == Verdict::dtd) {
    if (event.size() < 4096) require(!EventTree(event).parsed(), "no event, no tree", event);
    return 0;
  }
  fuzz::require_time(2 * fuzz::linear(event.size()), "a tree costs no more than the event",
                     [&] { (void)EventTree(event); });
  EventTree tree(event);
  if (tree.parsed()) check_evaluation(tree, event.size(), **filter);
  return 0;
}
