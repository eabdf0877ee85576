#include "lib/filter/filter_text.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

#include "lib/filter/filter_tokens.h"

namespace vtp {
namespace {

struct Level {
  std::initializer_list<std::string_view> operators;
  bool as_calls;
};

// Operators by precedence, lowest first (XPath 1.0, section 3.5).
constexpr std::size_t levels = 8;
const Level& level_at(std::size_t index) {
  static const Level all[levels] = {
      {{","}, false},
      {{"or"}, false},
      {{"and"}, false},
      {{"=", "!="}, true},
      {{"<", "<=", ">", ">="}, true},
      {{"+", "-"}, false},
      {{"*", "div", "mod"}, false},
      {{"|"}, true},
  };
  return all[index];
}

std::string_view function_for(std::string_view sign) {
  constexpr std::pair<std::string_view, std::string_view> all[] = {
      {"=", "equal"},   {"!=", "unequal"},       {"<", "less"},  {"<=", "less-equal"},
      {">", "greater"}, {">=", "greater-equal"}, {"|", "union"},
  };
  return std::ranges::find(all, sign, &std::pair<std::string_view, std::string_view>::first)
      ->second;
}

class Rewriter {
 public:
  explicit Rewriter(const std::vector<Token>& tokens) : tokens_(tokens) {}

  // Rewrites the tokens [first, last), which are one expression, or several separated by commas.
  // Levels without an operator here are skipped in one step, to limit the recursion.
  std::string rewritten(std::size_t first, std::size_t last) {
    const std::size_t level = lowest_level(first, last);
    if (level == levels) return primary(first, last);
    const Level& here = level_at(level);
    std::string left;
    std::size_t begin = first;
    std::size_t sign = last;        // the operator before the current operand
    bool left_is_constant = false;  // the operand to its left is a constant
    for (std::size_t i = first; i <= last; ++i) {
      if (i < last && !parts(tokens_[i], here)) {
        if (tokens_[i].partner > 0) i = tokens_[i].partner;
        continue;
      }
      std::string right = rewritten(begin, i);
      if (sign == last)
        left = std::move(right);
      else if (here.as_calls && !is_constant_at(begin, i) && !left_is_constant)
        left = " " + std::string(operator_prefix) + std::string(function_for(tokens_[sign].text)) +
               "(" + left + "," + right + ")";
      else
        left += std::string(tokens_[sign].space) + std::string(tokens_[sign].text) + right;
      left_is_constant = sign == last && is_constant_at(begin, i);
      sign = i;
      begin = i + 1;
    }
    return left;
  }

 private:
  static bool parts(const Token& token, const Level& level) {
    return (token.operates || token.text == ",") && is_one_of(token.text, level.operators);
  }

  [[nodiscard]] std::size_t lowest_level(std::size_t first, std::size_t last) const {
    std::size_t lowest = levels;
    for (std::size_t i = first; i < last; ++i) {
      for (std::size_t level = 0; level < lowest; ++level)
        if (parts(tokens_[i], level_at(level))) lowest = level;
      if (tokens_[i].partner > 0) i = tokens_[i].partner;
    }
    return lowest;
  }

  [[nodiscard]] bool is_constant_at(std::size_t first, std::size_t last) const {
    return last == first + 1 && is_constant(tokens_[first].text);
  }

  // Tokens without an operator between them; expressions in brackets are rewritten.
  std::string primary(std::size_t first, std::size_t last) {
    std::string text;
    for (std::size_t i = first; i < last; ++i) {
      const Token& token = tokens_[i];
      text += token.space;
      text += token.text;
      if (token.partner == 0) continue;
      text += rewritten(i + 1, token.partner);
      i = token.partner - 1;
    }
    return text;
  }

  const std::vector<Token>& tokens_;
};

}  // namespace

std::optional<std::string> with_operator_functions(std::string_view expression) {
  const Tokens tokens(expression);
  if (tokens.odd()) return std::nullopt;
  for (const Token& token : tokens.all())
    if (token.text.starts_with(operator_prefix)) return std::nullopt;
  return Rewriter(tokens.all()).rewritten(0, tokens.all().size());
}

bool may_pair_nodes(std::string_view expression) {
  const Tokens tokens(expression);
  const std::vector<Token>& all = tokens.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view text = all[i].text;
    const std::string_view before = i > 0 ? all[i - 1].text : std::string_view();
    if (text == "//" && all[i].after_operand) return true;
    if (text == ".." && (before == "/" || before == "//")) return true;
    if (text == "::" && !is_one_of(before, {"attribute", "child", "self"})) return true;
  }
  return false;
}

}  // namespace vtp
