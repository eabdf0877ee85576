// Endpoints and address ranges: what is written can be read again, and a range holds what its bits say.
#include "lib/net/endpoint.h"

#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include <asio/ip/address.hpp>

#include "lib/net/allow_list.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

constexpr std::uint16_t default_port = 8099;

void check_endpoints(const std::string& text) {
  if (const auto peer = parse_peer(text, default_port)) {
    const std::string written = text_of(*peer);
    const auto again = parse_peer(written, 1);
    require(again && *again == *peer, "a peer can be read as it is written",
            text + "\n" + written + "\n" + (again ? text_of(*again) : again.problem()));
  }
  if (const auto endpoint = parse_listen(text, default_port)) {
    const std::string written = text_of(*endpoint);
    const auto again = parse_listen(written, 1);
    require(again && *again == *endpoint, "an endpoint to listen on can be read as it is written",
            text + "\n" + written + "\n" + (again ? text_of(*again) : again.problem()));
  }
}

std::vector<std::uint8_t> bits_of(const asio::ip::address& address) {
  const auto all = [](const auto& bytes) { return std::vector(bytes.begin(), bytes.end()); };
  return address.is_v4() ? all(address.to_v4().to_bytes()) : all(address.to_v6().to_bytes());
}

bool same_bits(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b,
               std::size_t count) {
  for (std::size_t bit = 0; bit < count; ++bit)
    if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

// The address with that bit the other way.
asio::ip::address with_other_bit(const asio::ip::address& address, std::size_t bit) {
  const auto flipped = [bit](auto bytes) {
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (0x80 >> bit % 8));
    return bytes;
  };
  if (address.is_v4()) return asio::ip::address_v4(flipped(address.to_v4().to_bytes()));
  return asio::ip::address_v6(flipped(address.to_v6().to_bytes()));
}

bool is_mapped(const asio::ip::address& address) {
  return address.is_v6() && address.to_v6().is_v4_mapped();
}

// A number of bits, or a netmask that has so many.
std::size_t prefix_in(const std::string& text) {
  if (text.find('.') == std::string::npos) return std::stoul(text);
  return static_cast<std::size_t>(std::popcount(asio::ip::make_address_v4(text).to_uint()));
}

void check_allowed(const std::string& text) {
  const auto allowed = Allowed::parse(text);
  const bool is_range = static_cast<bool>(AddressRange::parse(text));
  require(allowed || !is_range, "a range is allowed", text);
  if (allowed)
    require(allowed->is_name != is_range, "what is allowed is a range or a name, not both", text);
}

void check_range(const std::string& text) {
  const auto range = AddressRange::parse(text);
  if (!range) return;
  const std::size_t slash = text.find('/');
  const auto network = asio::ip::make_address(text.substr(0, slash));
  const std::vector<std::uint8_t> bits = bits_of(network);
  const std::size_t prefix =
      slash == std::string::npos ? 8 * bits.size() : prefix_in(text.substr(slash + 1));
  require(any_contains(all_ranges(), network), "every address is in all ranges");
  if (is_mapped(network)) return;  // no address is left as one of those
  require(range->contains(network), "a range holds its own address", text);
  for (std::size_t bit = 0; bit < 8 * bits.size(); ++bit) {
    const auto other = with_other_bit(network, bit);
    if (is_mapped(other)) continue;
    require(range->contains(other) == same_bits(bits, bits_of(other), prefix),
            "a range holds what its prefix says", text + " " + other.to_string());
    if (other.is_v4())
      require(range->contains(make_address_v6(asio::ip::v4_mapped, other.to_v4())) ==
                  range->contains(other),
              "a mapped address counts as IPv4", text + " " + other.to_string());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(size), "an endpoint costs no more than its length",
                     [&] { check_endpoints(text); });
  check_range(text);
  check_allowed(text);
  return 0;
}
