// The names of threads, and the processor time that they have used.
#pragma once

#include <map>
#include <string>

namespace vtp {

// Names the calling thread, as top -H and thread_times() show it: at most 15 characters. Any thread.
void name_thread(const char* name);

// The processor time of all threads of this process that live now, in seconds, by name; those with
// the same name together. From /proc/self/task; empty if that cannot be read. Any thread.
[[nodiscard]] std::map<std::string, double> thread_times();

}  // namespace vtp
