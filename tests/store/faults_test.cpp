// The log on disks that fail, at every single operation in turn.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include <sqlite3.h>

#include "lib/store/commit.h"
#include "lib/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using How = Appended::How;

constexpr std::chrono::hours hour{1};

// A connection of some other program, which moves what is in the journal into the database.
void checkpoint(const std::string& path, const char* how) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  sqlite3_exec(database, how, nullptr, nullptr, nullptr);  // it may fail
  sqlite3_close(database);
}

bool is_sound(const std::string& path) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  const auto first = [](void* found, int, char** columns, char**) {
    *static_cast<std::string*>(found) = columns[0] ? columns[0] : "";
    return 0;
  };
  std::string found;
  sqlite3_exec(database, "PRAGMA integrity_check(1)", first, &found, nullptr);
  sqlite3_close(database);
  return found == "ok";
}

// What a program does with the log, and what it was told.
class Workload {
 public:
  explicit Workload(std::string path) : path_(std::move(path)) {}

  // From the making of the database on; what fails is left, and what follows is done all the same.
  // False if the database could not be opened.
  bool run() {
    try {
      store_.emplace(path_);
    } catch (const StoreError&) {
      return false;
    }
    append({event("a", 10), event("b", 5000), event("a", 10)});
    append({event("c", 200), event("b", 5000)});
    checkpoint(path_, "PRAGMA wal_checkpoint(PASSIVE)");
    now_ += 2 * hour;
    append({event("d", 6000)});
    append({event("e", 10), event("c", 200), event("f", 200), event("g", 10)});
    forget();
    checkpoint(path_, "PRAGMA wal_checkpoint(TRUNCATE)");
    append({event("h", 200)});
    append({event("i", 1000)});
    checkpoint(path_, "PRAGMA wal_checkpoint(PASSIVE)");
    append({event("j", 6000), event("h", 200)});
    return true;
  }

  void close() { store_.reset(); }

  // Whether the log in that store has all that it must have, and nothing that it must not have.
  void check(Store& store) {
    const std::vector<LogEntry> diagnostics = store.read_after(0, SIZE_MAX);
    std::map<std::string, Sequence> found;
    Sequence last = 0;
    for (const LogEntry& entry : diagnostics) {
      CHECK(entry.seq > last);
      last = entry.seq;
      CHECK(submitted_.contains(entry.event->bytes));  // nothing torn
      CHECK(entry.event->digest == digest_of(entry.event->bytes));
      CHECK(found.emplace(entry.event->bytes, entry.seq).second);  // nothing twice
    }
    CHECK(store.size() == diagnostics.size());
    for (const auto& [bytes, seq] : stored_) {
      if (found.contains(bytes))
        CHECK(found.at(bytes) == seq);
      else
        CHECK(may_be_forgotten_.contains(bytes));
    }
    CHECK(store.last() >= last_told_);
    for (const auto& [bytes, seq] : found) {
      const NewEvent again = entry_of(bytes);
      CHECK(store.append(std::span(&again, 1)).front().how == How::duplicate);
    }
    const NewEvent one_more = event("later", 7000);
    const Appended appended = store.append(std::span(&one_more, 1)).front();
    CHECK(appended.how == How::first);
    CHECK(appended.seq > last_told_);
    CHECK(store.read_after(last, 1).front().event->bytes == one_more.event->bytes);
  }
  void check_open() { check(*store_); }

 private:
  NewEvent entry_of(const std::string& bytes) const {
    Event made{bytes, digest_of(bytes), {}};
    made.headline.ivorn = "ivo://a.survey/alerts#" + bytes.substr(0, 5);
    made.headline.role = "test";
    return {std::make_shared<const Event>(std::move(made)), "them", now_};
  }
  NewEvent event(const std::string& name, std::size_t size) const {
    std::string bytes = name;
    while (bytes.size() < size)
      bytes += name + std::to_string(bytes.size());
    return entry_of(bytes);
  }

  void append(const std::vector<NewEvent>& batch) {
    for (const NewEvent& entry : batch)
      submitted_.insert(entry.event->bytes);
    std::vector<Appended> outcomes;
    try {
      outcomes = store_->append(batch);
    } catch (const StoreError&) {
      return;
    }
    REQUIRE(outcomes.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::string& bytes = batch[i].event->bytes;
      if (outcomes[i].how == How::first) {
        CHECK(outcomes[i].seq > last_told_);
        last_told_ = outcomes[i].seq;
        CHECK(stored_.emplace(bytes, outcomes[i].seq).second);
        if (now_ < forget_before_) old_.insert(bytes);
      } else {
        CHECK(outcomes[i].how == How::duplicate);
        CHECK(stored_.contains(bytes));
      }
    }
  }

  void forget() {
    may_be_forgotten_ = old_;
    std::size_t forgotten = old_.size();
    try {
      forgotten = store_->forget(forget_before_, 100);
    } catch (const StoreError&) {
      return;
    }
    CHECK(forgotten == old_.size());
  }

  std::string path_;
  std::optional<Store> store_;
  Time now_ = TestClock().now();
  Time forget_before_ = now_ + hour;
  std::set<std::string> submitted_;
  std::map<std::string, Sequence> stored_;  // of which we were told so
  std::set<std::string> old_;               // of those
  std::set<std::string> may_be_forgotten_;
  Sequence last_told_ = 0;
};

// At the first operation, at the second, and so on, until the work is done before it comes.
template <class Try>
void at_each_operation(std::uint64_t least, const Try& attempt) {
  std::uint64_t nth = 1;
  while (attempt(nth))
    ++nth;
  CAPTURE(nth);
  CHECK(nth > least);  // the work did get to the disk
}

// So many operations the work takes at least; it is some 70.
constexpr std::uint64_t least_work = 60;

}  // namespace

TEST_CASE("whenever the disk fails once, the log goes on with all that it said it had") {
  for (const Fault fault : {Fault::full, Fault::error}) {
    at_each_operation(least_work, [&](std::uint64_t nth) {
      CAPTURE(nth, static_cast<int>(fault));
      const TemporaryFolder folder;
      Workload work(folder.file("events.db"));
      FaultyDisk disk;
      disk.fail_at(nth, fault);
      const bool opened = work.run();
      const bool failed = disk.has_failed();
      disk.mend();
      if (opened) work.check_open();
      work.close();
      CHECK(is_sound(folder.file("events.db")));
      Store store(folder.file("events.db"));
      CHECK(store.size() == (opened ? store.read_after(0, SIZE_MAX).size() : 0));
      return failed;
    });
  }
}

TEST_CASE("whenever the power fails, the log has all that it said it had") {
  std::mt19937 random(20261122);
  for (const Fault fault : {Fault::cut, Fault::torn})
    for (const Unsynced unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::some_of_it}) {
      if (fault == Fault::torn && unsynced == Unsynced::lost) continue;  // the half is lost as well
      at_each_operation(least_work, [&](std::uint64_t nth) {
        CAPTURE(nth, static_cast<int>(fault), static_cast<int>(unsynced));
        const TemporaryFolder folder;
        const std::string path = folder.file("events.db");
        Workload work(path);
        bool failed = false;
        {
          FaultyDisk disk;
          disk.fail_at(nth, fault);
          work.run();
          failed = disk.has_failed();
          work.close();
          disk.power_on(unsynced, random);
        }
        // Whatever is synced is well; syncing it in earnest would only take long.
        const FaultyDisk well;
        CHECK(is_sound(path));
        Store store(path);
        work.check(store);
        return failed;
      });
    }
}

TEST_CASE(
    "whenever a disk that has failed once loses its power later, the log has all that it said") {
  std::mt19937 random(20261122);
  at_each_operation(least_work, [&](std::uint64_t nth) {
    CAPTURE(nth);
    const TemporaryFolder folder;
    const std::string path = folder.file("events.db");
    Workload work(path);
    bool failed = false;
    {
      FaultyDisk disk;
      disk.fail_at(nth, Fault::error);
      work.run();
      failed = disk.has_failed();
      disk.fail_at(1, Fault::cut);
      work.close();
      disk.power_on(Unsynced::lost, random);
    }
    const FaultyDisk well;
    CHECK(is_sound(path));
    Store store(path);
    work.check(store);
    return failed;
  });
}

TEST_CASE("a probe fails wherever the disk does") {
  at_each_operation(2, [&](std::uint64_t nth) {
    const TemporaryFolder folder;
    FaultyDisk disk;
    Store store(folder.file("events.db"));
    disk.fail_at(nth, Fault::full);
    bool failed = false;
    try {
      store.probe(0);
    } catch (const StoreError&) {
      failed = true;
    }
    CHECK(failed == disk.has_failed());
    return failed;
  });
}

TEST_CASE("while the disk is full nothing is accepted, and then events are again") {
  const TemporaryFolder folder;
  const TestClock clock;
  const Diagnostics diagnostics("test", LineStyle::tool, Level::error, clock, /*fd=*/-1);
  asio::io_context context;
  FaultyDisk disk;
  Tail tail{0};
  {
    GroupCommit commit(std::make_unique<Store>(folder.file("events.db")), tail, Keep{}, clock,
                       diagnostics);
    Store reader(folder.file("events.db"));
    const auto append = [&](const std::string& bytes) {
      auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
      return run_to_end(context, commit.append(std::move(event), "them"));
    };
    CHECK(append("a") == Stored::first);
    disk.fail_at(1, Fault::full, /*lasts=*/true);
    CHECK(append("b") == Stored::failed);
    const auto begin = std::chrono::steady_clock::now();
    // Longer than it takes to try again.
    while (std::chrono::steady_clock::now() < begin + std::chrono::milliseconds(1500)) {
      CHECK(append("b") == Stored::failed);
      CHECK(append("a") == Stored::failed);  // which needs no room
      CHECK(reader.read_after(0, 100).size() == 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    disk.mend();
    Stored stored = Stored::failed;
    while (stored == Stored::failed && std::chrono::steady_clock::now() < begin + test_timeout) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      stored = append("b");
    }
    CHECK(stored == Stored::first);
    CHECK(append("a") == Stored::duplicate);
    CHECK(tail.last() == 2);
    CHECK(reader.read_after(0, 100).size() == 2);
  }
}

}  // namespace vtp
