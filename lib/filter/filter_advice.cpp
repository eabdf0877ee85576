#include "lib/filter/filter_advice.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/filter/filter_tokens.h"

namespace vtp {
namespace {

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();

// The number of arguments that a function takes (XPath 1.0, section 4).
struct Function {
  std::string_view name;
  std::size_t least;
  std::size_t most;
};
constexpr auto functions = std::to_array<Function>({
    {"last", 0, 0},
    {"position", 0, 0},
    {"count", 1, 1},
    {"id", 1, 1},
    {"local-name", 0, 1},
    {"namespace-uri", 0, 1},
    {"name", 0, 1},
    {"string", 0, 1},
    {"concat", 2, any},
    {"starts-with", 2, 2},
    {"contains", 2, 2},
    {"substring-before", 2, 2},
    {"substring-after", 2, 2},
    {"substring", 2, 3},
    {"string-length", 0, 1},
    {"normalize-space", 0, 1},
    {"translate", 3, 3},
    {"boolean", 1, 1},
    {"not", 1, 1},
    {"true", 0, 0},
    {"false", 0, 0},
    {"lang", 1, 1},
    {"number", 0, 1},
    {"sum", 1, 1},
    {"floor", 1, 1},
    {"ceiling", 1, 1},
    {"round", 1, 1},
});

// Looks at a token and its neighbours; outside of the text all tokens are empty.
class Look {
 public:
  explicit Look(std::string_view expression) : tokens_(expression) {}

  [[nodiscard]] std::size_t size() const { return tokens_.all().size(); }
  [[nodiscard]] const Token& at(std::size_t i) const { return tokens_.all()[i]; }
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return i < size() ? at(i).text : std::string_view();
  }
  [[nodiscard]] std::string_view before(std::size_t i, std::size_t by = 1) const {
    return i >= by ? text(i - by) : std::string_view();
  }
  [[nodiscard]] bool is_operand_name(std::size_t i) const {
    return is_name(text(i)) && !at(i).operates;
  }
  [[nodiscard]] bool is_attribute(std::size_t i) const {
    return before(i) == "@" || (before(i) == "::" && before(i, 2) == "attribute");
  }

  // The number of arguments between the brackets of a call.
  [[nodiscard]] std::size_t arguments(std::size_t open) const {
    const std::size_t close = at(open).partner;
    if (close == open + 1) return 0;
    std::size_t count = 1;
    for (std::size_t i = open + 1; i < close; ++i) {
      if (at(i).text == ",") ++count;
      if (at(i).partner > 0) i = at(i).partner;
    }
    return count;
  }

 private:
  Tokens tokens_;
};

std::string fault_of_prefix(const Look& look, std::size_t i) {
  const std::string_view prefix = look.text(i);
  if (prefix == "xml") return {};
  const std::string_view name = look.text(i + 2);
  const std::string undefined =
      fmt::format("the prefix {} is not defined (filters have none), so {}:{} matches nothing",
                  prefix, prefix, name);
  if (look.text(i + 3) == "(")
    return undefined + "; there are only the functions of XPath 1.0, such as contains()";
  const char* const sign = look.is_attribute(i) ? "@" : "";
  if (name == "*") return fmt::format("{}; use {}*, and local-name() for names", undefined, sign);
  return fmt::format("{}; write {}*[local-name()=\"{}\"]", undefined, sign, name);
}

std::string fault_of_call(const Look& look, std::size_t i) {
  const std::string_view name = look.text(i);
  if (is_one_of(name, {"node", "text", "comment", "processing-instruction"})) return {};
  const auto* const function = std::ranges::find(functions, name, &Function::name);
  if (function == functions.end())
    return fmt::format("XPath 1.0 has no function {}(); contains() and starts-with() search a text",
                       name);
  const std::size_t given = look.arguments(i + 1);
  if (given >= function->least && given <= function->most) return {};
  const std::string wanted = function->most == any ? fmt::format("{} or more", function->least)
                             : function->least == function->most
                                 ? fmt::format("{}", function->least)
                                 : fmt::format("{} or {}", function->least, function->most);
  return fmt::format("the function {}() takes {} argument(s), not {}", name, wanted, given);
}

}  // namespace

std::string fault_in_filter(std::string_view expression) {
  const Look look(expression);
  for (std::size_t i = 0; i < look.size(); ++i) {
    if (look.text(i) == "$")
      return fmt::format("there are no variables in filters, so ${} fails", look.text(i + 1));
    if (!look.is_operand_name(i)) continue;
    std::string fault;
    if (look.text(i + 1) == ":")
      fault = fault_of_prefix(look, i);
    else if (look.text(i + 1) == "(" && look.before(i) != ":")
      fault = fault_of_call(look, i);
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string doubt_about_filter(std::string_view expression) {
  const Look look(expression);
  for (std::size_t i = 0; i < look.size(); ++i) {
    const bool is_step = look.text(i) == "VOEvent" && look.is_operand_name(i) &&
                         !look.is_attribute(i) && look.before(i) != ":" &&
                         !is_one_of(look.text(i + 1), {"(", ":", "::"});
    if (is_step)
      return "VOEvent without a prefix matches only an element in no namespace, and the root of "
             "almost every event is in one: write *[local-name()=\"VOEvent\"]";
  }
  return {};
}

std::vector<std::string> doubts_about_filters(const std::vector<std::string>& filters) {
  std::vector<std::string> doubts;
  for (const std::string& filter : filters)
    if (const std::string doubt = doubt_about_filter(filter); !doubt.empty())
      doubts.push_back(fmt::format("--filter: {}: {}", shortened(filter, 200), doubt));
  return doubts;
}

}  // namespace vtp
