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
constexpr const char* http_option = "http-allow";
constexpr std::initializer_list<const char*> this_machine = {"127.0.0.0/8", "::1/128"};
constexpr std::initializer_list<const char*> everywhere = {"0.0.0.0/0", "::/0"};

std::vector<Allowed> list_in(const CommandLine& line, const char* option,
                             const std::initializer_list<const char*>& otherwise) {
  std::vector<Allowed> list = line.values(option, Allowed::parse);
  if (list.empty())
    for (const char* range : otherwise)
      list.push_back(Allowed::parse(range).value());
  return list;
}

}  // namespace

AllowLists AllowLists::in(const CommandLine& line) {
  const bool has_peers = line.text("peers").has_value();
  return {list_in(line, authors_option, has_peers ? everywhere : this_machine),
          list_in(line, subscribers_option, everywhere), list_in(line, http_option, this_machine)};
}

AllowListReader::AllowListReader(const CommandLine& line, AllowLists lists,
                                 const Diagnostics& diagnostics,
                                 std::function<void(const AllowLists&)> check)
    : line_(line), diagnostics_(diagnostics), check_(std::move(check)), lists_(std::move(lists)) {
  look_up_names(lists_, first_timeout);
}

std::optional<AllowedRanges> AllowListReader::read_again() {
  try {
    const CommandLine line = line_.read_again();
    AllowLists lists = AllowLists::in(line);
    if (check_) check_(lists);
    look_up_names(lists, later_timeout);
    lists_ = std::move(lists);
    const std::string http =
        line.all("http").empty() ? std::string() : "; HTTP from " + text_of(lists_.http);
    diagnostics_.info(
        "Read the allow lists again, for new connections: authors from {}; subscribers from {}{}",
        text_of(lists_.authors), text_of(lists_.subscribers), http);
    std::vector<std::string> changed = line.changed_since(line_);
    std::erase(changed, authors_option);
    std::erase(changed, subscribers_option);
    std::erase(changed, http_option);
    if (!changed.empty())
      diagnostics_.info("Other options have changed; they take effect at the next start: {}",
                        fmt::join(changed, ", "));
    return lists_.ranges();
  } catch (const UsageError& error) {
    diagnostics_.error("{}", error.what());
    for (const std::string& problem : error.others())
      diagnostics_.error("{}", problem);
  } catch (const std::exception& error) {
    diagnostics_.error("{}", error.what());
  }
  diagnostics_.error("Cannot read the allow lists again; the old ones stay in effect");
  return std::nullopt;
}

void AllowListReader::look_up_names(AllowLists& lists, std::chrono::milliseconds timeout) const {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + timeout;
  const auto look = [&](const char* option, std::vector<Allowed>& list,
                        const std::vector<Allowed>& before) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
    for (const std::string& problem : look_up(list, left, before))
      diagnostics_.warning("--{}: {}", option, problem);
  };
  look(authors_option, lists.authors, lists_.authors);
  look(subscribers_option, lists.subscribers, lists_.subscribers);
  look(http_option, lists.http, lists_.http);
}

}  // namespace vtp
