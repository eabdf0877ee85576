// The real events and the published schemas, which are not part of the project: a folder that the
// environment variable VTP_SHARED names, otherwise ../shared beside the project's sources.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vtp::test {

// The exit status that tells ctest that the test was skipped.
inline constexpr int skipped = 77;

// nullopt, with the reason on stdout, if `needed`, a path in the folder, does not exist.
[[nodiscard]] std::optional<std::filesystem::path> find_shared(const std::string& needed);

struct ListedEvent {
  std::string path;  // within its archive
  std::string verdict;
  std::string bytes;
};

// Unpacks corpus/NAME.tar.xz to a temporary folder, which is removed on return, and reads the
// events that corpus/NAME.tsv lists. Throws std::runtime_error if tar or a file fails.
[[nodiscard]] std::vector<ListedEvent> read_corpus(const std::filesystem::path& shared,
                                                   const std::string& name);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace vtp::test
