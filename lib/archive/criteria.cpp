#include "lib/archive/criteria.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vtp {
namespace {

std::optional<std::int64_t> microseconds(const std::optional<Time>& time) {
  return time ? std::optional(time->time_since_epoch().count()) : std::nullopt;
}

std::optional<std::string> folded_if(const std::optional<std::string>& text) {
  return text ? std::optional(folded(*text)) : std::nullopt;
}

}  // namespace

Subject subject_of(const Facts& facts, std::int64_t seq, std::int64_t received) {
  return {seq,
          received,
          microseconds(facts.observed),
          facts.position ? std::optional(facts.position->point) : std::nullopt,
          facts.ivorn,
          facts.stream,
          facts.role,
          facts.author};
}

Criteria::Criteria(const Query& query)
    : received_{microseconds(query.since), microseconds(query.until)},
      observed_{microseconds(query.observed_since), microseconds(query.observed_until)},
      stream_(folded_if(query.stream)),
      role_(query.role),
      author_(folded_if(query.author)),
      cone_(query.cone),
      cited_(folded_if(query.cites)),
      concepts_(concept_parts(query.concept_.value_or(""))) {
  if (query.ivorn) require_one_of({folded(*query.ivorn)});
}

void Criteria::require_one_of(std::vector<std::string> ivorns) {
  std::ranges::sort(ivorns);
  if (ivorns_) {
    std::vector<std::string> both;
    std::ranges::set_intersection(*ivorns_, ivorns, std::back_inserter(both));
    ivorns = std::move(both);
  }
  ivorns_ = std::move(ivorns);
}

std::optional<Match> Criteria::match(const Subject& subject) const {
  if (!received_.has(subject.received)) return std::nullopt;
  if (observed_.since || observed_.until)
    if (!subject.observed || !observed_.has(*subject.observed)) return std::nullopt;
  if (stream_ && !subject.stream.starts_with(*stream_)) return std::nullopt;
  if (role_ && subject.role != *role_) return std::nullopt;
  if (author_ && subject.author != *author_) return std::nullopt;
  if (ivorns_ && !std::ranges::binary_search(*ivorns_, subject.ivorn)) return std::nullopt;
  Match match{subject.seq, subject.observed, std::nullopt};
  if (cone_) {
    if (!subject.point) return std::nullopt;
    match.distance = separation(cone_->centre(), *subject.point);
    if (!covers(*cone_, *match.distance)) return std::nullopt;
  }
  return match;
}

bool Criteria::match_lists(const Facts& facts) const {
  return (!cited_ || std::ranges::binary_search(facts.cites, *cited_)) &&
         std::ranges::includes(facts.concepts, concepts_);
}

}  // namespace vtp
