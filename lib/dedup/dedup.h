// One run of vodedup: events come in, and those that no program has passed go out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "lib/base/diagnostics.h"
#include "lib/store/digest_set.h"
#include "lib/stream/source.h"
#include "lib/stream/stream.h"
#include "lib/voevent/check.h"

namespace vtp {

// When two events count as the same: by their bytes or by their ivorns.
enum class SameBy { digest, ivorn };

struct DedupOptions {
  std::string db;  // the database's file, which a broker may be using
  std::chrono::days keep{30};
  SameBy by = SameBy::digest;
  bool duplicates = false;  // pass the duplicates instead of the others
  int print_to = 1;         // a file descriptor; SIGPIPE is ignored
};

// One thread.
class Dedup {
 public:
  // Throws StoreError if the database cannot be used. clock and diagnostics must live longer.
  Dedup(DedupOptions options, const Clock& clock, const Diagnostics& diagnostics);

  // Passes events in order, until the input ends or the reader has gone; an event is passed as soon
  // as it is there. An event that another program on the database is writing out at the moment is
  // put aside until the outcome is known, and is then out of order. At most a few hundred events of
  // a few kB, or a few larger ones, are in memory. Throws StoreError if the database fails; events
  // that were passed may then be passed again. Call it once.
  void run(DocumentReader& input);

  // The number of events that were passed.
  [[nodiscard]] std::uint64_t passed() const { return passed_; }

  // A document could not be read, or is not one that a broker may relay; or writing failed. Each is
  // reported.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  struct Candidate {
    EventKeys keys;
    std::string ivorn;
    std::string bytes;
  };

  void gather(DocumentReader& input);
  void wait_for_input(DocumentReader& input);
  void wait_for_room();
  [[nodiscard]] bool much_is_put_aside() const;
  void add(Document document);
  std::vector<Candidate> next_batch();
  void pass_fresh(std::vector<Candidate> batch);
  void pass_seen(std::vector<Candidate> batch);
  std::vector<Candidate> pick(std::vector<Candidate> batch, const std::vector<Standing>& standings,
                              Standing wanted);
  void write_claimed(std::vector<Candidate> ours);
  bool write(const Candidate& candidate, const std::function<void()>& stalled);
  void give_back(std::vector<Candidate>& ours, std::size_t from);
  void tell_if_waiting();
  void forget_some();

  DedupOptions options_;
  const Diagnostics& diagnostics_;
  DigestSet digests_;
  Checker checker_;
  StreamWriter output_;
  std::deque<Candidate> waiting_;                          // not checked yet
  std::vector<Candidate> put_aside_;                       // claimed by others: to be checked again
  std::chrono::steady_clock::time_point put_aside_since_;  // for the first of those
  bool told_of_waiting_ = false;
  bool input_ended_ = false;
  bool output_ended_ = false;
  std::chrono::steady_clock::time_point next_forget_;
  std::uint64_t passed_ = 0;
  bool failed_ = false;
};

}  // namespace vtp
