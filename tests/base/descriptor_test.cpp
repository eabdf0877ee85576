#include "lib/base/descriptor.h"

#include <cerrno>
#include <future>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/pipe.h"

namespace vtp {

TEST_CASE("all is written, however little is taken at once") {
  Pipe pipe;
  const std::string much(1'000'000, 'x');
  auto all = std::async(std::launch::async, [&] { return pipe.read_all(); });
  CHECK(write_all(pipe.writing(), much) == 0);
  pipe.close_writing();
  CHECK(all.get() == much);
}

TEST_CASE("what cannot be written says why") {
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(write_all(full.get(), "x") == ENOSPC);
  CHECK(write_all(-1, "x") == EBADF);
  CHECK(write_all(-1, "") == 0);
}

TEST_CASE("what has no sync needs none") {
  const Pipe pipe;
  CHECK(sync_file(pipe.writing()) == 0);
  CHECK(sync_file(-1) == EBADF);
}

}  // namespace vtp
