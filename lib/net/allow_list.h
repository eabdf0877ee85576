// The list of peers that a broker allows, as people write it: address ranges and host names.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>

#include "lib/base/result.h"
#include "lib/net/endpoint.h"

namespace vtp {

// One entry of the list. A host name allows no peer until it is looked up.
struct Allowed {
  std::string text;                  // as given
  bool is_name = false;              // it is a host name
  std::vector<AddressRange> ranges;  // of a host name: its addresses
  std::string addresses;             // of a host name, for people: "192.0.2.7, 2001:db8::7"

  // A range as AddressRange takes it, or a host name. The last part of a host name begins with a
  // letter, so that a mistyped address is not taken for a name.
  [[nodiscard]] static Result<Allowed> parse(std::string_view text);
};

// Asks the system for the addresses of all names in the list, at the same time, and waits for at
// most `timeout`. A name that cannot be resolved keeps the addresses that it has in `before`, if
// any. Returns one line per problem.
[[nodiscard]] std::vector<std::string> look_up(std::vector<Allowed>& list,
                                               std::chrono::milliseconds timeout,
                                               const std::vector<Allowed>& before = {});

[[nodiscard]] std::vector<AddressRange> ranges_in(const std::vector<Allowed>& list);

// "127.0.0.0/8, telescope.example.org (192.0.2.7)".
[[nodiscard]] std::string text_of(const std::vector<Allowed>& list);

// Local programs connect from 127.0.0.1 or from ::1, depending on the program. If `address` is one
// of the two and only the other is in the ranges, returns a message that this is probably a
// mistake.
[[nodiscard]] std::optional<std::string> forgotten_loopback(const std::vector<AddressRange>& ranges,
                                                            const asio::ip::address& address);

}  // namespace vtp
