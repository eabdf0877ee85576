#include "tests/support/shared_corpus.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <stdlib.h>

namespace vtp::test {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "vtp-corpus-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::optional<fs::path> find_shared(const std::string& needed) {
  const char* named = std::getenv("VTP_SHARED");
  const fs::path folder = named != nullptr ? named : VTP_SHARED_DEFAULT;
  if (fs::exists(folder / needed)) return folder;
  std::printf("skipped: there is no %s (VTP_SHARED names the folder)\n", (folder / needed).c_str());
  return std::nullopt;
}

std::vector<ListedEvent> read_corpus(const fs::path& shared, const std::string& name) {
  const TemporaryFolder folder;
  const fs::path archive = shared / "corpus" / (name + ".tar.xz");
  const std::string unpack =
      "tar -xJf '" + archive.string() + "' -C '" + folder.path().string() + "'";
  if (std::system(unpack.c_str()) != 0) throw std::runtime_error("failed: " + unpack);
  std::vector<ListedEvent> events;
  std::istringstream list(read_file(shared / "corpus" / (name + ".tsv")));
  for (std::string line; std::getline(list, line);) {
    ListedEvent event;
    std::istringstream fields(line);
    std::getline(fields, event.path, '\t');
    std::getline(fields, event.verdict, '\t');
    event.bytes = read_file(folder.path() / event.path);
    events.push_back(std::move(event));
  }
  return events;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace vtp::test
