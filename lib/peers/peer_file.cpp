#include "lib/peers/peer_file.h"

#include <algorithm>
#include <sys/stat.h>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/input_file.h"
#include "lib/base/text.h"
#include "lib/filter/filter.h"
#include "lib/net/allow_list.h"
#include "lib/peers/peer_words.h"
#include "lib/tls/certificate.h"

namespace vtp {
namespace {

constexpr std::size_t bytes_of_pgp_v4 = 20;  // of a fingerprint
constexpr std::size_t bytes_of_pgp_v6 = 32;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_hex(std::string_view text, std::size_t bytes) {
  return text.size() == 2 * bytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

// No name can be taken for an address, nor for the source of an event that comes from a topic.
std::string name_problem(std::string_view name) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || std::string_view("._@+-").find(c) != std::string_view::npos;
  };
  if (name.size() > max_peer_name)
    return fmt::format("the name {} has more than {} bytes", shortened(name), max_peer_name);
  if (name.empty() || !std::ranges::all_of(name, fits))
    return fmt::format("the name {} must be of letters, digits and . _ @ + - only",
                       name.empty() ? "\"\"" : shortened(name));
  return {};
}

// Sets the kind and the key; returns the problem.
std::string set_addresses(KnownPeer& peer, const std::string& key) {
  const auto allowed = Allowed::parse(key);
  if (allowed && !allowed->is_name) {
    peer.kind = KeyKind::addresses;
    peer.range = allowed->ranges.front();
    peer.key = peer.range->text();
    return {};
  }
  if (key.starts_with("unix:"))
    return "unix: is not possible here: the permissions of the socket decide about its peers";
  if (allowed)
    return fmt::format(
        "{}: a host name is not possible here; write an address, or sha256: and the "
        "fingerprint of its key",
        key);
  if (key.find('/') != std::string::npos ||
      key.find_first_not_of("0123456789.") == std::string::npos)
    return allowed.problem();
  return fmt::format(
      "{} is not a key; write sha256:HEX, dn:NAME, san:NAME, pgp:HEX or an address "
      "range such as 192.0.2.0/24",
      shortened(key));
}

std::string set_key(KnownPeer& peer, const std::string& key) {
  const auto colon = key.find(':');
  const std::string scheme = key.substr(0, colon);
  const std::string value = colon == std::string::npos ? std::string() : key.substr(colon + 1);
  if (scheme == "sha256") {
    const auto fingerprint = parse_fingerprint(key);
    if (!fingerprint) return fingerprint.problem();
    peer.kind = KeyKind::fingerprint;
    peer.key = *fingerprint;
    return {};
  }
  if (scheme == "pgp") {
    peer.kind = KeyKind::signing;
    peer.key = lower_case(key);
    if (!is_hex(value, bytes_of_pgp_v4) && !is_hex(value, bytes_of_pgp_v6))
      return "pgp: needs the 40 (or 64) hexadecimal digits of a key's fingerprint, not a key ID";
    return {};
  }
  if (scheme == "dn" || scheme == "san") {
    peer.kind = scheme == "dn" ? KeyKind::subject : KeyKind::other_name;
    peer.key = key;
    return value.empty() ? fmt::format("there is no name after {}:", scheme) : std::string();
  }
  return set_addresses(peer, key);
}

std::string set_roles(KnownPeer& peer, const std::string& roles) {
  std::string_view rest = roles;
  if (rest == "both") rest = "author,subscriber";
  while (true) {
    const auto comma = rest.find(',');
    const std::string_view role = rest.substr(0, comma);
    const auto side = std::ranges::find(sides, role, [](Side each) { return name_of(each); });
    if (side == sides.end())
      return fmt::format("{} is not a role; the roles are author, subscriber and both",
                         role.empty() ? "\"\"" : shortened(role));
    peer.may[static_cast<std::size_t>(*side)] = true;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (peer.kind == KeyKind::signing && peer.may_be(Side::subscriber))
    return "pgp: is the key of an author: its role is author";
  return {};
}

// Whether the peer can have this limit.
std::string limit_problem(const KnownPeer& peer, std::string_view limit) {
  if (peer.kind == KeyKind::signing && limit != "ivorn")
    return fmt::format("{}= is not for pgp: keys, which only sign", limit);
  if ((limit == "ivorn" || limit == "rate") && !peer.may_be(Side::author))
    return fmt::format("{}= is for authors only", limit);
  if (limit == "filter" && !peer.may_be(Side::subscriber)) return "filter= is for subscribers only";
  return {};
}

// For a limit that can be given once.
template <class Value, class Parsed>
std::string set_once(std::optional<Value>& here, std::string_view limit, const Parsed& parsed) {
  if (here) return fmt::format("{}= is given twice", limit);
  if (!parsed) return fmt::format("{}: {}", limit, parsed.problem());
  here = *parsed;
  return {};
}

std::string set_limit(KnownPeer& peer, const std::string& word) {
  const auto equals = word.find('=');
  const std::string limit = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? std::string() : word.substr(equals + 1);
  const bool is_limit =
      limit == "ivorn" || limit == "filter" || limit == "rate" || limit == "connections";
  if (!is_limit)
    return fmt::format("{} is not a limit; the limits are ivorn=, filter=, rate= and connections=",
                       shortened(word));
  if (value.empty()) return fmt::format("there is nothing after {}=", limit);
  if (auto problem = limit_problem(peer, limit); !problem.empty()) return problem;
  if (limit == "rate") return set_once(peer.rate, limit, Rate::parse(value));
  if (limit == "connections") return set_once(peer.most_connections, limit, parse_count(value));
  if (limit == "ivorn") {
    const auto prefix = IvornPrefix::parse(value);
    if (!prefix) return fmt::format("ivorn: {}", prefix.problem());
    peer.ivorns.push_back(*prefix);
    return {};
  }
  if (!peer.filter.empty()) return "filter= is given twice; join both with \"and\"";
  const auto filter = Filter::check(value);
  if (!filter) return fmt::format("filter: {}", filter.problem());
  peer.filter = *filter;
  return {};
}

Result<KnownPeer> peer_in(const std::vector<std::string>& words) {
  KnownPeer peer;
  constexpr std::size_t least_words = 3;
  std::string problem = name_problem(words.front());
  if (problem.empty() && words.size() < least_words)
    problem = fmt::format("there {}; write NAME KEY ROLES [LIMITS]",
                          words.size() == 1 ? "is nothing after the name " + words.front()
                                            : "are no roles after the key");
  if (problem.empty()) {
    peer.name = words[0];
    problem = set_key(peer, words[1]);
  }
  if (problem.empty()) problem = set_roles(peer, words[2]);
  for (std::size_t i = least_words; i < words.size() && problem.empty(); ++i)
    problem = set_limit(peer, words[i]);
  if (problem.empty() && peer.kind == KeyKind::signing && peer.ivorns.empty())
    problem = "pgp: needs ivorn=: the beginning of the ivorns that it may sign";
  if (!problem.empty()) return Problem{problem};
  return peer;
}

// The lines that have a key already, by key and side.
using Lines = std::unordered_map<std::string, int>;

std::string note(const KnownPeer& peer, Lines& lines) {
  for (const Side side : sides) {
    if (!peer.may_be(side)) continue;
    const auto [there, is_new] =
        lines.emplace(fmt::format("{} {}", name_of(side), peer.key), peer.line);
    if (!is_new)
      return fmt::format("{} is the key of {} {} in line {} already", peer.key,
                         side == Side::author ? "an" : "a", name_of(side), there->second);
  }
  return {};
}

}  // namespace

PeerFile parse_peers(std::string_view text, const std::string& file) {
  PeerFile found;
  Lines lines;
  std::size_t problems = 0;
  const auto report = [&](int line, const std::string& problem) {
    if (++problems <= most_peer_problems)
      found.problems.push_back(fmt::format("{}:{}: {}", file, line, problem));
  };
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!words) {
      report(number, words.problem());
    } else if (!words->empty()) {
      auto peer = peer_in(*words);
      if (!peer) {
        report(number, peer.problem());
        continue;
      }
      KnownPeer known = std::move(peer).value();
      known.line = number;
      if (const std::string problem = note(known, lines); !problem.empty()) report(number, problem);
      found.peers.push_back(std::move(known));
    }
  }
  if (problems > most_peer_problems)
    found.problems.push_back(
        fmt::format("{}: {} more problem(s)", file, problems - most_peer_problems));
  if (found.peers.empty()) found.warnings.push_back(file + ": admits no peer at all");
  return found;
}

PeerFile read_peers(const std::string& file) {
  PeerFile failed;
  struct stat there {};
  const bool is_there = ::stat(file.c_str(), &there) == 0;
  if (is_there && !S_ISREG(there.st_mode)) {
    failed.problems.push_back(file + ": not a regular file, so it cannot be read again");
    return failed;
  }
  const auto text = read_file(file, max_peers_size);
  if (!text) {
    failed.problems.push_back(fmt::format("{}: {}", file, text.problem()));
    return failed;
  }
  PeerFile found = parse_peers(*text, file);
  if (is_there && (there.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    found.warnings.push_back(
        file + ": others than its owner may write to it, and so admit anybody; chmod go-w");
  return found;
}

}  // namespace vtp
