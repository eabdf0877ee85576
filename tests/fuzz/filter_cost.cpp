// Looks for the filter and the event that take longest together: both are made from the input, the
// expression by XPath's grammar, the event from pieces that repeat, so that whatever bytes come are a
// valid pair.
#include <fuzzer/FuzzedDataProvider.h>

#include "lib/filter/filter.h"
#include "lib/voevent/check.h"
#include "tests/fuzz/filter_time.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;

namespace {

constexpr const char* names[] = {"a", "b", "c", "d"};

class Expression {
 public:
  explicit Expression(FuzzedDataProvider& input) : input_(input) {}

  std::string any(int depth) {
    if (depth == 0 || input_.remaining_bytes() == 0) return leaf();
    switch (input_.ConsumeIntegralInRange(0, 6)) {
      case 0:
        return leaf();
      case 1:
        return "(" + any(depth - 1) + pick(operators) + any(depth - 1) + ")";
      case 2:
        return call(depth);
      case 3:
        return "(" + path(depth - 1) + "|" + path(depth - 1) + ")" + predicate(depth);
      case 4:
        return repeated(depth);
      default:
        return path(depth);
    }
  }

 private:
  template <class List>
  std::string pick(const List& list) {
    return list[input_.ConsumeIntegralInRange<std::size_t>(0, std::size(list) - 1)];
  }

  std::string leaf() {
    static constexpr const char* leaves[] = {
        "1",           "'x'",      "/",
        "//*",         "//node()", "//@*",
        "//comment()", "//text()", "string(/)",
        "position()",  "last()",   ".",
        "''",          "//a",      "count(//*)",
        "name()",      "/*",       "//processing-instruction()"};
    return pick(leaves);
  }

  std::string step(int depth) {
    static constexpr const char* axes[] = {"",
                                           "@",
                                           "ancestor::",
                                           "ancestor-or-self::",
                                           "descendant::",
                                           "following::",
                                           "preceding::",
                                           "self::",
                                           "following-sibling::",
                                           "preceding-sibling::",
                                           "parent::",
                                           "namespace::",
                                           "descendant-or-self::",
                                           "child::",
                                           "attribute::"};
    static constexpr const char* tests[] = {
        "*", "a", "b", "node()", "text()", "comment()", "@*", "processing-instruction()"};
    const std::string axis = pick(axes);
    std::string test = pick(tests);
    if (test == "@*" && !axis.empty()) test = "*";
    return axis + test + predicate(depth);
  }

  std::string path(int depth) {
    static constexpr const char* begins[] = {"//", "/", "", "/*/", ".//"};
    std::string text = pick(begins) + step(depth);
    for (int more = input_.ConsumeIntegralInRange(0, 3); more > 0; --more)
      text += (input_.ConsumeBool() ? "/" : "//") + step(depth - 1);
    return text;
  }

  std::string predicate(int depth) {
    if (depth <= 0 || input_.ConsumeIntegralInRange(0, 2) > 0) return "";
    return "[" + any(depth - 1) + "]";
  }

  std::string call(int depth) {
    static constexpr const char* of_one[] = {"string",
                                             "number",
                                             "count",
                                             "sum",
                                             "not",
                                             "boolean",
                                             "name",
                                             "id",
                                             "lang",
                                             "string-length",
                                             "local-name",
                                             "floor",
                                             "normalize-space",
                                             "namespace-uri"};
    static constexpr const char* of_two[] = {"contains",        "starts-with", "substring-before",
                                             "substring-after", "concat",      "substring"};
    static constexpr const char* of_sets[] = {"count", "sum", "name"};
    switch (input_.ConsumeIntegralInRange(0, 3)) {
      case 0:
        return pick(of_one) + "(" + any(depth - 1) + ")";
      case 1:
        return pick(of_two) + "(" + any(depth - 1) + "," + any(depth - 1) + ")";
      case 2:
        return "translate(" + any(depth - 1) + "," + any(depth - 1) + "," + any(depth - 1) + ")";
      default:
        return pick(of_sets) + "(" + path(depth - 1) + ")";
    }
  }

  // One expression many times, joined.
  std::string repeated(int depth) {
    const std::string one = any(depth - 1);
    const std::string sign = pick(operators);
    const int count = 1 << input_.ConsumeIntegralInRange(0, 8);
    std::string text = one;
    for (int i = 1; i < count && text.size() + one.size() < max_filter_size / 2; ++i)
      text += sign + one;
    return "(" + text + ")";
  }

  static constexpr const char* operators[] = {
      " and ", " or ", "=", "!=", "<", ">", "<=", "+", "-", "*", " mod ", " div ", "|"};

  FuzzedDataProvider& input_;
};

class EventText {
 public:
  EventText(FuzzedDataProvider& input, std::size_t most) : input_(input), most_(most) {}

  std::string document() {
    return "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' ivorn='ivo://a.b/c#d' "
           "version='2.0' role='test'>" +
           pieces(5, most_) + "</v:VOEvent>";
  }

 private:
  std::string pieces(int depth, std::size_t most) {
    std::string all;
    while (input_.remaining_bytes() > 0 && all.size() < most && input_.ConsumeBool())
      all += piece(depth, most - all.size());
    return all;
  }

  std::string piece(int depth, std::size_t most) {
    switch (input_.ConsumeIntegralInRange(0, depth > 0 ? 8 : 5)) {
      case 0:
        return "<!--" + text() + "-->";
      case 1:
        return "<?p " + text() + "?>";
      case 2:
        return text();
      case 3:
        return "<" + name() + attributes() + "/>";
      case 4:
        return "<![CDATA[" + text() + "]]>";
      case 5:
        return "<a/>x";
      case 6:
        return nested(pieces(depth - 1, most / 2), most);
      case 7: {
        const std::string tag = name();
        const std::string begin = "<" + tag + attributes() + ">";
        return begin + pieces(depth - 1, most) + "</" + tag + ">";
      }
      default:
        return times(pieces(depth - 1, most / 2), most);
    }
  }

  std::string name() { return names[input_.ConsumeIntegralInRange<std::size_t>(0, 3)]; }

  std::string text() {
    static constexpr const char* texts[] = {"x", "1", "xy", " "};
    const std::string one = texts[input_.ConsumeIntegralInRange<std::size_t>(0, 3)];
    return times(one, std::min<std::size_t>(most_, 1u << input_.ConsumeIntegralInRange(0, 18)));
  }

  std::string attributes() {
    std::string all;
    for (int i = 0, count = input_.ConsumeIntegralInRange(0, 6); i < count * count * count; ++i)
      all += " a" + std::to_string(i) + "='1'";
    for (int i = 0, count = input_.ConsumeIntegralInRange(0, 3); i < count * count; ++i)
      all += " xmlns:n" + std::to_string(i) + "='u:" + std::to_string(i) + "'";
    return all;
  }

  std::string times(const std::string& one, std::size_t most) {
    std::size_t count = std::size_t{1} << input_.ConsumeIntegralInRange(0, 18);
    std::string all;
    while (count-- > 0 && !one.empty() && all.size() + one.size() <= most)
      all += one;
    return all;
  }

  std::string nested(const std::string& inside, std::size_t most) {
    const int depth = input_.ConsumeIntegralInRange(1, 200);
    std::string begin;
    std::string end;
    for (int i = 0; i < depth && begin.size() + end.size() + inside.size() < most; ++i) {
      begin += "<b>";
      end += "</b>";
    }
    return begin + inside + end;
  }

  FuzzedDataProvider& input_;
  std::size_t most_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::size_t most = std::size_t{4096} << input.ConsumeIntegralInRange(0, 9);
  const std::string text = Expression(input).any(4);
  const std::string event = EventText(input, most).document();
  const auto filter = Filter::compile(text);
  static Checker checker;
  const Verdict verdict = checker.check(event).verdict;
  if (!filter || verdict == Verdict::malformed) return -1;
  fuzz::require_time(2 * fuzz::linear(event.size()), "a tree costs no more than the event",
                     [&] { (void)EventTree(event); });
  EventTree tree(event);
  if (tree.parsed()) fuzz::timed_evaluation(tree, event.size(), **filter);
  return 0;
}
