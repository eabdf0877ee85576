// The allow lists among a broker's options, which can be read again while it runs.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "lib/base/diagnostics.h"
#include "lib/cli/options.h"
#include "lib/net/allow_list.h"

namespace vtp {

// The address ranges from which peers may connect.
struct AllowedRanges {
  std::vector<AddressRange> authors;
  std::vector<AddressRange> subscribers;
  std::vector<AddressRange> http;
};

// The options receive-allow, broadcast-allow and http-allow. No name is looked up.
struct AllowLists {
  std::vector<Allowed> authors;      // default: this machine; with --peers all addresses
  std::vector<Allowed> subscribers;  // default: all addresses
  std::vector<Allowed> http;         // default: this machine

  // Throws UsageError.
  [[nodiscard]] static AllowLists in(const CommandLine& line);

  [[nodiscard]] AllowedRanges ranges() const {
    return {ranges_in(authors), ranges_in(subscribers), ranges_in(http)};
  }
};

// Reads the lists of a command line, and of the option files that it names, which may have changed.
// One thread at a time.
class AllowListReader {
 public:
  // Timeouts for looking up all names together, at the start and later.
  static constexpr std::chrono::seconds first_timeout{10};
  static constexpr std::chrono::seconds later_timeout{2};

  // Looks up the names of the given lists. A name that cannot be resolved is reported as a warning.
  // check: called with lists that were read again; if it throws, these do not take effect. line and
  // diagnostics must live longer.
  AllowListReader(const CommandLine& line, AllowLists lists, const Diagnostics& diagnostics,
                  std::function<void(const AllowLists&)> check = {});

  [[nodiscard]] AllowedRanges ranges() const { return lists_.ranges(); }

  // Reads the files again and looks up all names, which takes up to later_timeout. Reports the
  // result, and which other options have changed; those take effect at the next start. Nothing if
  // something cannot be read: then the lists do not change.
  [[nodiscard]] std::optional<AllowedRanges> read_again();

 private:
  void look_up_names(AllowLists& lists, std::chrono::milliseconds timeout) const;

  const CommandLine& line_;
  const Diagnostics& diagnostics_;
  const std::function<void(const AllowLists&)> check_;
  AllowLists lists_;
};

}  // namespace vtp
