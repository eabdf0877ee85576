// Whom a broker lets in, as people write it: ranges of addresses, and hosts by their names.
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

// One entry of the list. That of a name holds nobody until the name is looked up.
struct Allowed {
  std::string text;                  // as it was given
  bool is_name = false;              // a host's
  std::vector<AddressRange> ranges;  // of a name: each of its addresses
  std::string addresses;             // of a name, for people: "192.0.2.7, 2001:db8::7"

  // A range as AddressRange takes it, or a name, whose last part begins with a letter, so that what was
  // meant as an address is none.
  [[nodiscard]] static Result<Allowed> parse(std::string_view text);
};

// Asks the system for the addresses of all names in the list, at the same time, and waits for that long at
// most. A name that cannot be resolved keeps those that it has in `before`, if it is in there. What went
// wrong, a line each.
[[nodiscard]] std::vector<std::string> look_up(std::vector<Allowed>& list,
                                               std::chrono::milliseconds patience,
                                               const std::vector<Allowed>& before = {});

[[nodiscard]] std::vector<AddressRange> ranges_in(const std::vector<Allowed>& list);

// "127.0.0.0/8, telescope.example.org (192.0.2.7)".
[[nodiscard]] std::string text_of(const std::vector<Allowed>& list);

// Programs of this machine come from 127.0.0.1 or from ::1, as they like. If this address is one of the
// two, and only the other is in the ranges: that this was hardly meant, in words.
[[nodiscard]] std::optional<std::string> forgotten_loopback(const std::vector<AddressRange>& ranges,
                                                            const asio::ip::address& address);

}  // namespace vtp
