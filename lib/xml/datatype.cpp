#include "lib/xml/datatype.h"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

#include "lib/xml/lexical.h"

namespace vtp {
namespace {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Reads a text from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool accept(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool accept(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string_view digits() { return take(is_digit); }
  void skip_space() { take(is_space); }
  // Exactly two digits.
  std::optional<int> two_digits() {
    if (rest_.size() < 2 || !is_digit(rest_[0]) || !is_digit(rest_[1])) return std::nullopt;
    const int value = (rest_[0] - '0') * 10 + (rest_[1] - '0');
    rest_.remove_prefix(2);
    return value;
  }

 private:
  std::string_view take(bool (*accepts)(char)) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), accepts);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
};

bool is_float(std::string_view text) {
  Scanner in(text);
  in.skip_space();
  if (in.accept("NaN")) return in.at_end();
  const bool minus = in.accept('-');
  if (!minus && in.accept('+')) {
    if (in.peek() == 'I') return false;
  }
  if (in.accept("INF")) return in.at_end();
  std::size_t digits = in.digits().size();
  if (in.accept('.')) digits += in.digits().size();
  if (digits == 0) return false;
  if (in.accept('e') || in.accept('E')) {
    if (!in.accept('-')) in.accept('+');
    in.digits();
  }
  in.skip_space();
  return in.at_end();
}

// The number of digits before the decimal point, taking the exponent into account: 1 for 2.5, 0 for
// 0.25, -99 for 2.5e-100. The exponent is capped, so that a very long one does not overflow.
long magnitude(std::string_view number) {
  Scanner in(number);
  if (!in.accept('-')) in.accept('+');
  const std::string_view whole = in.digits();
  in.accept('.');
  const std::string_view fraction = in.digits();
  long exponent = 0;
  if (in.accept('e') || in.accept('E')) {
    const bool minus = in.accept('-');
    if (!minus) in.accept('+');
    for (const char digit : in.digits())
      exponent = std::min(exponent * 10 + (digit - '0'), LONG_MAX / 100);
    if (minus) exponent = -exponent;
  }
  const auto leading = [](std::string_view digits) {
    return static_cast<long>(std::min(digits.find_first_not_of('0'), digits.size()));
  };
  const long size = static_cast<long>(whole.size());
  if (leading(whole) < size) return size - leading(whole) + exponent;
  return exponent - leading(fraction);
}

bool is_probability(std::string_view text) {
  if (!is_float(text)) return false;
  std::string_view number = trimmed(text);
  if (number.starts_with('+')) number.remove_prefix(1);
  if (number.ends_with('F') || number.ends_with('N')) return false;  // INF, NaN
  float value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::result_out_of_range) return magnitude(number) <= 0;
  return value >= 0 && value <= 1;
}

bool is_leap(long year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

long days_in(long year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// At least four digits, more than four only without a leading zero; not the year 0.
std::optional<long> scan_year(Scanner& in) {
  const bool minus = in.accept('-');
  const std::string_view digits = in.digits();
  if (digits.size() < 4 || (digits.size() > 4 && digits[0] == '0')) return std::nullopt;
  long year = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), year);
  if (error != std::errc() || year == 0) return std::nullopt;
  return minus ? -year : year;
}

bool scan_date(Scanner& in) {
  const auto year = scan_year(in);
  if (!year || !in.accept('-')) return false;
  const auto month = in.two_digits();
  if (!month || *month < 1 || *month > 12 || !in.accept('-')) return false;
  const auto day = in.two_digits();
  return day && *day >= 1 && *day <= days_in(*year, *month);
}

bool scan_time(Scanner& in) {
  const auto hour = in.two_digits();
  if (!hour || !in.accept(':')) return false;
  const auto minute = in.two_digits();
  if (!minute || !in.accept(':')) return false;
  const auto whole_seconds = in.two_digits();
  if (!whole_seconds) return false;
  double seconds = *whole_seconds;
  if (in.accept('.')) {
    const std::string_view digits = in.digits();
    if (digits.empty()) return false;
    double weight = 1;
    for (const char digit : digits) {
      weight /= 10;
      seconds += (digit - '0') * weight;
    }
  }
  const bool end_of_day = *hour == 24 && *minute == 0 && seconds == 0;
  return end_of_day || (*hour < 24 && *minute < 60 && seconds < 60);
}

bool scan_zone(Scanner& in) {
  if (in.accept('Z')) return true;
  if (!in.accept('+') && !in.accept('-')) return false;
  const auto hours = in.two_digits();
  if (!hours || *hours > 23 || !in.accept(':')) return false;
  const auto minutes = in.two_digits();
  return minutes && *minutes < 60 && *hours * 60 + *minutes <= 14 * 60;
}

bool is_date_time(std::string_view text) {
  Scanner in(text);
  if (!scan_date(in) || !in.accept('T') || !scan_time(in)) return false;
  if (in.at_end()) return true;
  if (!scan_zone(in)) return false;
  in.skip_space();
  return in.at_end();
}

// A group of letters, then groups of letters and digits; each has 1 to 8 of them (RFC 3066).
bool is_language(std::string_view text) {
  std::size_t group = 0;
  bool first = true;
  for (const char c : text) {
    if (c == '-') {
      if (group == 0) return false;
      group = 0;
      first = false;
    } else if (!is_letter(c) && (first || !is_digit(c))) {
      return false;
    } else if (++group > 8) {
      return false;
    }
  }
  return group > 0;
}

// A Name is an NCName that may also contain colons, at the beginning too; each is replaced by a
// character that an NCName may have.
bool is_name(std::string_view text) {
  std::string copy(text);
  std::replace(copy.begin(), copy.end(), ':', '_');
  return is_ncname(copy);
}

bool is_nmtoken(std::string_view text) { return !text.empty() && is_name("_" + std::string(text)); }

struct Enumeration {
  std::span<const std::string_view> values;
  std::string_view expectation;
};

constexpr std::string_view roles[] = {"observation", "prediction", "utility", "test"};
constexpr std::string_view data_types[] = {"string", "float", "int"};
constexpr std::string_view coord_systems[] = {
    "TT-ICRS-TOPO", "UTC-ICRS-TOPO", "TT-FK5-TOPO",  "UTC-FK5-TOPO", "GPS-ICRS-TOPO",
    "GPS-FK5-TOPO", "TT-ICRS-GEO",   "UTC-ICRS-GEO", "TT-FK5-GEO",   "UTC-FK5-GEO",
    "GPS-ICRS-GEO", "TDB-ICRS-BARY", "TDB-FK5-BARY", "UTC-GEOD-TOPO"};
constexpr std::string_view citations[] = {"followup", "supersedes", "retraction"};
constexpr std::string_view contributor_roles[] = {"ContactPerson",
                                                  "DataCollector",
                                                  "DataCurator",
                                                  "DataManager",
                                                  "Distributor",
                                                  "Editor",
                                                  "HostingInstitution",
                                                  "Producer",
                                                  "ProjectLeader",
                                                  "ProjectManager",
                                                  "ProjectMember",
                                                  "RegistrationAgency",
                                                  "RegistrationAuthority",
                                                  "RelatedPerson",
                                                  "Researcher",
                                                  "ResearchGroup",
                                                  "RightsHolder",
                                                  "Sponsor",
                                                  "Supervisor",
                                                  "WorkPackageLeader",
                                                  "Other"};

constexpr Enumeration enumeration_of(Datatype type) {
  switch (type) {
    case Datatype::role:
      return {roles, "observation, prediction, utility or test"};
    case Datatype::data_type:
      return {data_types, "string, float or int"};
    case Datatype::coord_system:
      return {coord_systems, "a coordinate system of VOEvent 2.0"};
    case Datatype::cite:
      return {citations, "followup, supersedes or retraction"};
    case Datatype::contributor_role:
      return {contributor_roles, "a contributor's role"};
    default:
      return {};
  }
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_space); }

bool conforms(Datatype type, std::string_view text) {
  switch (type) {
    case Datatype::string:
      return true;
    case Datatype::any_uri:
      return is_uri_reference(trimmed(text));
    case Datatype::date_time:
      return is_date_time(text);
    case Datatype::real:
      return is_float(text);
    case Datatype::probability:
      return is_probability(text);
    case Datatype::version_2_0:
      return trimmed(text) == "2.0";
    case Datatype::version_2_1:
      return trimmed(text) == "2.1";
    case Datatype::language:
      return is_language(trimmed(text));
    case Datatype::nmtoken:
      return is_nmtoken(trimmed(text));
    case Datatype::name:
      return is_name(trimmed(text));
    case Datatype::id:
    case Datatype::ncname:
      return is_ncname(trimmed(text));
    case Datatype::entity:
      return false;
    case Datatype::role:
    case Datatype::data_type:
    case Datatype::coord_system:
    case Datatype::cite:
    case Datatype::contributor_role: {
      const auto values = enumeration_of(type).values;
      return std::find(values.begin(), values.end(), text) != values.end();
    }
  }
  return false;
}

std::string_view expectation(Datatype type) {
  switch (type) {
    case Datatype::any_uri:
      return "a URI";
    case Datatype::date_time:
      return "a date and time (YYYY-MM-DDThh:mm:ss)";
    case Datatype::real:
      return "a number";
    case Datatype::probability:
      return "a number from 0 to 1";
    case Datatype::version_2_0:
      return "2.0";
    case Datatype::version_2_1:
      return "2.1";
    case Datatype::language:
      return "a language";
    case Datatype::nmtoken:
      return "a name token";
    case Datatype::id:
    case Datatype::name:
    case Datatype::ncname:
      return "a name";
    case Datatype::entity:
      return "an entity";
    case Datatype::string:
      return "a text";
    default:
      return enumeration_of(type).expectation;
  }
}

}  // namespace vtp
