#include "lib/cli/signature_options.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr std::size_t most_threads = 64;
constexpr std::size_t most_threads_by_default = 4;

std::size_t default_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads_by_default);
}

Result<std::size_t> parse_threads(std::string_view text) {
  auto count = parse_count(text);
  if (count && *count > most_threads)
    return Problem{fmt::format("{} is more than {}", text, most_threads)};
  return count;
}

}  // namespace

Option keyring_option() {
  return {"keyring", "FOLDER",
          "GnuPG home folder with the keys for signatures (default: that of this account)", ""};
}

Option verify_option() {
  return {"verify", "WHAT",
          "check signatures: off, log (say who signed) or require (take only events with a good "
          "one) (default: off)",
          ""};
}

Option verify_threads_option() {
  return {"verify-threads", "N",
          "signatures checked at the same time (default: number of processors, at most 4)", ""};
}

std::optional<std::string> keyring_in(const CommandLine& line) {
  auto folder = line.text("keyring");
  if (folder && folder->empty()) throw UsageError("--keyring: there is no folder name");
  return folder;
}

VerifierOptions verifier_options_in(const CommandLine& line) {
  VerifierOptions options;
  options.verify = line.value("verify", parse_verify, options.verify);
  options.check.keyring = keyring_in(line);
  options.threads = line.value("verify-threads", parse_threads, default_threads());
  options.most_waiting = line.value("verify-queue", parse_count, options.most_waiting);
  options.check.timeout = line.value("verify-timeout", parse_seconds, options.check.timeout);
  if (options.verify == Verify::off)
    for (const Option& option : line.program().options) {
      const std::string name = names_of(option).long_names.front();
      const bool is_about = name == "keyring" || name.starts_with("verify-");
      if (is_about && line.text(name))
        throw UsageError(fmt::format("--{} needs --verify=log or --verify=require", name));
    }
  return options;
}

}  // namespace vtp
