#include "lib/peers/ivorn_prefix.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/base/characters.h"

namespace vtp {
namespace {

constexpr std::string_view scheme = "ivo://";
constexpr std::string_view before_local = "#?";

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() &&
         std::equal(with.begin(), with.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

Result<IvornPrefix> IvornPrefix::parse(std::string_view text) {
  if (!begins(text, scheme)) return Problem{fmt::format("{} does not begin with ivo://", text)};
  const char first = text.size() > scheme.size() ? text[scheme.size()] : '/';
  if (first == '/' || before_local.find(first) != std::string_view::npos)
    return Problem{fmt::format("{} has no authority after ivo://", text)};
  if (std::ranges::any_of(text, [](char c) { return c == ' ' || c == '\t'; }))
    return Problem{fmt::format("{} has white space in it", text)};
  return IvornPrefix(std::string(text));
}

IvornPrefix::IvornPrefix(std::string text)
    : text_(std::move(text)), stream_(std::min(text_.find_first_of(before_local), text_.size())) {
  has_local_ = stream_ < text_.size();
}

bool IvornPrefix::matches(std::string_view ivorn) const {
  const std::string_view prefix = std::string_view(text_).substr(0, stream_);
  const std::string_view stream = ivorn.substr(0, ivorn.find_first_of(before_local));
  if (!begins(stream, prefix)) return false;
  if (!has_local_)
    return stream.size() == prefix.size() || prefix.ends_with('/') || stream[prefix.size()] == '/';
  if (stream.size() != prefix.size() || ivorn.size() == stream.size()) return false;
  return ivorn.substr(stream.size() + 1).starts_with(std::string_view(text_).substr(stream_ + 1));
}

}  // namespace vtp
