// Shared by the tests of commands: reads files that commands write, and checks whether a process
// still runs.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/loopback.h"
#include "tests/support/temporary.h"

namespace vtp {

// A process that has ended but was not waited for does not count as running.
inline bool runs(const std::string& pid) {
  const std::string stat = content("/proc/" + pid + "/stat");
  const std::size_t name_end = stat.rfind(") ");
  return name_end != std::string::npos && stat.at(name_end + 2) != 'Z';
}

// True as soon as the condition holds; false after a timeout. Meanwhile runs the context.
template <class Condition>
bool comes_true(asio::io_context& context, const Condition& condition) {
  const auto give_up = std::chrono::steady_clock::now() + test_timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    context.restart();
    context.run_for(std::chrono::milliseconds{5});
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

// The process number that a command wrote, once it and a newline are there.
inline std::string pid_in(asio::io_context& context, const std::string& path) {
  comes_true(context, [&] { return content(path).ends_with('\n'); });
  std::string pid = content(path);
  if (!pid.empty()) pid.pop_back();
  return pid;
}

}  // namespace vtp
