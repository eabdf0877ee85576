#include "lib/base/host_name.h"

#include <array>
#include <climits>
#include <unistd.h>

namespace vtp {

std::string own_host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};  // ends with NUL, also if the name is too long
  if (::gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

}  // namespace vtp
