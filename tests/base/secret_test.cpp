#include "lib/base/secret.h"

#include <fstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/as_user.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

constexpr uid_t nobody = 65534;

}  // namespace

TEST_CASE("a file that others can read is warned about, by its mode") {
  const TemporaryFolder folder;
  const std::string file = folder.file("key");
  std::ofstream(file) << "secret";
  for (const mode_t mode : {0644U, 0604U}) {
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    CHECK(warning_of_readable_secret(file) ==
          file + " contains a secret, and other users can read it; type: chmod go= " + file);
  }
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  CHECK_FALSE(warning_of_readable_secret(file));
  CHECK_FALSE(warning_of_readable_secret(folder.file("none")));
}

TEST_CASE("the group of a file counts, unless the file is root's") {
  const TemporaryFolder folder;
  const std::string file = folder.file("key");
  std::ofstream(file) << "secret";
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  CHECK(warning_of_readable_secret(file).has_value() == !is_root());
  if (!is_root()) return;
  REQUIRE(::chown(file.c_str(), nobody, nobody) == 0);
  CHECK(warning_of_readable_secret(file));
}

TEST_CASE("a process that holds a secret has no core dumps") {
  CHECK(in_child([] { return ::prctl(PR_GET_DUMPABLE) == 1; }));
  CHECK(in_child([] {
    keep_memory_secret();
    return ::prctl(PR_GET_DUMPABLE) == 0;
  }));
}

}  // namespace vtp
