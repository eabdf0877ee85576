// What appending to the log costs, and reading it.
//   bench_append fill FILE COUNT     makes a log that remembers so many events, and keeps no bytes of them
//   bench_append run FILE COUNT BATCH [SIZE [params]]   appends so many of 4 kB, or so many bytes, which
//                                    are line breaks or Params, so many in each transaction, and prints:
//                                    ms to open, us for each event, peak kB of memory, us of user and of
//                                    system time for each event
//   bench_append read FILE PIECE     reads all events, pieces of so many bytes at a time, and prints:
//                                    events, us of user and of system time for each event
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <fmt/format.h>

#include "lib/store/store.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t usual_size = 4096;
constexpr std::size_t fill_batch = 1000;
constexpr std::size_t made_ahead = 512;  // events, so that a look at the time counts for nothing

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

struct Kind {
  std::size_t size = usual_size;  // bytes, at least
  bool params = false;            // not line breaks
};

std::string bytes_of(const std::string& ivorn, Kind kind) {
  std::string bytes = valid_event(ivorn);
  if (!kind.params) {
    if (bytes.size() < kind.size) bytes.append(kind.size - bytes.size(), '\n');
    return bytes;
  }
  std::string what = "<What>";
  for (int i = 0; bytes.size() + what.size() < kind.size; ++i)
    what += fmt::format("<Param name='quantity_{0}' value='{0}.5' unit='mag' ucd='phot.mag'/>", i);
  return bytes.insert(bytes.rfind("</"), what + "</What>");
}

std::vector<NewEvent> batch_of(std::size_t count, Kind kind) {
  static std::mt19937_64 random{std::random_device{}()};
  std::vector<NewEvent> batch;
  for (std::size_t i = 0; i < count; ++i) {
    Event event;
    event.headline.ivorn =
        fmt::format("ivo://example.org/bench#{:016x}{:016x}", random(), random());
    event.bytes = bytes_of(event.headline.ivorn, kind);
    event.digest = digest_of(event.bytes);
    event.headline.role = "test";
    batch.push_back(
        {std::make_shared<const Event>(std::move(event)), "127.0.0.1:49152", Clock().now()});
  }
  return batch;
}

void fill(const std::string& path, std::size_t count) {
  Store store(path, Sync::off);
  for (std::size_t done = 0; done < count; done += fill_batch)
    (void)store.append(batch_of(std::min(fill_batch, count - done), {0}));
  while (store.shrink(0, fill_batch) > 0) {
  }
}

struct Spent {
  double wall = 0, user = 0, system = 0;  // seconds
};

Spent spent_until_now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds_since({}), seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

void run(const std::string& path, std::size_t count, std::size_t batch_size, Kind kind) {
  const auto begin = steady_clock::now();
  Store store(path);
  store.warm_up();
  const double opening = seconds_since(begin);
  Spent spent;
  for (std::size_t done = 0; done < count;) {
    std::vector<std::vector<NewEvent>> batches;
    for (std::size_t made = 0; made < made_ahead && done < count; made += batch_size) {
      batches.push_back(batch_of(batch_size, kind));
      done += batch_size;
    }
    const Spent before = spent_until_now();
    for (const auto& batch : batches)
      (void)store.append(batch);
    const Spent after = spent_until_now();
    spent.wall += after.wall - before.wall;
    spent.user += after.user - before.user;
    spent.system += after.system - before.system;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double for_each = 1e6 / static_cast<double>(count);
  fmt::print("{:.1f} {:.1f} {} {:.1f} {:.1f}\n", opening * 1e3, spent.wall * for_each,
             usage.ru_maxrss, spent.user * for_each, spent.system * for_each);
}

void read(const std::string& path, std::size_t piece) {
  Store store(path);
  const Spent before = spent_until_now();
  std::size_t count = 0;
  for (Sequence place = 0;;) {
    const std::vector<LogEntry> entries = store.read_after(place, piece);
    if (entries.empty()) break;
    count += entries.size();
    place = entries.back().seq;
  }
  const Spent after = spent_until_now();
  const double for_each = 1e6 / static_cast<double>(count);
  fmt::print("{} {:.1f} {:.1f}\n", count, (after.user - before.user) * for_each,
             (after.system - before.system) * for_each);
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 3 && words[0] == "fill")
    vtp::fill(words[1], std::stoul(words[2]));
  else if (words.size() >= 4 && words.size() <= 6 && words[0] == "run" &&
           (words.size() < 6 || words[5] == "params"))
    vtp::run(words[1], std::stoul(words[2]), std::stoul(words[3]),
             {words.size() > 4 ? std::stoul(words[4]) : vtp::usual_size, words.size() > 5});
  else if (words.size() == 3 && words[0] == "read")
    vtp::read(words[1], std::stoul(words[2]));
  else
    return 2;
}
