#include "lib/dedup/dedup.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "lib/stream/location.h"
#include "lib/voevent/acceptance.h"
#include "lib/voevent/fast_path.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

// Limits of one claim. If the reader stalls, at most that much is claimed.
constexpr std::size_t most_at_once = largest_claim / 2;
constexpr std::size_t most_bytes_at_once = 1024 * 1024;
// Limits of what others have claimed; while they are reached, no more is read.
constexpr std::size_t most_put_aside = 1000;
constexpr std::size_t most_bytes_put_aside = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds claim_interval{
    10};                                        // between checks of what others have claimed
constexpr std::chrono::seconds silent_wait{1};  // then waiting for those is reported
constexpr std::chrono::seconds forget_interval{60};

template <class Candidates>
std::vector<EventKeys> keys_of(const Candidates& candidates, std::size_t from = 0) {
  std::vector<EventKeys> keys;
  keys.reserve(candidates.size() - from);
  for (std::size_t i = from; i < candidates.size(); ++i)
    keys.push_back(candidates[i].keys);
  return keys;
}

}  // namespace

Dedup::Dedup(DedupOptions options, const Clock& clock, const Diagnostics& diagnostics)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      digests_(options_.db, options_.keep, clock),
      output_(options_.print_to) {}

void Dedup::run(DocumentReader& input) {
  while (!output_ended_) {
    gather(input);
    std::vector<Candidate> batch = next_batch();
    if (batch.empty() && input_ended_) break;
    wait_for_room();
    if (options_.duplicates)
      pass_seen(std::move(batch));
    else
      pass_fresh(std::move(batch));
    tell_if_waiting();
    forget_some();
  }
  digests_.confirm();
}

// Takes what is available; waits for one event if there is nothing else to do.
void Dedup::gather(DocumentReader& input) {
  if (!put_aside_.empty() && waiting_.empty()) wait_for_input(input);
  std::size_t bytes = 0;
  while (!input_ended_ && waiting_.size() < most_at_once && bytes < most_bytes_at_once &&
         !much_is_put_aside()) {
    const bool nothing_to_do = waiting_.empty() && put_aside_.empty();
    if (!input.ready()) {
      if (!nothing_to_do) return;
      digests_.confirm();  // the next event may take long
    }
    auto document = input.next();
    if (document) {
      bytes += document->bytes.size();
      add(*std::move(document));
    } else {
      input_ended_ = true;
    }
  }
}

// For a moment, unless an event comes.
void Dedup::wait_for_input(DocumentReader& input) {
  digests_.confirm();
  if (!input.within_file() || much_is_put_aside())
    std::this_thread::sleep_for(claim_interval);
  else
    static_cast<void>(input.ready(claim_interval));
}

bool Dedup::much_is_put_aside() const {
  std::size_t bytes = 0;
  for (const Candidate& candidate : put_aside_)
    bytes += candidate.bytes.size();
  return put_aside_.size() >= most_put_aside || bytes >= most_bytes_put_aside;
}

// Holds no claim meanwhile.
void Dedup::wait_for_room() {
  if (output_.has_room({})) return;
  digests_.confirm();
  output_.wait_for_room();
}

void Dedup::add(Document document) {
  const auto complain = [this](std::string_view complaint) {
    failed_ = true;
    diagnostics_.error("{}", complaint);
  };
  if (!document.problem.empty())
    return complain(fmt::format("{}: {}", location_of(document), document.problem));
  std::string ivorn;
  if (const auto plain = plain_event(document.bytes)) {
    ivorn = plain->ivorn;
  } else {
    const CheckResult& check = checker_.check(document.bytes);
    const std::string obstacle = obstacle_in(check, document.bytes);
    if (!obstacle.empty()) return complain(judgement_of(document, check.verdict, obstacle));
    ivorn = check.headline.ivorn;
  }
  EventKeys keys{digest_of(document.bytes), std::nullopt};
  if (options_.by == SameBy::ivorn) keys.ivorn = key_of_ivorn(ivorn);
  waiting_.push_back({keys, std::move(ivorn), std::move(document.bytes)});
}

// Those that were put aside, and as many others as fit into one claim.
std::vector<Dedup::Candidate> Dedup::next_batch() {
  std::vector<Candidate> batch;
  std::size_t bytes = 0;
  const auto room = [&] { return batch.size() < most_at_once && bytes < most_bytes_at_once; };
  const auto take = [&](Candidate candidate) {
    bytes += candidate.bytes.size();
    batch.push_back(std::move(candidate));
  };
  auto aside = put_aside_.begin();
  for (; aside != put_aside_.end() && room(); ++aside)
    take(std::move(*aside));
  put_aside_.erase(put_aside_.begin(), aside);
  for (; !waiting_.empty() && room(); waiting_.pop_front())
    take(std::move(waiting_.front()));
  return batch;
}

void Dedup::pass_fresh(std::vector<Candidate> batch) {
  const auto standings = digests_.claim(keys_of(batch));
  write_claimed(pick(std::move(batch), standings, Standing::fresh));
}

void Dedup::pass_seen(std::vector<Candidate> batch) {
  const auto standings = digests_.remember(keys_of(batch));
  for (const Candidate& candidate : pick(std::move(batch), standings, Standing::seen))
    if (!write(candidate, {})) return;
}

// Those with that standing, in order; those that others have claimed are put aside, the rest is
// dropped.
std::vector<Dedup::Candidate> Dedup::pick(std::vector<Candidate> batch,
                                          const std::vector<Standing>& standings, Standing wanted) {
  std::vector<Candidate> picked;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (standings[i] == wanted)
      picked.push_back(std::move(batch[i]));
    else if (standings[i] == Standing::claimed)
      put_aside_.push_back(std::move(batch[i]));
    else
      diagnostics_.debug("{} skipped: {}", batch[i].ivorn,
                         standings[i] == Standing::seen ? "seen before" : "not seen before");
  }
  return picked;
}

// When the reader stalls, releases the events not yet begun, so that other programs can pass them.
void Dedup::write_claimed(std::vector<Candidate> ours) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (!output_.has_room(stalled_after)) return give_back(ours, i);
    if (!write(ours[i], [&] { give_back(ours, i + 1); })) return give_back(ours, i);
  }
}

bool Dedup::write(const Candidate& candidate, const std::function<void()>& stalled) {
  const std::error_code error = output_.write(candidate.bytes, stalled);
  if (!error) {
    ++passed_;
    return true;
  }
  output_ended_ = true;
  if (error != std::errc::broken_pipe) {
    failed_ = true;
    diagnostics_.error("cannot write to standard output: {}", error.message());
  }
  return false;
}

void Dedup::give_back(std::vector<Candidate>& ours, std::size_t from) {
  digests_.release(keys_of(ours, from));
  const auto first = ours.begin() + static_cast<std::ptrdiff_t>(from);
  waiting_.insert(waiting_.begin(), std::move_iterator(first), std::move_iterator(ours.end()));
  ours.erase(first, ours.end());
}

void Dedup::tell_if_waiting() {
  const auto now = steady_clock::now();
  if (put_aside_.empty()) put_aside_since_ = now;
  if (now - put_aside_since_ < silent_wait) return;
  if (std::exchange(told_of_waiting_, true)) return;
  diagnostics_.info("waiting for another program that is writing out {}", put_aside_.front().ivorn);
}

void Dedup::forget_some() {
  if (steady_clock::now() < next_forget_) return;
  next_forget_ = steady_clock::now();
  if (!digests_.forget_some()) next_forget_ += forget_interval;
}

}  // namespace vtp
