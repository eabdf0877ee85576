#include "lib/cli/terminal.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

// Standard input is something else while it lives.
class Input {
 public:
  explicit Input(int other) : before_(::dup(STDIN_FILENO)) { ::dup2(other, STDIN_FILENO); }
  ~Input() { ::dup2(before_.get(), STDIN_FILENO); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

 private:
  Descriptor before_;
};

}  // namespace

TEST_CASE("a program reads the terminal if that is standard input, and nothing else is named") {
  const Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY));
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  const Descriptor terminal(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY));
  REQUIRE(terminal.get() >= 0);
  const Input input(terminal.get());
  CHECK(reads_terminal({}));
  CHECK(reads_terminal({"-"}));
  CHECK(reads_terminal({"a.xml", "-"}));
  CHECK_FALSE(reads_terminal({"a.xml"}));
}

TEST_CASE("a pipe or a file is no terminal") {
  const Descriptor null(::open("/dev/null", O_RDONLY));
  const Input input(null.get());
  CHECK_FALSE(reads_terminal({}));
  CHECK_FALSE(reads_terminal({"-"}));
}

}  // namespace vtp
