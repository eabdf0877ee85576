#include "lib/net/endpoint.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <sys/un.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view tcp_prefix = "tcp:";
constexpr std::string_view tls_prefix = "tls:";

Result<Endpoint> unix_endpoint(std::string_view path) {
  constexpr std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty())
    return Problem{"unix: needs the path of a socket, as in unix:/run/brokerd.sock"};
  if (path.size() > most)
    return Problem{fmt::format("{}: the path of a socket has at most {} bytes", path, most)};
  return Endpoint{UnixEndpoint{std::string(path)}};
}

// `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address, split before the port.
struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

Result<HostAndPort> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Problem{fmt::format("{}: a ] is missing", text)};
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':')
      return Problem{fmt::format("{}: after ] only :port may follow", text)};
    const std::string_view host = text.substr(1, close - 1);
    if (rest.empty()) return HostAndPort{host, std::nullopt};
    return HostAndPort{host, rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return HostAndPort{text, std::nullopt};
  if (text.find(':', colon + 1) != std::string_view::npos) return HostAndPort{text, std::nullopt};
  return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A name or an address; only IPv6 addresses have colons.
bool is_host(std::string_view host) {
  asio::error_code error;
  if (host.find(':') != std::string_view::npos) asio::ip::make_address_v6(std::string(host), error);
  return !error && host.find_first_of(" []/") == std::string_view::npos;
}

// "http" of "http://host:80"; empty if it is not a URL.
std::string_view scheme_of(std::string_view text) {
  const std::string_view scheme = text.substr(0, std::min(text.find("://"), text.size()));
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  // unix:/path may be written unix:///path.
  const bool is_url = scheme.size() < text.size() && !scheme.empty() && scheme != "unix" &&
                      std::ranges::all_of(scheme, is_letter);
  return is_url ? scheme : std::string_view{};
}

// How to write the endpoint that the URL stands for; empty if that is unclear.
std::string meant_by_url(std::string_view text, std::string_view scheme, std::uint16_t port) {
  const bool has_tls = scheme == "tls";
  std::string_view address = text.substr(scheme.size() + 3);
  address = address.substr(0, address.find_first_of("/?#"));
  const auto parts = split(address);
  if (!parts || parts->host.empty() || !is_host(parts->host)) return {};
  if (parts->port && !parts->port->empty())
    return fmt::format(", as in {}{}", has_tls ? tls_prefix : "", address);
  return ", as in " + text_of(TcpEndpoint{std::string(parts->host), port, has_tls});
}

// What people write instead of an endpoint: a URL, or the path of a socket.
std::optional<Problem> mistaken_for_endpoint(std::string_view text, std::uint16_t port) {
  if (const std::string_view scheme = scheme_of(text); !scheme.empty())
    return Problem{fmt::format("{}: an endpoint is not a URL; write HOST:PORT{}", text,
                               meant_by_url(text, scheme, port))};
  for (const std::string_view prefix : {tcp_prefix, tls_prefix, unix_prefix})
    if (text.starts_with(prefix)) return std::nullopt;
  if (text.find('/') != std::string_view::npos || text.ends_with(".sock"))
    return Problem{
        fmt::format("{0}: write HOST:PORT, or unix:{0} for a socket in the file system", text)};
  return std::nullopt;
}

// Such as a line break, which would end the endpoint in files that have one per line.
std::optional<Problem> control_character_in(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::none_of(text, is_control)) return std::nullopt;
  return Problem{fmt::format("{}: contains a control character", printable(text))};
}

// An endpoint without its prefix, which says whether it has TLS.
struct Address {
  std::string_view text;
  bool has_tls = false;
};

Address address_in(std::string_view text) {
  for (const std::string_view prefix : {tcp_prefix, tls_prefix})
    if (text.starts_with(prefix)) return {text.substr(prefix.size()), prefix == tls_prefix};
  return {text};
}

Result<Endpoint> tcp_endpoint(const HostAndPort& parts, bool has_tls, std::uint16_t default_port) {
  if (!is_host(parts.host))
    return Problem{fmt::format("{} is neither a host name nor an address", parts.host)};
  TcpEndpoint endpoint{std::string(parts.host), default_port, has_tls};
  if (parts.port) {
    const auto port = parse_port(*parts.port);
    if (!port) return Problem{port.problem()};
    endpoint.port = *port;
  }
  return Endpoint{endpoint};
}

// The number of leading ones in the netmask: 8 for "255.0.0.0".
Result<std::uint16_t> length_of_mask(std::string_view mask) {
  asio::error_code error;
  const std::uint32_t bits = asio::ip::make_address_v4(std::string(mask), error).to_uint();
  const int ones = std::countl_one(bits);
  if (error || std::popcount(bits) != ones) return Problem{"not a netmask"};
  return static_cast<std::uint16_t>(ones);
}

template <class Network>
bool has_bits_beyond(const Network& network) {
  return network.canonical().address() != network.address();
}

}  // namespace

std::string text_of(const Endpoint& endpoint) {
  if (const auto* local = std::get_if<UnixEndpoint>(&endpoint)) return "unix:" + local->path;
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  const std::string_view prefix = tcp.has_tls ? tls_prefix : tcp_prefix;
  if (tcp.host.empty()) return fmt::format("{}{}", prefix, tcp.port);
  const bool is_v6 = tcp.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? fmt::format("[{}]", tcp.host) : tcp.host;
  bool is_prefix = false;  // a host of that name
  for (const std::string_view each : {tcp_prefix, tls_prefix, unix_prefix})
    is_prefix = is_prefix || host + ":" == each;
  return fmt::format("{}{}:{}", tcp.has_tls || is_prefix ? prefix : "", host, tcp.port);
}

bool has_tls(const Endpoint& endpoint) {
  const auto* const tcp = std::get_if<TcpEndpoint>(&endpoint);
  return tcp && tcp->has_tls;
}

std::vector<std::string> texts_of(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> texts;
  for (const Endpoint& endpoint : endpoints)
    texts.push_back(text_of(endpoint));
  return texts;
}

std::string text_of(const std::vector<Endpoint>& endpoints) {
  return fmt::format("{}", fmt::join(texts_of(endpoints), "|"));
}

Result<Endpoint> parse_peer(std::string_view text, std::uint16_t default_port) {
  if (auto problem = control_character_in(text)) return *std::move(problem);
  if (auto problem = mistaken_for_endpoint(text, default_port)) return *std::move(problem);
  if (text.starts_with(unix_prefix)) return unix_endpoint(text.substr(unix_prefix.size()));
  const auto [address, has_tls] = address_in(text);
  const auto parts = split(address);
  if (!parts) return Problem{parts.problem()};
  if (parts->host.empty()) return Problem{fmt::format("{}: the host is missing", text)};
  if (all_digits(parts->host))
    return Problem{fmt::format("{0}: is a port without a host; write localhost:{0}", parts->host)};
  auto endpoint = tcp_endpoint(*parts, has_tls, default_port);
  if (endpoint && std::get<TcpEndpoint>(*endpoint).port == 0)
    return Problem{fmt::format("{}: nobody can be reached at port 0", text)};
  return endpoint;
}

Result<Endpoint> parse_listen(std::string_view text, std::uint16_t default_port) {
  if (auto problem = control_character_in(text)) return *std::move(problem);
  if (auto problem = mistaken_for_endpoint(text, default_port)) return *std::move(problem);
  if (text.starts_with(unix_prefix)) return unix_endpoint(text.substr(unix_prefix.size()));
  const auto [address, has_tls] = address_in(text);
  if (all_digits(address)) return tcp_endpoint({"", address}, has_tls, default_port);
  const auto parts = split(address);
  if (!parts) return Problem{parts.problem()};
  if (parts->host.empty())
    return Problem{fmt::format("{}: expected port, address:port or unix:/path", text)};
  return tcp_endpoint(*parts, has_tls, default_port);
}

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string(text.substr(0, slash)), error);
  const auto not_a_range = [&] {
    return Problem{
        fmt::format("{} is not an address range such as 192.0.2.0/24 or 2001:db8::/32", text)};
  };
  if (error || (address.is_v6() && address.to_v6().scope_id() != 0)) return not_a_range();
  const int most = address.is_v4() ? 32 : 128;
  int prefix = most;
  if (slash != std::string_view::npos) {
    const std::string_view behind = text.substr(slash + 1);
    const auto length = address.is_v4() && behind.find('.') != std::string_view::npos
                            ? length_of_mask(behind)
                            : parse_port(behind);  // whatever small number
    if (!length || *length > most) return not_a_range();
    prefix = *length;
  }
  const auto beyond = [&] {
    return Problem{fmt::format("{}: the address has bits set beyond its first {}", text, prefix)};
  };
  if (address.is_v4()) {
    const asio::ip::network_v4 network(address.to_v4(), static_cast<unsigned short>(prefix));
    if (has_bits_beyond(network)) return beyond();
    return AddressRange{network};
  }
  const asio::ip::network_v6 network(address.to_v6(), static_cast<unsigned short>(prefix));
  if (has_bits_beyond(network)) return beyond();
  return AddressRange{network};
}

bool AddressRange::contains(const asio::ip::address& address) const {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return contains(asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()));
  // An address is in a network if the network of the same prefix length around it is that network.
  if (const auto* v4 = std::get_if<asio::ip::network_v4>(&network_))
    return address.is_v4() &&
           asio::ip::network_v4(address.to_v4(), v4->prefix_length()).canonical() ==
               v4->canonical();
  const auto& v6 = std::get<asio::ip::network_v6>(network_);
  if (!address.is_v6()) return false;
  // Without the zone, which the address of a peer on a local link has.
  const asio::ip::address_v6 bare(address.to_v6().to_bytes());
  return asio::ip::network_v6(bare, v6.prefix_length()).canonical() == v6.canonical();
}

std::string AddressRange::text() const {
  return std::visit([](const auto& network) { return network.canonical().to_string(); }, network_);
}

bool AddressRange::is_loopback() const {
  constexpr int least = 8;  // 127.0.0.0/8
  if (const auto* v4 = std::get_if<asio::ip::network_v4>(&network_))
    return v4->address().is_loopback() && v4->prefix_length() >= least;
  const auto& v6 = std::get<asio::ip::network_v6>(network_);
  return v6.is_host() && v6.address().is_loopback();
}

bool is_on_this_machine(const Endpoint& endpoint) {
  const auto* const tcp = std::get_if<TcpEndpoint>(&endpoint);
  if (!tcp || tcp->host == "localhost") return true;
  asio::error_code is_name;
  const auto address = asio::ip::make_address(tcp->host, is_name);
  if (is_name) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

std::vector<AddressRange> loopback_ranges() {
  return {AddressRange::parse("127.0.0.0/8").value(), AddressRange::parse("::1/128").value()};
}

std::vector<AddressRange> all_ranges() {
  return {AddressRange::parse("0.0.0.0/0").value(), AddressRange::parse("::/0").value()};
}

bool any_contains(const std::vector<AddressRange>& ranges, const asio::ip::address& address) {
  return std::ranges::any_of(ranges,
                             [&](const AddressRange& range) { return range.contains(address); });
}

}  // namespace vtp
