#include "lib/archive/archive.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "lib/store/database_version.h"
#include "lib/store/store.h"

namespace vtp {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

}  // namespace

// For the time of one query.
class Archive::TimeLimit {
 public:
  TimeLimit(Archive& archive, Deadline deadline) : archive_(archive) {
    archive_.loaded_.reset();  // which may be forgotten since
    archive_.deadline_ = deadline;
    archive_.database_.end_by(deadline);
  }
  ~TimeLimit() {
    archive_.deadline_.reset();
    archive_.database_.end_by(std::nullopt);
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

 private:
  Archive& archive_;
};

Archive::Archive(const std::string& path, Report report)
    : database_(path, Database::ForReading{}),
      report_(std::move(report)),
      received_(database_),
      event_(database_,
             "SELECT received, source, digest, ivorn, role, bytes FROM event WHERE seq = ?1"),
      bounds_(database_,
              "SELECT max((SELECT min(seq) FROM event), (SELECT seq + 1 FROM kept)), "
              "(SELECT max(seq) FROM event), rising.seq, "
              "coalesce((SELECT min(seq) FROM event WHERE seq >= rising.seq), "
              "9223372036854775807) FROM rising") {}

Sequence Archive::indexed() {
  if (database_.version() < first_version_with_archive) return 0;
  return static_cast<Sequence>(database_.run("SELECT seq FROM archived"));
}

void Archive::find(const Query& query, const Take& take, Deadline deadline) {
  const TimeLimit limit(*this, deadline);
  const auto give = [&](const Match& match) {
    const auto event = found(match, query.whole_headline);
    return !event || take(*event);
  };
  try {
    if (query.order == FoundOrder::received && !query.most) {
      search(query, Along::forward, give);
    } else if (query.order == FoundOrder::newest && !query.most) {
      search(query, Along::backward, give);
    } else {
      for (const Match& match : in_order(query)) {
        check_time();
        if (!give(match)) break;
      }
    }
    database_.check_unchanged();
  } catch (const TimeIsOver&) {
    throw QueryTooLong("the query takes too long");
  }
}

std::uint64_t Archive::count(const Query& query, Deadline deadline) {
  const TimeLimit limit(*this, deadline);
  std::uint64_t number = 0;
  const std::uint64_t most = query.most.value_or(std::numeric_limits<std::uint64_t>::max());
  try {
    if (most > 0) search(query, Along::backward, [&](const Match&) { return ++number < most; });
    database_.check_unchanged();
  } catch (const TimeIsOver&) {
    throw QueryTooLong("the query takes too long");
  }
  return number;
}

std::vector<Match> Archive::in_order(const Query& query) {
  std::vector<Match> all;
  const std::size_t most = query.most.value_or(std::numeric_limits<std::size_t>::max());
  if (most == 0) return all;
  if (query.order == FoundOrder::received || query.order == FoundOrder::newest) {
    search(query, Along::backward, [&](const Match& match) {
      all.push_back(match);
      return all.size() < most;
    });
    if (query.order == FoundOrder::received) std::ranges::reverse(all);
    return all;
  }
  if (query.order == FoundOrder::distance && !query.cone)
    throw std::invalid_argument("the order of distance needs a cone");
  search(query, Along::forward, [&](const Match& match) {
    all.push_back(match);
    return true;
  });
  if (query.order == FoundOrder::distance) {
    std::ranges::sort(all, {}, [](const Match& m) { return std::tuple(m.distance, m.seq); });
    if (all.size() > most) all.resize(most);
  } else {
    std::ranges::sort(all, {}, [](const Match& m) { return std::tuple(m.observed, m.seq); });
    if (all.size() > most) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
  }
  return all;
}

// Calls on_match for each event that fulfils the query, along the log, until it returns false.
void Archive::search(const Query& query, Along along, const OnMatch& on_match) {
  Criteria criteria(query);
  if (query.cited_by) criteria.require_one_of(ivorns_cited_by(*query.cited_by));
  use_filters(query);
  Part in_index = part_for(query);
  Part others = in_index;
  in_index.last = std::min(in_index.last, static_cast<std::int64_t>(indexed()));
  others.first = std::max(others.first, in_index.last + 1);
  const auto search_part = [&](const Part& part, bool has_index) {
    if (part.first > part.last) return true;
    const auto matches = has_index ? indexed_matches(database_, criteria, part, along)
                                   : parsed_matches(database_, criteria, part, along, reader_);
    std::vector<Match> page;
    while (matches->next(page)) {
      check_time();
      for (const Match& match : page) {
        if (!passes(match.seq)) continue;
        if (!on_match(match)) return false;
      }
    }
    return true;
  };
  if (along == Along::forward)
    static_cast<void>(search_part(in_index, true) && search_part(others, false));
  else
    static_cast<void>(search_part(others, false) && search_part(in_index, true));
}

// The part of the log that the query may find something in.
Part Archive::part_for(const Query& query) {
  if (query.digest && !digests_) digests_ = std::make_unique<DigestIndex>(database_);
  const Database::Transaction transaction(database_, Database::Transaction::Access::read);
  if (!bounds_.step()) return {};
  Part part{bounds_.number(0), bounds_.is_null(0) ? 0 : bounds_.number(1), bounds_.number(3)};
  const std::int64_t rising = bounds_.number(2);
  bounds_.reset();
  if (query.before)
    part.last = std::min(part.last,
                         static_cast<std::int64_t>(std::min<Sequence>(*query.before, never)) - 1);
  if (query.since)
    part.first = std::max(part.first, received_.first_since(*query.since).value_or(never));
  if (query.until)
    if (const auto end = received_.first_since(*query.until); end && *end >= rising)
      part.last = std::min(part.last, *end - 1);
  if (query.digest) {
    const std::int64_t seq = digests_->find(*query.digest).event;
    part.first = std::max(part.first, seq > 0 ? seq : never);
    part.last = std::min(part.last, seq);
  }
  return part;
}

std::vector<std::string> Archive::ivorns_cited_by(const std::string& ivorn) {
  Query citing;
  citing.ivorn = ivorn;
  std::vector<std::string> cited;
  search(citing, Along::forward, [&](const Match& match) {
    if (const Found* event = load(match.seq)) {
      const Facts& facts = reader_.read(event->event->bytes, event->event->headline.ivorn,
                                        event->event->headline.role);
      cited.insert(cited.end(), facts.cites.begin(), facts.cites.end());
    }
    return true;
  });
  return cited;
}

void Archive::use_filters(const Query& query) {
  if (query.filters.size() > max_filters)
    throw std::invalid_argument(fmt::format("there are more than {} filters", max_filters));
  for (const std::string& problem : filters_.set(query.filters, pool_))
    throw std::invalid_argument(problem);
}

void Archive::check_time() const {
  if (database_.is_interrupted() || (deadline_ && std::chrono::steady_clock::now() >= *deadline_))
    throw QueryTooLong("the query takes too long");
}

bool Archive::passes(std::int64_t seq) {
  if (filters_.filters().empty()) return true;
  check_time();
  const Found* event = load(seq);
  return event && EventMatcher(event->event->bytes).matches(filters_, report_);
}

// The event, with ivorn and role alone as its headline, if the log has it and its bytes; valid until
// the next call.
const Found* Archive::load(std::int64_t seq) {
  if (loaded_ && loaded_->seq == static_cast<Sequence>(seq)) return &*loaded_;
  loaded_.reset();
  event_.bind(1, seq);
  if (event_.step() && !event_.bytes(5).empty()) {
    Event event;
    event.bytes = event_.bytes(5);
    event.digest = digest_of(event.bytes);
    event.headline.ivorn = event_.bytes(3);
    event.headline.role = event_.bytes(4);
    if (event_.digest(2) != event.digest) {
      event_.reset();
      throw damaged_event(database_.file(), static_cast<Sequence>(seq), event.headline.ivorn);
    }
    loaded_ = Found{static_cast<Sequence>(seq), Time(std::chrono::microseconds(event_.number(0))),
                    std::string(event_.bytes(1)), std::make_shared<const Event>(std::move(event)),
                    std::nullopt};
  }
  event_.reset();
  return loaded_ ? &*loaded_ : nullptr;
}

std::optional<Found> Archive::found(const Match& match, bool whole_headline) {
  const Found* event = load(match.seq);
  if (!event) return std::nullopt;
  Found result = *event;
  result.distance = match.distance;
  if (whole_headline) {
    result.event =
        std::make_shared<const Event>(with_whole_headline(*result.event, reader_.checker()));
  }
  return result;
}

}  // namespace vtp
