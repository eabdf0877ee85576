#include "tests/bench/load_process.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>

namespace vtp {

WatchedProcess::WatchedProcess(pid_t process) : process_(process) {
  if (::clock_getcpuclockid(process_, &clock_) != 0)
    throw std::runtime_error(fmt::format("there is no process {}", process_));
  memory_ = memory();
  begin();
}

std::chrono::nanoseconds WatchedProcess::used() const {
  timespec time{};
  if (::clock_gettime(clock_, &time) != 0) throw std::runtime_error("the watched process is gone");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

double WatchedProcess::memory() const {
  std::ifstream file(fmt::format("/proc/{}/statm", process_));
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

double WatchedProcess::peak_memory() const {
  std::ifstream file(fmt::format("/proc/{}/status", process_));
  for (std::string word; file >> word;) {
    double peak = 0;
    if (word == "VmHWM:" && file >> peak) return peak;
  }
  return 0;
}

std::size_t WatchedProcess::descriptors() const {
  using std::filesystem::directory_iterator;
  std::error_code gone;
  const directory_iterator all(fmt::format("/proc/{}/fd", process_), gone);
  return static_cast<std::size_t>(std::distance(all, directory_iterator()));
}

std::string WatchedProcess::text(std::size_t events, std::size_t peers) const {
  const auto each = [](double value, std::size_t count) {
    return value / static_cast<double>(std::max(count, std::size_t{1}));
  };
  const std::chrono::duration<double, std::micro> time = used() - used_;
  return fmt::format("processor_us_each={:.1f} memory_each_kB={:.1f}", each(time.count(), events),
                     each(memory() - memory_, peers));
}

}  // namespace vtp
