// Whether a browser that sends a request means this server. A page from elsewhere can give its own
// name an address of this machine, and would then read through the browser what only this machine may
// (DNS rebinding); it cannot choose what the browser sends as Host.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// host: the value of Host (RFC 9110, section 7.2), of any bytes: a name or an address, and a port or
// none. True for every address, for localhost and names under it, and for the given names, which are
// in lower case.
[[nodiscard]] bool is_our_host(std::string_view host, const std::vector<std::string>& names);

}  // namespace vtp
