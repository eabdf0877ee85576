#include "lib/store/outage.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {

TEST_CASE("an outage is told of when it begins, when its cause changes, and when it is over") {
  const TemporaryFolder folder;
  const TestClock clock;
  const int fd = ::open(folder.file("log").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  const Diagnostics diagnostics("test", LineStyle::tool, Level::info, clock, fd);
  Outage outage(diagnostics);
  CHECK_FALSE(outage.lasts());
  outage.begin("the disk is full", 2, 1000);
  CHECK(outage.lasts());
  CHECK(outage.room() > 2000);
  CHECK(outage.next_try() > std::chrono::steady_clock::now());
  outage.refuse(3);
  outage.go_on("the disk is full");
  outage.go_on("the disk is gone");
  outage.go_on("the disk is gone");
  outage.end();
  CHECK_FALSE(outage.lasts());
  outage.begin("the disk is full", 1, 1000);
  outage.end();
  outage.begin("the disk is full", 2, 1000);
  for (int i = 0; i < Outage::tries_a_line; ++i)
    outage.go_on("the disk is full");
  ::close(fd);
  CHECK(content(folder.file("log")) ==
        "test: Cannot store events: the disk is full; none is accepted until that works again\n"
        "test: Still cannot store events: the disk is gone; refused so far: 5\n"
        "test: Storing events again; refused meanwhile: 5\n"
        "test: Cannot store events: the disk is full; none is accepted until that works again\n"
        "test: Storing events again; refused meanwhile: 1\n"
        "test: Cannot store events: the disk is full; none is accepted until that works again\n"
        "test: Still cannot store events: the disk is full; refused so far: 2\n");
}

}  // namespace vtp
