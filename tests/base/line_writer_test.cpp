#include "lib/base/line_writer.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

bool always() { return true; }

// What is there to read.
std::string read_some(int fd, std::size_t most) {
  std::string bytes(most, '\0');
  const ssize_t got = ::read(fd, bytes.data(), bytes.size());
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

// Files may have so many bytes, and no more, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    lift();
    ::signal(SIGXFSZ, SIG_DFL);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  void lift() const { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

Descriptor non_blocking_end(int fd) {
  Descriptor end(fd);
  REQUIRE(::fcntl(end.get(), F_SETFL, O_NONBLOCK) == 0);
  return end;
}

}  // namespace

TEST_CASE("lines for a pipe go out by the page, each whole") {
  const Pipe pipe;
  const std::string line = std::string(999, 'x') + "\n";
  LineWriter writer(pipe.writing());
  // Packets, so that each write is read alone.
  REQUIRE(::fcntl(pipe.writing(), F_SETFL, O_DIRECT) == 0);
  CHECK(writer.write(line + line + line + line + line + line, always).written == 6000);
  CHECK(read_some(pipe.reading(), 9000).size() == 4000);
  CHECK(read_some(pipe.reading(), 9000).size() == 2000);
}

TEST_CASE("a line that is longer than a page goes out in order") {
  const Pipe pipe;
  const std::string line = std::string(5000, 'x') + "\n";
  LineWriter writer(pipe.writing());
  const auto outcome = writer.write(line + "next\n", always);
  CHECK(outcome.written == line.size() + 5);
  CHECK(outcome.error == 0);
  CHECK(read_some(pipe.reading(), 9000) == line + "next\n");
}

TEST_CASE("who waits for room may stop that") {
  const Pipe pipe;
  REQUIRE(::fcntl(pipe.writing(), F_SETPIPE_SZ, 4096) == 4096);
  LineWriter writer(pipe.writing());
  int asked = 0;
  const auto outcome =
      writer.write(std::string(4095, 'x') + "\nnext\n", [&] { return ++asked < 4; });
  CHECK(outcome.written == 4096);
  CHECK(outcome.error == EAGAIN);
}

TEST_CASE("no part of a line is left out where others made the descriptor non-blocking") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor reading(ends[0]);
  const Descriptor writing = non_blocking_end(ends[1]);
  LineWriter writer(writing.get());
  const std::string line = std::string(99, 'x') + "\n";
  std::string lines;
  while (lines.size() < 1'000'000)
    lines += line;
  const auto before = lines.size();
  const auto has_room = [&] {
    pollfd room{writing.get(), POLLOUT, 0};
    return ::poll(&room, 1, 0) == 1;
  };
  std::string got;
  bool full = false;
  while (!lines.empty()) {
    const auto outcome = writer.write(lines, has_room);
    full = full || outcome.error == EAGAIN;
    CHECK(outcome.written % line.size() == 0);
    lines.erase(0, outcome.written);
    while (got.size() < before) {
      std::string more(10'000, '\0');
      const ssize_t size = ::recv(reading.get(), more.data(), more.size(), MSG_DONTWAIT);
      if (size <= 0) break;
      got.append(more, 0, static_cast<std::size_t>(size));
    }
  }
  CHECK(full);
  CHECK(got.size() == before);
}

TEST_CASE("a line that has begun when the disk is full is finished before the next one") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const FileSizeLimit limit(6);
  LineWriter writer(file.get());
  auto outcome = writer.write("one\ntwo\nthree\n", always);
  CHECK(outcome.written == 8);
  CHECK(outcome.error == EFBIG);
  CHECK(writer.write("four\n", always).written == 0);
  CHECK(content(path) == "one\ntw");
  limit.lift();
  outcome = writer.write("five\n", always);
  CHECK(outcome.written == 5);
  CHECK(outcome.error == 0);
  CHECK(content(path) == "one\ntwo\nfive\n");
}

TEST_CASE("a descriptor that cannot be written to says why") {
  CHECK(LineWriter(-1).write("one\n", always).error == EBADF);
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const auto outcome = LineWriter(full.get()).write("one\n", always);
  CHECK(outcome.written == 0);
  CHECK(outcome.error == ENOSPC);
}

}  // namespace vtp
