#include "lib/store/commit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/base/thread_times.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds forget_interval{60};
constexpr std::chrono::seconds shrink_interval{1};
constexpr std::chrono::milliseconds claim_interval{
    10};  // between checks of events that others have claimed
constexpr std::chrono::seconds claim_timeout{10};
constexpr std::chrono::milliseconds cursor_delay{
    50};  // until cursors are written, if no event comes first
constexpr std::chrono::seconds cursor_pause{1};  // after a failure to write cursors
constexpr std::size_t forget_step = 500;  // events in one transaction; limits how long others wait

// Nothing of a copy is claimed: no other program uses it.
Stored fate_of(const Appended& outcome) {
  return outcome.how == Appended::How::first ? Stored::first : Stored::duplicate;
}

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Store> store, Tail& tail, Keep keep, const Clock& clock,
                         const Diagnostics& diagnostics)
    : store_(std::move(store)),
      tail_(tail),
      keep_(keep),
      clock_(clock),
      diagnostics_(diagnostics),
      outage_(diagnostics),
      thread_([this] { work(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

asio::awaitable<Stored> GroupCommit::append(EventPtr event, std::string source) {
  return wait_for<Stored>(
      [this, entry = NewEvent{std::move(event), std::move(source), clock_.now()}](
          std::unique_ptr<Waiter<Stored>> author) mutable {
        enqueue({std::move(entry), std::move(author), steady_clock::now() + claim_timeout});
      });
}

asio::awaitable<bool> GroupCommit::catch_up(steady_clock::time_point) { co_return true; }

asio::awaitable<GroupCommit::Fates> GroupCommit::copy(Copied events) {
  return wait_for<Fates>(
      [this, events = std::move(events)](std::unique_ptr<Waiter<Fates>> reader) mutable {
        {
          const std::lock_guard lock(mutex_);
          copying_ = {std::move(events), std::move(reader)};
        }
        wake_.notify_one();
      });
}

void GroupCommit::enqueue(Waiting waiting) {
  if (outage_.lasts()) {
    Answers<Stored> answers;
    refuse(std::move(waiting), answers);
    answers.send();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(waiting));
  }
  wake_.notify_one();
}

void GroupCommit::keep_cursor(const std::string& handler, Sequence position) {
  change_cursors([&] {
    Sequence& newest = cursors_.handlers[handler];
    newest = std::max(newest, position);
  });
}

void GroupCommit::keep_cursor(const std::string& upstream, const Digest& cursor) {
  change_cursors([&] { cursors_.upstreams[upstream] = cursor; });
}

void GroupCommit::keep_offset(const std::string& partition, std::int64_t next) {
  change_cursors([&] { cursors_.partitions[partition] = next; });
}

template <class Change>
void GroupCommit::change_cursors(const Change& change) {
  {
    const std::lock_guard lock(mutex_);
    change();
    if (cursors_due_) return;
    cursors_due_ = steady_clock::now() + cursor_delay;
  }
  wake_.notify_one();
}

void GroupCommit::work() {
  name_thread("log");
  warm_up();
  auto next_forget = steady_clock::now();
  while (true) {
    wait_for_work(next_forget);
    std::vector<Waiting> batch = std::exchange(claimed_, {});
    std::optional<Copying> copying;
    {
      const std::lock_guard lock(mutex_);
      copying = std::exchange(copying_, std::nullopt);
      if (stop_ && queue_.empty() && batch.empty() && !copying) break;
      stopping_ = stop_;
      std::ranges::move(queue_, std::back_inserter(batch));
      queue_.clear();
    }
    if (!batch.empty()) commit(std::move(batch));
    if (copying) commit_copied(*std::move(copying));
    answers_.send();
    fates_.send();
    if (outage_.lasts()) {
      try_disk();
      continue;
    }
    if (const auto cursors = take_cursors(steady_clock::now())) write_cursors(*cursors);
    if (steady_clock::now() < next_forget) continue;
    next_forget = steady_clock::now();
    if (!forget_some()) next_forget += keep_.limits_bytes() ? shrink_interval : forget_interval;
  }
  if (const auto cursors = take_cursors(steady_clock::time_point::max())) write_cursors(*cursors);
}

// Errors are ignored: they come again when it matters.
void GroupCommit::warm_up() {
  try {
    store_->warm_up();
  } catch (const StoreError& error) {
    diagnostics_.debug("Cannot read ahead: {}", error.what());
  }
}

void GroupCommit::wait_for_work(steady_clock::time_point next_forget) {
  auto until =
      claimed_.empty() ? next_forget : std::min(next_forget, steady_clock::now() + claim_interval);
  if (outage_.lasts()) until = outage_.next_try();
  std::unique_lock lock(mutex_);
  while (!stop_ && queue_.empty() && !copying_) {
    // Cursors wait for the disk as well.
    const auto end = outage_.lasts() ? until : std::min(until, cursors_due_.value_or(until));
    if (wake_.wait_until(lock, end) == std::cv_status::timeout) return;
  }
}

void GroupCommit::commit(std::vector<Waiting> batch) {
  if (outage_.lasts()) {  // queued as the outage began
    for (Waiting& waiting : batch)
      refuse(std::move(waiting), answers_);
    return;
  }
  std::vector<NewEvent> entries;
  entries.reserve(batch.size());
  for (Waiting& waiting : batch)
    entries.push_back(std::move(waiting.entry));
  std::vector<Appended> outcomes;
  std::optional<std::string> cause;
  bool is_unfit = false;
  try {
    outcomes = write(entries);
  } catch (const StoreError& error) {
    cause = error.what();
    is_unfit = dynamic_cast<const UnfitError*>(&error) != nullptr;
  }
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i].entry = std::move(entries[i]);
  if (is_unfit) return commit_apart(std::move(batch), *cause);
  if (cause) return fail(std::move(batch), *cause);
  for (std::size_t i = 0; i < batch.size(); ++i)
    tell(std::move(batch[i]), outcomes[i].how);
}

// In one transaction, with the cursors that wait to be saved; next: of the shared log. Throws StoreError.
std::vector<Appended> GroupCommit::write(std::vector<NewEvent>& events,
                                         std::optional<std::int64_t> next) {
  const auto begun = steady_clock::now();
  auto cursors = take_cursors(steady_clock::time_point::max());
  std::vector<Appended> outcomes;
  try {
    NewCursors all = cursors.value_or(NewCursors{});
    all.shared_log = next;
    outcomes = store_->append(events, all);
    if (cursors) cursors_failed_ = false;
  } catch (const StoreError&) {
    if (cursors) try_cursors_again(*cursors, cursor_delay);
    throw;
  }
  figures_.seconds.add(std::chrono::duration<double>(steady_clock::now() - begun).count());
  std::vector<LogEntry> appended;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (outcomes[i].how == Appended::How::first)
      appended.push_back(
          {outcomes[i].seq, events[i].event, events[i].source, outcomes[i].received});
  figures_.events.add(static_cast<double>(appended.size()));
  tail_.append(appended);
  return outcomes;
}

void GroupCommit::commit_copied(Copying copying) {
  const auto tell = [&](Fates fates) { fates_.add(std::move(copying.reader), std::move(fates)); };
  auto& [events, next] = copying.events;
  if (outage_.lasts()) return tell(std::nullopt);
  try {
    std::vector<Stored> fates;
    for (const Appended& outcome : write(events, next))
      fates.push_back(fate_of(outcome));
    tell(std::move(fates));
  } catch (const UnfitError&) {
    tell(write_apart(copying.events));
  } catch (const StoreError& error) {
    begin_outage(error.what(), events);
    tell(std::nullopt);
  }
}

// Events of which the database rejects some: each in a transaction of its own.
GroupCommit::Fates GroupCommit::write_apart(Copied& copied) {
  std::vector<Stored> fates;
  try {
    for (const NewEvent& event : copied.events) {
      std::vector<NewEvent> one(1, event);
      try {
        fates.push_back(fate_of(write(one).front()));
      } catch (const UnfitError& error) {
        diagnostics_.error("Cannot store {}: {}", event.event->headline.ivorn, error.what());
        fates.push_back(Stored::failed);
      }
    }
    std::vector<NewEvent> none;
    static_cast<void>(write(none, copied.next));
  } catch (const StoreError& error) {
    begin_outage(error.what(), copied.events);
    return std::nullopt;
  }
  return fates;
}

void GroupCommit::tell(Waiting waiting, Appended::How how) {
  switch (how) {
    case Appended::How::first:
      return answers_.add(std::move(waiting.author), Stored::first);
    case Appended::How::duplicate:
      return answers_.add(std::move(waiting.author), Stored::duplicate);
    case Appended::How::claimed:
      break;
  }
  if (!stopping_ && steady_clock::now() < waiting.give_up) {
    claimed_.push_back(std::move(waiting));
    return;
  }
  diagnostics_.error(
      "Cannot store {}: another program that shares the database has been writing it out "
      "for too long",
      waiting.entry.event->headline.ivorn);
  answers_.add(std::move(waiting.author), Stored::failed);
}

// Cursors that are not written yet and whose deadline is `due_by` or earlier.
std::optional<NewCursors> GroupCommit::take_cursors(steady_clock::time_point due_by) {
  const std::lock_guard lock(mutex_);
  if (!cursors_due_ || *cursors_due_ > due_by) return std::nullopt;
  cursors_due_.reset();
  NewCursors cursors = cursors_;
  cursors_.partitions.clear();  // there may be many
  return cursors;
}

void GroupCommit::write_cursors(const NewCursors& cursors) {
  try {
    store_->keep(cursors);
    cursors_failed_ = false;
  } catch (const StoreError& error) {
    if (!std::exchange(cursors_failed_, true))
      diagnostics_.error("Cannot save cursors: {}; retrying", error.what());
    try_cursors_again(cursors, cursor_pause);
  }
}

void GroupCommit::try_cursors_again(const NewCursors& cursors, std::chrono::milliseconds pause) {
  const std::lock_guard lock(mutex_);
  cursors_.partitions.insert(cursors.partitions.begin(), cursors.partitions.end());
  cursors_due_ = steady_clock::now() + pause;
}

// For a batch of which the database rejects some events: stores the others.
void GroupCommit::commit_apart(std::vector<Waiting> batch, const std::string& cause) {
  if (batch.size() == 1) {
    diagnostics_.error("Cannot store {}: {}", batch.front().entry.event->headline.ivorn, cause);
    answers_.add(std::move(batch.front().author), Stored::failed);
    return;
  }
  for (Waiting& waiting : batch) {
    std::vector<Waiting> one;
    one.push_back(std::move(waiting));
    commit(std::move(one));
  }
}

void GroupCommit::fail(std::vector<Waiting> batch, const std::string& cause) {
  std::vector<NewEvent> events;
  for (Waiting& waiting : batch) {
    events.push_back(std::move(waiting.entry));
    answers_.add(std::move(waiting.author), Stored::failed);
  }
  begin_outage(cause, events);
}

void GroupCommit::begin_outage(const std::string& cause, std::span<const NewEvent> events) {
  std::size_t bytes = 0;
  for (const NewEvent& each : events)
    bytes += each.event->bytes.size();
  outage_.begin(cause, events.size(), bytes);
}

void GroupCommit::refuse(Waiting waiting, Answers<Stored>& answers) {
  outage_.refuse(1);
  answers.add(std::move(waiting.author), Stored::failed);
}

void GroupCommit::try_disk() {
  if (steady_clock::now() < outage_.next_try()) return;
  try {
    store_->probe(outage_.room());
    outage_.end();
  } catch (const StoreError& error) {
    outage_.go_on(error.what());
  }
}

bool GroupCommit::believes(Time now) {
  const std::optional<Time> last = store_->doubt(now);
  if (last && believes_)
    diagnostics_.warning(
        "The clock says {}, and said {} when it was last trusted: no event is forgotten by age "
        "until the clock has run on for {} day(s)",
        utc_text(now), utc_text(*last), clock_is_doubted_for.count());
  if (!last && !believes_)
    diagnostics_.info("The clock is trusted again: it says {}", utc_text(now));
  believes_ = !last;
  return believes_;
}

// One step; true if there may be more to forget.
bool GroupCommit::forget_some() {
  try {
    const Time now = clock_.now();
    const std::size_t forgotten = believes(now) ? store_->forget(now - keep_.time, forget_step) : 0;
    const std::size_t emptied = keep_.limits_bytes() ? store_->shrink(keep_.bytes, forget_step) : 0;
    forgets_ = true;
    if (forgotten > 0)
      diagnostics_.debug("Forgot {} events older than {} days", forgotten, keep_.time.count());
    if (emptied > 0)
      diagnostics_.debug("Removed the bytes of {} events; they are over the size limit", emptied);
    return std::max(forgotten, emptied) == forget_step;
  } catch (const StoreError& error) {
    if (std::exchange(forgets_, false))
      diagnostics_.warning("Cannot forget old events: {}", error.what());
    return false;
  }
}

}  // namespace vtp
