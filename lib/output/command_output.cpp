#include "lib/output/command_output.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr std::size_t longest_line = 1000;  // bytes
// The capacity of a pipe: enough for what the command wrote before it ended; limits what is read of
// the output of others that still write.
constexpr std::size_t most_left_behind = 64 * 1024;

}  // namespace

asio::awaitable<void> CommandOutputLines::follow(std::shared_ptr<CommandOutputLines> lines) {
  // Waits for readiness and then reads, since a pending read could take bytes that finish() needs.
  asio::error_code error;
  do {
    co_await lines->output().async_wait(asio::posix::stream_descriptor::wait_read,
                                        asio::redirect_error(asio::use_awaitable, error));
    if (!error) lines->take();
  } while (!error && !lines->ended_);
}

void CommandOutputLines::finish() {
  std::size_t left = most_left_behind;
  while (left > 0) {
    const std::size_t taken = take();
    if (taken == 0) break;
    left -= std::min(left, taken);
  }
  if (!line_.empty()) say();
  asio::error_code ignored;
  output().close(ignored);
}

// Reads what is available, up to a limit; returns the number of bytes.
std::size_t CommandOutputLines::take() {
  std::array<char, 4096> piece;
  asio::error_code error;
  output().non_blocking(true, error);
  const std::size_t size = output().read_some(asio::buffer(piece), error);
  ended_ = error && error != asio::error::would_block;
  for (const char c : std::string_view(piece.data(), size)) {
    if (c == '\n' || line_.size() == longest_line) say();
    if (c != '\n') line_ += c;
  }
  return size;
}

void CommandOutputLines::say() {
  diagnostics_.info("{}: {}", label_, line_);
  if (!line_.empty()) last_ = std::move(line_);
  line_.clear();
}

}  // namespace vtp
