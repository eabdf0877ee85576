// Finds events in the database of a broker, whether or not the broker runs. Every query is answered
// completely: from the index as far as that reaches, and beyond it, as in a database of a version
// without one, by reading every event. Events whose bytes were removed (--keep-size) are not found.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/archive/criteria.h"
#include "lib/archive/facts.h"
#include "lib/archive/matches.h"
#include "lib/archive/query.h"
#include "lib/filter/filter_set.h"
#include "lib/store/database.h"
#include "lib/store/digest_index.h"
#include "lib/store/received.h"

namespace vtp {

struct Found {
  Sequence seq = 0;
  Time received;
  std::string source;  // as in NewEvent
  EventPtr event;
  std::optional<double> distance;  // from the centre of the query's cone, in degrees
};

// The deadline of a query is over.
class QueryTooLong : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One thread at a time; any number of archives, in any number of processes, on one database.
class Archive {
 public:
  using Take = std::function<bool(const Found&)>;
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;
  using Report = std::function<void(const std::string& line)>;

  // path: of a database that exists; see Database::ForReading. report: gets a line for a filter that
  // fails or exceeds a limit. Throws StoreError.
  explicit Archive(
      const std::string& path, Report report = [](const std::string&) {});

  // Calls take for each event that is found, in the query's order, until it returns false. What is
  // appended meanwhile is not found; what is forgotten meanwhile may be missing. While take runs,
  // nothing in the database is locked. A query in the order of the log, or backwards, is answered as
  // the log is read; for others, and those with a number, all matches are found first. Throws StoreError,
  // QueryTooLong, and std::invalid_argument for more than max_filters filters and for the order of
  // distance without a cone.
  void find(const Query& query, const Take& take, Deadline deadline = std::nullopt);

  // Ends the search that runs, and all later ones, as if their time was over. Any thread.
  void interrupt() { database_.interrupt(); }

  // The number of events that find() would find. Reads no event that is in the index, unless there
  // are filters. Throws as find().
  [[nodiscard]] std::uint64_t count(const Query& query, Deadline deadline = std::nullopt);

  // The index has the events up to this one; 0 if there is no index. Throws StoreError.
  [[nodiscard]] Sequence indexed();

 private:
  using OnMatch = std::function<bool(const Match&)>;
  class TimeLimit;

  void search(const Query& query, Along along, const OnMatch& on_match);
  [[nodiscard]] Part part_for(const Query& query);
  [[nodiscard]] std::vector<std::string> ivorns_cited_by(const std::string& ivorn);
  [[nodiscard]] std::vector<Match> in_order(const Query& query);
  void check_time() const;
  [[nodiscard]] bool passes(std::int64_t seq);
  [[nodiscard]] const Found* load(std::int64_t seq);
  [[nodiscard]] std::optional<Found> found(const Match& match, bool whole_headline);
  void use_filters(const Query& query);

  Database database_;
  Report report_;
  ReceivedTimes received_;
  std::unique_ptr<DigestIndex> digests_;  // made when it is first needed
  FactsReader reader_;
  FilterPool pool_;
  FilterSet filters_;
  std::optional<Found> loaded_;  // the last event that was read
  Deadline deadline_;
  Database::Statement event_;
  Database::Statement bounds_;
};

}  // namespace vtp
