#include "lib/http/host_check.h"

#include <algorithm>

#include <asio/ip/address.hpp>

#include "lib/base/characters.h"

namespace vtp {

bool is_our_host(std::string_view host, const std::vector<std::string>& names) {
  std::string name(host);
  if (name.starts_with('[')) {
    const std::size_t end = name.find(']');
    if (end == std::string::npos) return false;
    name = name.substr(1, end - 1);
  } else {
    name = name.substr(0, name.find(':'));
  }
  name = lower_case(name);
  if (name.ends_with('.')) name.pop_back();
  asio::error_code error;
  asio::ip::make_address(name, error);
  return !error || name == "localhost" || name.ends_with(".localhost") ||
         std::ranges::find(names, name) != names.end();
}

}  // namespace vtp
