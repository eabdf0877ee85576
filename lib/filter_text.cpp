#include "lib/filter_text.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

namespace vtp {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool in_name(char c) { return begins_name(c) || is_digit(c) || c == '-' || c == '.'; }

bool is_constant(std::string_view token) {
  const char first = token[0];
  return first == '"' || first == '\'' || is_digit(first) ||
         (first == '.' && token.size() > 1 && token[1] != '.');
}

bool is_one_of(std::string_view token, std::initializer_list<std::string_view> all) {
  return std::ranges::find(all, token) != all.end();
}

// How long the token is that a text begins with, which is not empty nor begins with white space.
std::size_t token_length(std::string_view text) {
  const auto while_it = [&](auto belongs) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
  };
  const char first = text[0];
  const char second = text.size() > 1 ? text[1] : ' ';
  if (first == '"' || first == '\'') {
    const std::size_t close = text.find(first, 1);
    return close == text.npos ? text.size() : close + 1;
  }
  if (is_digit(first) || (first == '.' && is_digit(second)))
    return while_it([](char c) { return is_digit(c) || c == '.'; });
  if (begins_name(first)) return while_it(in_name);
  return is_one_of(text.substr(0, 2), {"//", "::", "..", "!=", "<=", ">="}) ? 2 : 1;
}

struct Token {
  std::string_view space;  // white space before it
  std::string_view text;
  bool operates = false;       // it is an operator
  bool after_operand = false;  // what stands before it is something to operate on, or ends it
  std::size_t partner = 0;     // of an opening bracket: the place of the closing one
};

// XPath 1.0, section 3.7: what stands before a token decides what it is.
class Tokens {
 public:
  explicit Tokens(std::string_view text) {
    bool after_operand = false;
    std::vector<std::size_t> open;
    while (true) {
      Token token;
      const std::size_t blank = std::min(text.find_first_not_of(" \t\r\n"), text.size());
      token.space = text.substr(0, blank);
      text.remove_prefix(blank);
      if (text.empty()) break;
      token.text = text.substr(0, token_length(text));
      text.remove_prefix(token.text.size());
      token.after_operand = after_operand;
      after_operand = classify(token);
      if (token.text == "(" || token.text == "[") open.push_back(all_.size());
      if (token.text == ")" || token.text == "]") {
        if (open.empty()) {
          odd_ = true;
        } else {
          all_[open.back()].partner = all_.size();
          open.pop_back();
        }
      }
      all_.push_back(token);
    }
    odd_ = odd_ || !open.empty();
  }

  [[nodiscard]] const std::vector<Token>& all() const { return all_; }
  // Something in it is not as the standard has it.
  [[nodiscard]] bool odd() const { return odd_; }

 private:
  // Gives whether something to operate on ends with it.
  bool classify(Token& token) {
    const std::string_view text = token.text;
    if (begins_name(text[0]) && token.after_operand) {
      token.operates = true;
      odd_ = odd_ || !is_one_of(text, {"and", "or", "div", "mod"});
      return false;
    }
    if (begins_name(text[0]) || is_constant(text)) return true;
    if (text == "*" && !token.after_operand) return true;
    token.operates = is_one_of(text, {"*", "+", "-", "|", "=", "!=", "<", "<=", ">", ">="});
    return is_one_of(text, {".", "..", ")", "]"});
  }

  std::vector<Token> all_;
  bool odd_ = false;
};

struct Level {
  std::initializer_list<std::string_view> operators;
  bool as_calls;
};

// From what binds least on (XPath 1.0, section 3.5).
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

  // Tokens from first to before last, which are an expression, or several with commas between them. An
  // expression may be deep, and so all levels in which nothing is parted are passed over at once.
  std::string rewritten(std::size_t first, std::size_t last) {
    const std::size_t level = lowest_level(first, last);
    if (level == levels) return primary(first, last);
    const Level& here = level_at(level);
    std::string left;
    std::size_t begin = first;
    std::size_t sign = last;        // before what begins there
    bool left_is_constant = false;  // what that has on its left
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

  // What no operator parts, with what is in brackets rewritten.
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
