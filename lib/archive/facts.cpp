#include "lib/archive/facts.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/voevent/ivoid.h"
#include "lib/xml/datatype.h"

namespace vtp {
namespace {

void sort_and_limit(std::vector<std::string>& texts, std::size_t most) {
  if (texts.size() > most) texts.resize(most);
  std::ranges::sort(texts);
  const auto again = std::ranges::unique(texts);
  texts.erase(again.begin(), again.end());
}

// "+01:00" and "-0130" at the end, which is removed.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  const std::size_t at = text.find_last_of("+-");
  if (at == std::string_view::npos || at < text.find('T') ||
      text.find('T') == std::string_view::npos)
    return std::chrono::minutes(0);
  const std::string_view zone = text.substr(at + 1);
  int hours = 0;
  int minutes = 0;
  const bool has_colon = zone.size() == 5 && zone[2] == ':';
  if (!has_colon && zone.size() != 4 && zone.size() != 2) return std::nullopt;
  const auto number = [&zone](std::size_t from, int& value) {
    const char* const end = zone.data() + from + 2;
    return std::from_chars(zone.data() + from, end, value).ptr == end;
  };
  if (!number(0, hours) || (zone.size() > 2 && !number(zone.size() - 2, minutes)))
    return std::nullopt;
  const std::chrono::minutes offset(hours * 60 + minutes);
  const bool west = text[at] == '-';
  text = text.substr(0, at);
  return west ? -offset : offset;
}

}  // namespace

std::string folded(std::string_view ivorn) {
  const std::string_view text = ivorn.substr(0, longest_fact);
  const std::size_t local = std::min(text.find_first_of("#?"), text.size());
  return lower_case(text.substr(0, local)).append(text.substr(local));
}

std::vector<std::string> concept_parts(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty() && parts.size() < most_concepts) {
    const std::size_t size = std::min(text.find(';'), text.size());
    std::string part = lower_case(trimmed(text.substr(0, size)).substr(0, longest_fact));
    if (!part.empty()) parts.push_back(std::move(part));
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  sort_and_limit(parts, most_concepts);
  return parts;
}

std::optional<Time> observation_time(std::string_view text) {
  const auto zone = take_zone(text);
  if (!zone) return std::nullopt;
  std::string plain(text);  // some authors write a space for the T
  if (plain.size() > 10 && plain[10] == ' ') plain[10] = 'T';
  const auto time = parse_time(plain);
  return time ? std::optional(*time - *zone) : std::nullopt;
}

const Facts& FactsReader::read(std::string_view bytes, std::string_view ivorn,
                               std::string_view role) {
  const Headline& head = checker_.check(bytes).headline;
  const Details& details = details_.read(bytes);
  facts_.ivorn = folded(ivorn);
  facts_.stream = stream_of(facts_.ivorn);
  facts_.role = role.substr(0, longest_fact);
  facts_.author = folded(head.author);
  const std::string& time = head.event_time;
  facts_.observed = observation_time(time.empty() ? details.observation.time.start : time);
  facts_.position = sky_position(head, details.observation);
  facts_.cites.clear();
  for (const Citation& citation : details.citations)
    if (facts_.cites.size() < most_cites) facts_.cites.push_back(folded(citation.ivorn));
  sort_and_limit(facts_.cites, most_cites);
  facts_.concepts.clear();
  for (const std::string& each : details.concepts)
    if (facts_.concepts.size() < most_concepts)
      std::ranges::move(concept_parts(each), std::back_inserter(facts_.concepts));
  sort_and_limit(facts_.concepts, most_concepts);
  return facts_;
}

}  // namespace vtp
