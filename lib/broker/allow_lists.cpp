#include "lib/broker/allow_lists.h"

#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vtp {
namespace {

constexpr const char* authors_option = "receive-allow";
constexpr const char* subscribers_option = "broadcast-allow";

std::vector<Allowed> list_in(const CommandLine& line, const char* option,
                             std::initializer_list<const char*> otherwise) {
  std::vector<Allowed> list = line.values(option, Allowed::parse);
  if (list.empty())
    for (const char* range : otherwise)
      list.push_back(Allowed::parse(range).value());
  return list;
}

}  // namespace

AllowLists AllowLists::in(const CommandLine& line) {
  return {list_in(line, authors_option, {"127.0.0.0/8", "::1/128"}),
          list_in(line, subscribers_option, {"0.0.0.0/0", "::/0"})};
}

AllowListReader::AllowListReader(const CommandLine& line, AllowLists lists, const Log& log)
    : line_(line), log_(log), lists_(std::move(lists)) {
  look_up_names(lists_, first_patience);
}

std::optional<AllowedRanges> AllowListReader::read_again() {
  try {
    const CommandLine line = line_.read_again();
    AllowLists lists = AllowLists::in(line);
    look_up_names(lists, later_patience);
    lists_ = std::move(lists);
    log_.info(
        "Read the allow lists again, for new connections: authors from {}; subscribers from {}",
        text_of(lists_.authors), text_of(lists_.subscribers));
    std::vector<std::string> changed = line.changed_since(line_);
    std::erase(changed, authors_option);
    std::erase(changed, subscribers_option);
    if (!changed.empty())
      log_.info("Other options have changed; they take effect at the next start: {}",
                fmt::join(changed, ", "));
    return lists_.ranges();
  } catch (const UsageError& error) {
    log_.error("{}", error.what());
    for (const std::string& problem : error.others())
      log_.error("{}", problem);
  } catch (const std::exception& error) {
    log_.error("{}", error.what());
  }
  log_.error("Cannot read the allow lists again; the old ones stay in effect");
  return std::nullopt;
}

void AllowListReader::look_up_names(AllowLists& lists, std::chrono::milliseconds patience) const {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + patience;
  for (const std::string& problem : look_up(lists.authors, patience, lists_.authors))
    log_.warning("--{}: {}", authors_option, problem);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
  for (const std::string& problem : look_up(lists.subscribers, left, lists_.subscribers))
    log_.warning("--{}: {}", subscribers_option, problem);
}

}  // namespace vtp
