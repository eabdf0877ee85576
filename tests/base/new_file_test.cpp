#include "lib/base/new_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::ptrdiff_t files_in(const std::string& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

}  // namespace

TEST_CASE("a new file has a name that nobody had, beside another and with its mode") {
  const TemporaryFolder folder;
  const NewFile one = make_file_beside(folder.file("places"), ".part", 0600);
  const NewFile other = make_file_beside(folder.file("places"), ".part", 0600);
  REQUIRE(one.error == 0);
  REQUIRE(other.error == 0);
  CHECK(one.path != other.path);
  CHECK(one.path.starts_with(folder.file("places.")));
  CHECK(one.path.ends_with(".part"));
  CHECK(mode_of(one.path) == 0600);
  CHECK(write_all(one.file.get(), "x") == 0);
  CHECK(content(one.path) == "x");
  CHECK(make_file_beside(folder.file("none/places"), "", 0600).error == ENOENT);
}

TEST_CASE("a nameless file is in no folder, and takes what is written") {
  const TemporaryFolder folder;
  {
    const NewFile made = make_nameless_file_beside(folder.file("events.db"));
    REQUIRE(made.error == 0);
    CHECK(made.path.empty());
    CHECK(write_all(made.file.get(), "x") == 0);
    CHECK(files_in(folder.file("")) == 0);
  }
  CHECK(make_nameless_file_beside(folder.file("none/events.db")).error == ENOENT);
}

TEST_CASE("a file is made once, and then opened as it is") {
  const TemporaryFolder folder;
  const std::string path = folder.file("lock");
  CHECK(open_or_make_file(path, group_may_read).error == 0);
  CHECK((mode_of(path) & 0137) == 0);
  std::ofstream(path) << "kept";
  fs::permissions(path, fs::perms(0604));
  CHECK(open_or_make_file(path, group_may_read).error == 0);
  CHECK(content(path) == "kept");
  CHECK(mode_of(path) == 0604);
}

TEST_CASE("what is no file, and a link to one, is not opened") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("target")) << "kept";
  fs::create_symlink("target", folder.file("link"));
  CHECK(open_or_make_file(folder.file("link"), 0600).error == ELOOP);
  fs::create_symlink("nothing", folder.file("dangling"));
  CHECK(open_or_make_file(folder.file("dangling"), 0600).error == ELOOP);
  CHECK_FALSE(fs::exists(folder.file("nothing")));
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(open_or_make_file(folder.file("pipe"), 0600).error == EINVAL);
  CHECK(open_or_make_file(folder.file(""), 0600).error == EISDIR);
}

}  // namespace vtp
