#include "lib/archive/matches.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

using Seqs = std::vector<std::int64_t>;

constexpr std::int64_t events_a_page = 128;
constexpr std::int64_t rows_a_page = 2048;  // where the index itself is walked
constexpr std::size_t most_streams = 64;    // that are looked up one by one
// Larger cones, by their share of the sky, are not looked up in the R*Tree: it would take longer.
constexpr double largest_share = 0.02;

constexpr const char* columns = "seq, received, observed, ra, dec, ivorn, stream, role, author";

const char* order_of(Along along) { return along == Along::forward ? "ASC" : "DESC"; }

// The rest of the part, a page of which was read up to `seq`.
void pass(Part& part, Along along, std::int64_t seq) {
  if (along == Along::forward)
    part.first = seq + 1;
  else
    part.last = seq - 1;
}

Subject subject_in(Database::Statement& row) {
  Subject subject{row.number(0), row.number(1), std::nullopt, std::nullopt,
                  row.bytes(5),  row.bytes(6),  row.bytes(7), row.bytes(8)};
  if (!row.is_null(2)) subject.observed = row.number(2);
  if (!row.is_null(3) && !row.is_null(4)) subject.point = SkyPoint{row.real(3), row.real(4)};
  return subject;
}

// What the index has of an event, beside its row.
class Lists {
 public:
  Lists(Database& database, const Criteria& criteria, Part part)
      : criteria_(criteria),
        sure_from_(part.sure_from),
        in_log_(database, "SELECT 1 FROM event WHERE seq = ?1"),
        cites_(database, "SELECT 1 FROM cited WHERE seq = ?1 AND ivorn = ?2"),
        has_concept_(database, "SELECT 1 FROM concept WHERE seq = ?1 AND part = ?2") {}

  bool match(std::int64_t seq) {
    if (seq < sure_from_ && !has(in_log_, seq)) return false;
    if (criteria_.cited() && !has(cites_, seq, &*criteria_.cited())) return false;
    return std::ranges::all_of(criteria_.concepts(), [&](const std::string& part) {
      return has(has_concept_, seq, &part);
    });
  }

 private:
  static bool has(Database::Statement& row, std::int64_t seq, const std::string* text = nullptr) {
    row.bind(1, seq);
    if (text) row.bind(2, *text);
    return row.run() == 1;
  }

  const Criteria& criteria_;
  std::int64_t sure_from_;
  Database::Statement in_log_;
  Database::Statement cites_;
  Database::Statement has_concept_;
};

// Walks the index.
class Walk final : public Matches {
 public:
  Walk(Database& database, const Criteria& criteria, Part part, Along along)
      : criteria_(criteria),
        part_(part),
        along_(along),
        rows_(database, fmt::format("SELECT {} FROM described WHERE seq BETWEEN ?1 AND ?2 "
                                    "ORDER BY seq {} LIMIT {}",
                                    columns, order_of(along), rows_a_page)
                            .c_str()),
        lists_(database, criteria, part) {}

  bool next(std::vector<Match>& page) override {
    page.clear();
    rows_.bind(1, part_.first);
    rows_.bind(2, part_.last);
    std::int64_t rows = 0;
    for (; rows_.step(); ++rows) {
      const Subject subject = subject_in(rows_);
      if (const auto match = criteria_.match(subject)) page.push_back(*match);
      pass(part_, along_, subject.seq);
    }
    std::erase_if(page, [this](const Match& match) { return !lists_.match(match.seq); });
    return rows == rows_a_page || !page.empty();
  }

 private:
  const Criteria& criteria_;
  Part part_;
  Along along_;
  Database::Statement rows_;
  Lists lists_;
};

// Looks up events that something else has found.
class Lookup : public Matches {
 public:
  Lookup(Database& database, const Criteria& criteria, Part part)
      : criteria_(criteria),
        row_(database, fmt::format("SELECT {} FROM described WHERE seq = ?1", columns).c_str()),
        lists_(database, criteria, part) {}

  bool next(std::vector<Match>& page) override {
    page.clear();
    const Seqs seqs = next_seqs();
    for (const std::int64_t seq : seqs) {
      row_.bind(1, seq);
      std::optional<Match> match;
      if (row_.step()) match = criteria_.match(subject_in(row_));
      row_.reset();
      if (match && lists_.match(seq)) page.push_back(*match);
    }
    return !seqs.empty();
  }

 protected:
  // The next ones, in order; none at the end.
  virtual Seqs next_seqs() = 0;

 private:
  const Criteria& criteria_;
  Database::Statement row_;
  Lists lists_;
};

// Events that have one of these texts in a column of the index.
class WithText final : public Lookup {
 public:
  WithText(Database& database, const Criteria& criteria, Part part, Along along, const char* table,
           const char* column, std::vector<std::string> texts)
      : Lookup(database, criteria, part),
        part_(part),
        along_(along),
        texts_(std::move(texts)),
        seqs_(database, fmt::format("SELECT seq FROM {0} INDEXED BY {0}_{1} WHERE {1} = ?1 AND "
                                    "seq BETWEEN ?2 AND ?3 ORDER BY seq {2} LIMIT {3}",
                                    table, column, order_of(along), events_a_page)
                            .c_str()) {}

 private:
  Seqs next_seqs() override {
    Seqs seqs;
    for (const std::string& text : texts_) {
      seqs_.bind(1, text);
      seqs_.bind(2, part_.first);
      seqs_.bind(3, part_.last);
      while (seqs_.step())
        seqs.push_back(seqs_.number(0));
    }
    if (along_ == Along::forward)
      std::ranges::sort(seqs);
    else
      std::ranges::sort(seqs, std::greater{});
    const auto again = std::ranges::unique(seqs);
    seqs.erase(again.begin(), again.end());
    if (seqs.size() > events_a_page) seqs.resize(events_a_page);
    if (!seqs.empty()) pass(part_, along_, seqs.back());
    return seqs;
  }

  Part part_;
  Along along_;
  std::vector<std::string> texts_;
  Database::Statement seqs_;
};

// Events near the cone.
class Near final : public Lookup {
 public:
  Near(Database& database, const Criteria& criteria, Part part, Along along)
      : Lookup(database, criteria, part) {
    Database::Statement places(database,
                               "SELECT seq FROM sky WHERE x_max >= ?1 AND x_min <= ?2 AND "
                               "y_max >= ?3 AND y_min <= ?4 AND z_max >= ?5 AND z_min <= ?6");
    const Box box = box_around(*criteria.cone());
    for (std::size_t axis = 0; axis < box.least.size(); ++axis) {
      places.bind_real(static_cast<int>(2 * axis + 1), box.least[axis]);
      places.bind_real(static_cast<int>(2 * axis + 2), box.most[axis]);
    }
    while (places.step())
      if (const std::int64_t seq = places.number(0); seq >= part.first && seq <= part.last)
        seqs_.push_back(seq);
    std::ranges::sort(seqs_);
    if (along == Along::backward) std::ranges::reverse(seqs_);
  }

 private:
  Seqs next_seqs() override {
    const auto begin = seqs_.begin() + static_cast<std::ptrdiff_t>(taken_);
    const auto left = std::min<std::ptrdiff_t>(seqs_.end() - begin, events_a_page);
    taken_ += static_cast<std::size_t>(left);
    return {begin, begin + left};
  }

  Seqs seqs_;
  std::size_t taken_ = 0;
};

// Events that are not in the index.
class Parsed final : public Matches {
 public:
  Parsed(Database& database, const Criteria& criteria, Part part, Along along, FactsReader& reader)
      : criteria_(criteria),
        part_(part),
        along_(along),
        reader_(reader),
        rows_(database, fmt::format("SELECT seq, received, ivorn, role, bytes FROM event WHERE seq "
                                    "BETWEEN ?1 AND ?2 ORDER BY seq {} LIMIT {}",
                                    order_of(along), events_a_page)
                            .c_str()) {}

  bool next(std::vector<Match>& page) override {
    page.clear();
    rows_.bind(1, part_.first);
    rows_.bind(2, part_.last);
    bool any = false;
    for (; rows_.step(); any = true) {
      const std::int64_t seq = rows_.number(0);
      pass(part_, along_, seq);
      if (rows_.bytes(4).empty()) continue;
      const Facts& facts = reader_.read(rows_.bytes(4), rows_.bytes(2), rows_.bytes(3));
      const auto match = criteria_.match(subject_of(facts, seq, rows_.number(1)));
      if (match && criteria_.match_lists(facts)) page.push_back(*match);
    }
    return any;
  }

 private:
  const Criteria& criteria_;
  Part part_;
  Along along_;
  FactsReader& reader_;
  Database::Statement rows_;
};

// The streams that begin so; nothing if there are too many to look them up one by one.
std::optional<std::vector<std::string>> streams_with(Database& database,
                                                     const std::string& prefix) {
  std::vector<std::string> streams;
  Database::Statement next(database,
                           "SELECT stream FROM described INDEXED BY described_stream "
                           "WHERE stream >= ?1 ORDER BY stream LIMIT 1");
  for (std::string from = prefix;; from = streams.back() + '\0') {
    next.bind(1, from);
    const bool found = next.step();
    std::string stream(found ? next.bytes(0) : std::string_view());
    next.reset();
    if (!found || !stream.starts_with(prefix)) return streams;
    if (streams.size() == most_streams) return std::nullopt;
    streams.push_back(std::move(stream));
  }
}

double share_of_sky(const Cone& cone) {
  return (1 - std::cos(cone.radius * std::numbers::pi / 180)) / 2;
}

}  // namespace

// By what is likely to find the fewest events.
std::unique_ptr<Matches> indexed_matches(Database& database, const Criteria& criteria, Part part,
                                         Along along) {
  const auto with_text = [&](const char* table, const char* column,
                             std::vector<std::string> texts) -> std::unique_ptr<Matches> {
    return std::make_unique<WithText>(database, criteria, part, along, table, column,
                                      std::move(texts));
  };
  if (criteria.ivorns()) return with_text("described", "ivorn", *criteria.ivorns());
  if (criteria.cited()) return with_text("cited", "ivorn", {*criteria.cited()});
  if (criteria.cone() && share_of_sky(*criteria.cone()) < largest_share)
    return std::make_unique<Near>(database, criteria, part, along);
  if (criteria.stream())
    if (auto streams = streams_with(database, *criteria.stream()))
      return with_text("described", "stream", *std::move(streams));
  if (!criteria.concepts().empty())
    return with_text("concept", "part", {criteria.concepts().front()});
  return std::make_unique<Walk>(database, criteria, part, along);
}

std::unique_ptr<Matches> parsed_matches(Database& database, const Criteria& criteria, Part part,
                                        Along along, FactsReader& reader) {
  return std::make_unique<Parsed>(database, criteria, part, along, reader);
}

}  // namespace vtp
