// Copies a command's output to the diagnostics, line by line.
#pragma once

#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/output/process.h"

namespace vtp {

// One thread: that of the process's descriptors. The diagnostics must outlive follow().
class CommandOutputLines {
 public:
  // Each line is logged with level info, after the label; lines over 1,000 bytes are logged in
  // pieces.
  CommandOutputLines(std::shared_ptr<Process> process, const Diagnostics& diagnostics,
                     std::string label)
      : process_(std::move(process)), diagnostics_(diagnostics), label_(std::move(label)) {}

  // To be spawned: logs the output until all writers have closed it.
  static asio::awaitable<void> follow(std::shared_ptr<CommandOutputLines> lines);

  // Call it once the command has ended: logs what was written so far, and nothing that others write
  // later.
  void finish();

  // The last line that is not empty, in which most programs report a failure; empty if there was
  // none.
  [[nodiscard]] const std::string& last() const { return last_; }

 private:
  asio::posix::stream_descriptor& output() { return process_->output(); }
  std::size_t take();
  void say();

  std::shared_ptr<Process> process_;
  const Diagnostics& diagnostics_;
  std::string label_;
  std::string line_;
  std::string last_;
  bool ended_ = false;
};

}  // namespace vtp
