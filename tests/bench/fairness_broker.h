// The broker that scripts/bench --only=fairness looks at: a process of our own, which it starts and ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vtp {

struct BrokerSetup {
  std::string program;               // a path, or a name to be looked for in $PATH
  std::vector<std::string> options;  // beside where it listens, its log and its database
  std::filesystem::path folder;      // for these
  std::filesystem::path database;    // empty: a new one in the folder
  std::size_t descriptors = 0;       // how many it may have; 0: as many as we
};

// One thread: it forks, so there are no others when it is made.
class BrokerProcess {
 public:
  // Returns once it listens, on ports of 127.0.0.1. Throws if it does not within a minute.
  explicit BrokerProcess(const BrokerSetup& setup);
  // Kills it if it still runs.
  ~BrokerProcess();
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::uint16_t submit() const { return submit_; }
  [[nodiscard]] std::uint16_t broadcast() const { return broadcast_; }
  [[nodiscard]] std::uintmax_t log_size() const;  // bytes

  [[nodiscard]] bool running();
  // Asks it to end (SIGTERM), and says how long that took; nothing: longer than `limit`, and it was killed.
  // Calls `meanwhile` again and again, which takes some ms at most.
  std::optional<std::chrono::duration<double>> end(std::chrono::milliseconds limit,
                                                   const std::function<void()>& meanwhile);
  // Once it does not run: "exit status 0", "signal 11".
  [[nodiscard]] std::string how_it_ended() const;

 private:
  [[nodiscard]] std::uint16_t port_in_log(const std::string& whom);

  std::filesystem::path diagnostics_;
  pid_t pid_ = -1;
  std::optional<int> status_;  // as waitpid has it
  std::uint16_t submit_ = 0;
  std::uint16_t broadcast_ = 0;
};

}  // namespace vtp
