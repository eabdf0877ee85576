#include "lib/cli/suggestion.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "lib/base/characters.h"

namespace vtp {
namespace {

constexpr std::size_t longest_name = 64;  // a longer name resembles none of ours

// The name in other brokers, clients and daemons, and the names here; the first one that the
// program has is suggested.
struct Foreign {
  std::string_view theirs;
  std::array<std::string_view, 2> ours;
};

constexpr Foreign foreign_names[] = {
    {"V", {"version"}},
    {"allow", {"receive-allow"}},
    {"author-allow", {"receive-allow"}},
    {"submit-allow", {"receive-allow"}},
    {"subscriber-allow", {"broadcast-allow"}},
    {"subscribe-allow", {"broadcast-allow"}},
    {"listen", {"receive"}},
    {"bind", {"receive"}},
    {"port", {"receive"}},
    {"publish", {"broadcast"}},
    {"upstream", {"subscribe"}},
    {"host", {"to", "subscribe"}},
    {"server", {"host", "subscribe"}},
    {"broker", {"host", "subscribe"}},
    {"remote", {"host", "to"}},
    {"target", {"to", "host"}},
    {"url", {"host", "subscribe"}},
    {"endpoint", {"to", "host"}},
    {"db", {"eventdb"}},
    {"database", {"eventdb", "db"}},
    {"eventdb", {"db"}},
    {"ivo", {"local-ivo"}},
    {"ivoid", {"local-ivo"}},
    {"log", {"logfile"}},
    {"handler", {"cmd", "exec"}},
    {"command", {"cmd", "exec"}},
    {"exec", {"cmd"}},
    {"cmd", {"exec"}},
    {"output", {"save", "save-event-directory"}},
    {"dir", {"save", "save-event-directory"}},
    {"directory", {"save", "save-event-directory"}},
    {"xpath", {"filter"}},
    {"limit", {"count"}},
    {"from", {"since"}},
    {"state", {"resume"}},
    {"validate", {"check", "check-config"}},
    {"verify", {"check", "check-config"}},
    {"dry-run", {"check", "check-config"}},
    {"check", {"check-config"}},
    {"test", {"check-config", "check"}},
    {"configtest", {"check-config"}},
    {"wait", {"timeout"}},
    {"connect-timeout", {"timeout"}},
    {"parallel", {"jobs", "threads"}},
    {"workers", {"jobs", "threads"}},
    {"ttl", {"keep"}},
    {"max-age", {"keep"}},
    {"retention", {"keep"}},
    {"debug", {"verbose"}},
    {"silent", {"quiet"}},
};

// The long names of the options that --help shows, and of the standard ones.
std::vector<std::string> names_in(const Program& program) {
  std::vector<std::string> out;
  const auto add = [&](const Option& option) {
    if (option.offered == Offered::no) return;
    const std::vector<std::string> names = names_of(option).long_names;
    out.insert(out.end(), names.begin(), names.end());
  };
  std::ranges::for_each(program.options, add);
  std::ranges::for_each(standard_options(), add);
  return out;
}

std::string by_foreign_name(const std::vector<std::string>& names, std::string_view name) {
  for (const Foreign& foreign : foreign_names) {
    if (foreign.theirs != name) continue;
    for (const std::string_view ours : foreign.ours)
      if (std::ranges::find(names, ours) != names.end()) return std::string(ours);
  }
  return {};
}

// At most a third of the letters may be wrong, but one in any case.
std::string by_spelling(const std::vector<std::string>& names, std::string_view name) {
  std::size_t least = std::max<std::size_t>(name.size() / 3, 1) + 1;
  std::string nearest;
  for (const std::string& each : names) {
    const std::size_t distance = edit_distance(each, name);
    if (distance >= least) continue;
    least = distance;
    nearest = each;
  }
  return nearest;
}

std::string by_beginning(const std::vector<std::string>& names, std::string_view name) {
  const auto found =
      std::ranges::find_if(names, [&](const std::string& each) { return each.starts_with(name); });
  return found == names.end() ? std::string{} : *found;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Distances between prefixes of a and b, one row per prefix of a; needs the two previous rows.
  std::vector<std::size_t> before_last, last, row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = std::move(last);
    last = std::move(row);
    row.assign(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string nearest_option(const Program& program, std::string_view name) {
  if (name.empty() || name.size() > longest_name) return {};
  const std::vector<std::string> names = names_in(program);
  if (std::string foreign = by_foreign_name(names, name); !foreign.empty()) return foreign;
  if (name.size() == 1) return {};
  if (std::string near = by_spelling(names, name); !near.empty()) return near;
  return by_beginning(names, name);
}

std::string suggestion_for(const Program& program, std::string_view name, std::string_view dashes) {
  const std::string nearest = nearest_option(program, name);
  return nearest.empty() ? "" : "; did you mean " + std::string(dashes) + nearest + "?";
}

}  // namespace vtp
