#include "lib/filter_text.h"

#include <cctype>
#include <cstddef>

namespace vtp {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
         (c & 0x80) != 0;
}

// Takes the next token off the text (XPath 1.0, section 3.7); empty at the end.
std::string_view next_token(std::string_view& text) {
  const std::size_t blank = text.find_first_not_of(" \t\r\n");
  text.remove_prefix(blank == text.npos ? text.size() : blank);
  if (text.empty()) return {};
  const char first = text[0];
  const char second = text.size() > 1 ? text[1] : ' ';
  std::size_t length = 1;
  if (first == '"' || first == '\'') {
    const std::size_t close = text.find(first, 1);
    length = close == text.npos ? text.size() : close + 1;
  } else if (is_digit(first) || (first == '.' && is_digit(second))) {
    while (length < text.size() && (is_digit(text[length]) || text[length] == '.'))
      ++length;
  } else if (in_name(first) && first != '.' && first != '-') {
    while (length < text.size() && in_name(text[length]))
      ++length;
  } else {
    const std::string_view two = text.substr(0, 2);
    for (const std::string_view sign : {"//", "::", "..", "!=", "<=", ">="})
      if (two == sign) length = 2;
  }
  const std::string_view token = text.substr(0, length);
  text.remove_prefix(length);
  return token;
}

bool is_constant(std::string_view token) {
  if (token.empty()) return false;
  const char first = token[0];
  return first == '"' || first == '\'' || is_digit(first) ||
         (first == '.' && token.size() > 1 && token[1] != '.');
}
bool is_comparison(std::string_view token) {
  return !token.empty() && std::string_view("=!<>").find(token[0]) != token.npos;
}

}  // namespace

bool may_pair_nodes(std::string_view expression) {
  std::string_view before;     // the token
  bool after_operand = false;  // so that a name or * would be an operator
  for (std::string_view token = next_token(expression); !token.empty();) {
    const std::string_view after = next_token(expression);
    if (is_comparison(token) && !is_constant(before) && !is_constant(after)) return true;
    if (token == "|" || (token == "//" && after_operand)) return true;
    if (after == "::" && token != "attribute" && token != "child" && token != "self") return true;
    const bool name = in_name(token[0]) && !is_constant(token);
    const bool operand = name || is_constant(token) || token == "*" || token == "." ||
                         token == ".." || token == ")" || token == "]";
    const bool operation = after_operand && ((name && token[0] != '.') || token == "*");
    after_operand = operand && !operation;
    before = token;
    token = after;
  }
  return false;
}

}  // namespace vtp
