// The two allow lists of a broker's options, which can be read again while it runs.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "lib/base/log.h"
#include "lib/cli/options.h"
#include "lib/net/allow_list.h"

namespace vtp {

// Who may connect, by address.
struct AllowedRanges {
  std::vector<AddressRange> authors;
  std::vector<AddressRange> subscribers;
};

// The options receive-allow and broadcast-allow. Nothing is looked up.
struct AllowLists {
  std::vector<Allowed> authors;      // by default this machine
  std::vector<Allowed> subscribers;  // by default everybody

  // Throws UsageError.
  [[nodiscard]] static AllowLists in(const CommandLine& line);

  [[nodiscard]] AllowedRanges ranges() const {
    return {ranges_in(authors), ranges_in(subscribers)};
  }
};

// Those of a command line, and of the files of options that it names, which may have been changed. One
// thread at a time.
class AllowListReader {
 public:
  // How long all names together may take to look up, at the start and later.
  static constexpr std::chrono::seconds first_patience{10};
  static constexpr std::chrono::seconds later_patience{2};

  // Looks the names up of the lists in that line. One that cannot be resolved is logged as a warning. Line
  // and log must live longer.
  AllowListReader(const CommandLine& line, AllowLists lists, const Log& log);

  [[nodiscard]] AllowedRanges ranges() const { return lists_.ranges(); }

  // Reads the files again and looks all names up, which takes up to later_patience. What came of it is
  // logged, and which other options have changed, which are not read before the next start. Nothing if
  // something cannot be read: then the lists stay as they are.
  [[nodiscard]] std::optional<AllowedRanges> read_again();

 private:
  void look_up_names(AllowLists& lists, std::chrono::milliseconds patience) const;

  const CommandLine& line_;
  const Log& log_;
  AllowLists lists_;
};

}  // namespace vtp
