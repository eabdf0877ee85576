// For functions of the system that a test program replaces with its own.
#pragma once

#include <cstdarg>
#include <dlfcn.h>
#include <fcntl.h>

namespace vtp {

// The system's own function.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// The third argument of open(2), if the flags ask for one.
inline mode_t mode_in(va_list more, int flags) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

}  // namespace vtp
