#include "lib/base/thread_times.h"

#include <filesystem>
#include <fstream>
#include <pthread.h>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace vtp {

void name_thread(const char* name) { pthread_setname_np(pthread_self(), name); }

// A thread's file `stat` (proc(5)): "ID (NAME) STATE", and 10 numbers before utime and stime. The
// name may have spaces and parentheses.
std::map<std::string, double> thread_times() {
  std::map<std::string, double> times;
  const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::error_code problem;
  std::filesystem::directory_iterator task("/proc/self/task", problem);
  for (; !problem && task != std::filesystem::directory_iterator(); task.increment(problem)) {
    std::ifstream file(task->path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;  // it has just ended
    const std::size_t begin = line.find('(');
    const std::size_t end = line.rfind(')');
    if (begin == std::string::npos || end == std::string::npos) continue;
    std::istringstream rest(line.substr(end + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
      rest >> skipped;
    double user = 0;
    double system = 0;
    if (rest >> user >> system)
      times[line.substr(begin + 1, end - begin - 1)] += (user + system) / ticks_a_second;
  }
  return times;
}

}  // namespace vtp
