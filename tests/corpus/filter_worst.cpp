// Looks for the filter and the event that cost the most, and holds them to the bound: filter_worst [ROUNDS [SEED
// [BYTES]]]. Each round makes a filter and an event by chance, or changes what was among the worst so far. What
// is over the bound by half is printed as it is found, and the worst at the end; time is the processor's, so that
// other programs make no difference, but for caches.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/filter/filter.h"
#include "tests/support/mutate.h"

namespace {

using vtp::test::Dice;

double processor_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::string times(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

std::string attributes(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += " b" + std::to_string(i) + "='1'";
  return all;
}

// Pieces that are repeated until an event is large enough.
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all = {
      "<a/>",
      "<a>1</a>",
      "<p>x<q a='1'/></p>",
      "<p><q>1</q></p>",
      "<b" + attributes(64) + "/>",
      "<b a='1' c='2'/>",
      "<!--a-->",
      "<!--a--><?p b?>",
      "t<?p?>",
      "t<a/>",
      "<![CDATA[x]]>t<!---->",
      times("<a>", 50) + "y" + times("</a>", 50),
      times("<a>x", 200) + times("</a>y", 200),
      "<a xmlns:x='urn:x' xmlns:y='urn:y'/>",
      "<" + std::string(200, 'a') + "/>",
      "<a>same beginning of a text that is long, and then</a>",
      "abcdefgh ",
      "<a>1e99999999</a><b> \n\t </b>",
      "<p xml:lang='en'><q/></p>",
  };
  return all;
}

std::string event_of(std::size_t bytes, Dice& dice) {
  std::vector<std::string> parts;
  for (std::size_t i = 1 + dice.roll(3); i > 0; --i)
    parts.push_back(dice.pick(pieces()));
  const bool mixed = dice.roll(2) == 0;
  const std::size_t depth = dice.roll(3) == 0 ? dice.roll(150) : 1;
  std::string content;
  if (mixed) {
    for (std::size_t i = 0; content.size() < bytes; ++i)
      content += parts[i % parts.size()];
  } else {
    for (const std::string& part : parts)
      content += "<c>" + times(part, 1 + bytes / parts.size() / part.size()) + "</c>";
  }
  return "<v xmlns='' r='1'>" + times("<d>", depth) + content + times("</d>", depth) + "</v>";
}

std::string expression(int depth, Dice& dice);

std::string step(int depth, Dice& dice) {
  static const std::vector<std::string> axes = {"",
                                                "",
                                                "",
                                                "@",
                                                "child::",
                                                "descendant::",
                                                "parent::",
                                                "ancestor::",
                                                "following::",
                                                "preceding::",
                                                "self::",
                                                "following-sibling::",
                                                "preceding-sibling::",
                                                "ancestor-or-self::",
                                                "descendant-or-self::",
                                                "namespace::"};
  static const std::vector<std::string> tests = {
      "*", "a", "b", "p", "q", "c", "node()", "text()", "comment()", "processing-instruction()",
      "d"};
  if (dice.roll(10) == 0) return dice.roll(2) == 0 ? "." : "..";
  std::string text = dice.pick(axes) + dice.pick(tests);
  if (depth > 0 && dice.roll(2) == 0) text += "[" + expression(depth - 1, dice) + "]";
  return text;
}

std::string path(int depth, Dice& dice) {
  static const std::vector<std::string> begins = {"//", "//", "//", "/", "", "/*/", "..//", ".//"};
  std::string text = dice.pick(begins) + step(depth, dice);
  while (dice.roll(3) == 0)
    text += (dice.roll(3) == 0 ? "//" : "/") + step(depth, dice);
  return text;
}

std::string call(int depth, Dice& dice) {
  const auto inner = [&] { return expression(depth - 1, dice); };
  switch (dice.roll(20)) {
    case 0:
      return "count(" + path(depth - 1, dice) + ")";
    case 1:
      return "sum(" + path(depth - 1, dice) + ")";
    case 2:
      return "string(" + inner() + ")";
    case 3:
      return "number(" + inner() + ")";
    case 4:
      return "normalize-space(" + inner() + ")";
    case 5:
      return "translate(" + inner() + "," + inner() + "," + inner() + ")";
    case 6:
      return "contains(" + inner() + "," + inner() + ")";
    case 7:
      return "starts-with(" + inner() + "," + inner() + ")";
    case 8:
      return "substring(" + inner() + ",2," + inner() + ")";
    case 9:
      return "string-length(" + inner() + ")";
    case 10:
      return "concat(" + inner() + "," + inner() + "," + inner() + ")";
    case 11:
      return "lang(" + inner() + ")";
    case 12:
      return "name(" + path(depth - 1, dice) + ")";
    case 13:
      return "id(" + inner() + ")";
    case 14:
      return "not(" + inner() + ")";
    case 15:
      return "substring-before(" + inner() + "," + inner() + ")";
    case 16:
      return "local-name(" + path(depth - 1, dice) + ")";
    case 17:
      return "position()";
    case 18:
      return "last()";
    default:
      return "boolean(" + inner() + ")";
  }
}

std::string expression(int depth, Dice& dice) {
  static const std::vector<std::string> constants = {"1", "'x'", "'no such text'", "2", "-1", "''"};
  static const std::vector<std::string> operators = {
      "=", "!=", "<", ">", "<=", ">=", " and ", " or ", "+", "-", "*", " div ", " mod "};
  if (depth <= 0) return dice.roll(3) == 0 ? dice.pick(constants) : path(0, dice);
  switch (dice.roll(6)) {
    case 0:
      return path(depth, dice) + "|" + path(depth, dice);
    case 1:
    case 2:
      return expression(depth - 1, dice) + dice.pick(operators) + expression(depth - 1, dice);
    case 3:
      return call(depth, dice);
    case 4:
      return "(" + expression(depth - 1, dice) + ")";
    default:
      return path(depth, dice);
  }
}

struct Found {
  double excess = 0;  // of the time over the bound
  double milliseconds = 0;
  std::string filter;
  std::string event;
};

Found measured(std::string filter, std::string event) {
  Found found{0, 0, std::move(filter), std::move(event)};
  const auto compiled = vtp::Filter::compile(found.filter);
  if (!compiled) return found;
  vtp::EventTree tree(found.event);
  const double begin = processor_milliseconds();
  (void)tree.evaluate(**compiled);
  found.milliseconds = processor_milliseconds() - begin;
  const double bound =
      std::chrono::duration<double, std::milli>(vtp::filter_time(found.event.size())).count();
  found.excess = found.milliseconds / bound;
  return found;
}

void say(const Found& found) {
  std::printf("%.1f ms, %.2f of the bound, %zu bytes: %s\n    %s\n", found.milliseconds,
              found.excess, found.event.size(), found.filter.c_str(),
              found.event.substr(0, 120).c_str());
  std::fflush(stdout);
}

// One part of it exchanged for another.
std::string changed(const std::string& filter, Dice& dice) {
  const std::size_t open = filter.find('[', dice.roll(filter.size()));
  if (open == filter.npos || dice.roll(3) == 0)
    return dice.one_in(2) ? "//*[" + filter + "]"
                          : filter + (dice.one_in(2) ? "|" : "=") + path(1, dice);
  return filter.substr(0, open + 1) + expression(1, dice) + " and " + filter.substr(open + 1);
}

}  // namespace

int main(int count, char** arguments) {
  const auto number = [&](int index, unsigned long otherwise) {
    return count > index ? std::strtoul(arguments[index], nullptr, 10) : otherwise;
  };
  const unsigned long rounds = number(1, 300);
  Dice dice(number(2, 1));
  const std::size_t bytes = number(3, 0);
  constexpr std::size_t most_kept = 20;
  constexpr double too_much = 1.5;
  std::vector<Found> worst;
  for (unsigned long round = 0; round < rounds; ++round) {
    const std::size_t sizes[] = {4'000, 40'000, 400'000, 1'500'000};
    const std::size_t size = bytes > 0 ? bytes : sizes[dice.roll(4)];
    Found found;
    if (!worst.empty() && dice.roll(3) == 0) {
      const Found& parent = dice.pick(worst);
      const bool same_filter = dice.roll(2) == 0;
      found = measured(same_filter ? parent.filter : changed(parent.filter, dice),
                       same_filter ? event_of(size, dice) : parent.event);
    } else {
      found = measured(expression(1 + static_cast<int>(dice.roll(3)), dice), event_of(size, dice));
    }
    if (found.excess > too_much) say(found);
    worst.push_back(std::move(found));
    std::ranges::sort(worst, std::greater{}, &Found::excess);
    worst.resize(std::min(worst.size(), most_kept));
  }
  std::puts("The worst:");
  for (std::size_t i = 0; i < std::min<std::size_t>(worst.size(), 5); ++i)
    say(worst[i]);
}
