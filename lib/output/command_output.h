// What a command writes, line by line into the log.
#pragma once

#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "lib/base/log.h"
#include "lib/output/process.h"

namespace vtp {

// One thread: that of the process's descriptors. The log must live as long as follow() is under way.
class CommandOutputLines {
 public:
  // Each line is logged as info behind the label; lines over 1,000 bytes in pieces.
  CommandOutputLines(std::shared_ptr<Process> process, const Log& log, std::string label)
      : process_(std::move(process)), log_(log), label_(std::move(label)) {}

  // Logs what is written, until nobody can write any more. Spawned.
  static asio::awaitable<void> follow(std::shared_ptr<CommandOutputLines> lines);

  // Once the command has ended: logs what it wrote before that, and nothing that others write later.
  void finish();

  // The last line that is not empty, which most programs end with when they fail; empty if there was none.
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  asio::posix::stream_descriptor& output() { return process_->output(); }
  std::size_t take();
  void say();

  std::shared_ptr<Process> process_;
  const Log& log_;
  std::string label_;
  std::string line_;
  std::string last_;
  bool ended_ = false;
};

}  // namespace vtp
