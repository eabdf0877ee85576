#include "lib/net/allow_list.h"

#include <algorithm>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <fmt/format.h>

namespace vtp {
namespace {

using Addresses = std::vector<asio::ip::address>;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool can_be_name(std::string_view text) {
  constexpr std::size_t longest = 253;  // RFC 1035, as text
  const auto fits = [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > longest || !std::ranges::all_of(text, fits)) return false;
  return is_letter(text[text.rfind('.') + 1]);  // npos + 1 is 0
}

// Runs on a thread on which nothing would catch an exception.
Result<Addresses> ask_system(const std::string& name) noexcept {
  try {
    asio::io_context context;
    asio::ip::tcp::resolver resolver(context);
    Addresses addresses;
    asio::error_code error;
    for (const auto& found : resolver.resolve(name, "", error))
      addresses.push_back(found.endpoint().address());
    if (error) return Problem{error.message()};
    std::ranges::sort(addresses);
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    return addresses;
  } catch (const std::exception& problem) {
    return Problem{problem.what()};
  }
}

// The thread is detached: getaddrinfo(3) has no timeout.
std::future<Result<Addresses>> ask_for(const std::string& name) {
  std::promise<Result<Addresses>> promise;
  auto answer = promise.get_future();
  try {
    std::thread([name, promise = std::move(promise)]() mutable {
      promise.set_value(ask_system(name));
    }).detach();
  } catch (const std::system_error& error) {
    std::promise<Result<Addresses>> failed;
    failed.set_value(Problem{error.code().message()});
    return failed.get_future();
  }
  return answer;
}

void set_addresses(Allowed& host, const Addresses& addresses) {
  for (const asio::ip::address& address : addresses) {
    // Without the zone, which a range does not have.
    const std::string text = address.is_v6()
                                 ? asio::ip::address_v6(address.to_v6().to_bytes()).to_string()
                                 : address.to_string();
    host.ranges.push_back(AddressRange::parse(text).value());
    host.addresses += (host.addresses.empty() ? "" : ", ") + text;
  }
}

// Whether the name had addresses before; if so, it keeps them.
bool keep_addresses(Allowed& host, const std::vector<Allowed>& before) {
  const auto same = std::ranges::find_if(before, [&](const Allowed& each) {
    return each.is_name && each.text == host.text && !each.ranges.empty();
  });
  if (same == before.end()) return false;
  host = *same;
  return true;
}

}  // namespace

Result<Allowed> Allowed::parse(std::string_view text) {
  if (can_be_name(text)) return Allowed{std::string(text), true, {}, {}};
  const auto range = AddressRange::parse(text);
  if (range) return Allowed{std::string(text), false, {*range}, {}};
  const bool meant_as_name =
      std::ranges::any_of(text, is_letter) && text.find_first_of("/:") == std::string_view::npos;
  if (meant_as_name) return Problem{fmt::format("{} is neither a host name nor an address", text)};
  return Problem{range.problem()};
}

std::vector<std::string> look_up(std::vector<Allowed>& list, std::chrono::milliseconds timeout,
                                 const std::vector<Allowed>& before) {
  std::vector<std::pair<Allowed*, std::future<Result<Addresses>>>> asked;
  for (Allowed& each : list)
    if (each.is_name) asked.emplace_back(&each, ask_for(each.text));
  const auto end = std::chrono::steady_clock::now() + timeout;
  std::vector<std::string> problems;
  for (auto& [host, answer] : asked) {
    std::string why = "no answer in time";
    if (answer.wait_until(end) == std::future_status::ready) {
      const Result<Addresses> addresses = answer.get();
      if (addresses) {
        set_addresses(*host, *addresses);
        continue;
      }
      why = addresses.problem();
    }
    const bool kept = keep_addresses(*host, before);
    problems.push_back(fmt::format(
        "cannot resolve {}: {}; {}", host->text, why,
        kept ? "its previous addresses stay allowed" : "no peer is allowed by that name"));
  }
  return problems;
}

std::vector<AddressRange> ranges_in(const std::vector<Allowed>& list) {
  std::vector<AddressRange> out;
  for (const Allowed& each : list)
    out.insert(out.end(), each.ranges.begin(), each.ranges.end());
  return out;
}

std::string text_of(const std::vector<Allowed>& list) {
  std::string out;
  for (const Allowed& each : list) {
    out += (out.empty() ? "" : ", ") + each.text;
    if (each.is_name)
      out += " (" + (each.addresses.empty() ? "not resolved" : each.addresses) + ")";
  }
  return out;
}

std::optional<std::string> forgotten_loopback(const std::vector<AddressRange>& ranges,
                                              const asio::ip::address& address) {
  const asio::ip::address v4 = asio::ip::address_v4::loopback();
  const asio::ip::address v6 = asio::ip::address_v6::loopback();
  if (address != v4 && address != v6) return std::nullopt;
  const asio::ip::address& other = address == v4 ? v6 : v4;
  if (any_contains(ranges, address) || !any_contains(ranges, other)) return std::nullopt;
  return fmt::format(
      "Local programs connect from {0} or from {1}, but only {0} is allowed; "
      "allow {1} as well, unless this is intended",
      other.to_string(), address.to_string());
}

}  // namespace vtp
