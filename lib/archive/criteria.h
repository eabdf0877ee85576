// What a query asks of the facts of an event, and whether an event fulfils it: the same for events
// in the index and for others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/archive/facts.h"
#include "lib/archive/query.h"

namespace vtp {

// The facts of an event that are in its row of the index; views of them.
struct Subject {
  std::int64_t seq = 0;
  std::int64_t received = 0;             // microseconds since 1970
  std::optional<std::int64_t> observed;  // likewise
  std::optional<SkyPoint> point;
  std::string_view ivorn;
  std::string_view stream;
  std::string_view role;
  std::string_view author;
};
[[nodiscard]] Subject subject_of(const Facts& facts, std::int64_t seq, std::int64_t received);

// An event that fulfils the criteria, and what orders need.
struct Match {
  std::int64_t seq = 0;
  std::optional<std::int64_t> observed;  // microseconds since 1970
  std::optional<double> distance;        // from the centre of the cone, if there is one
};

class Criteria {
 public:
  // Takes all of the query but its filters, order, number, digest and cited_by.
  explicit Criteria(const Query& query);

  // From now on, only events with one of these ivorns; the second time with one of both.
  void require_one_of(std::vector<std::string> ivorns);

  // All but the citation and the concepts.
  [[nodiscard]] std::optional<Match> match(const Subject& subject) const;

  // These.
  [[nodiscard]] bool match_lists(const Facts& facts) const;

  [[nodiscard]] const std::optional<std::vector<std::string>>& ivorns() const { return ivorns_; }
  [[nodiscard]] const std::optional<std::string>& stream() const { return stream_; }
  [[nodiscard]] const std::optional<Cone>& cone() const { return cone_; }
  [[nodiscard]] const std::optional<std::string>& cited() const { return cited_; }
  [[nodiscard]] const std::vector<std::string>& concepts() const { return concepts_; }

 private:
  // From, and before, in microseconds since 1970.
  struct Span {
    std::optional<std::int64_t> since;
    std::optional<std::int64_t> until;
    [[nodiscard]] bool has(std::int64_t time) const {
      return (!since || time >= *since) && (!until || time < *until);
    }
  };

  Span received_;
  Span observed_;
  std::optional<std::vector<std::string>> ivorns_;  // sorted
  std::optional<std::string> stream_;
  std::optional<std::string> role_;
  std::optional<std::string> author_;
  std::optional<Cone> cone_;
  std::optional<std::string> cited_;
  std::vector<std::string> concepts_;  // sorted
};

}  // namespace vtp
