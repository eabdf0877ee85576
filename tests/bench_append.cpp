// What appending to the log costs.
//   bench_append fill FILE COUNT     makes a log that remembers so many events, and keeps no bytes of them
//   bench_append run FILE COUNT BATCH   appends so many of 4 kB, so many in each transaction, and prints:
//                                    ms to open, us for each event, peak kB of memory
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <fmt/format.h>

#include "lib/store.h"
#include "tests/sample_events.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t event_size = 4096;
constexpr std::size_t fill_batch = 1000;

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

std::vector<NewEvent> batch_of(std::size_t count, std::size_t size) {
  static std::mt19937_64 random{std::random_device{}()};
  std::vector<NewEvent> batch;
  for (std::size_t i = 0; i < count; ++i) {
    Event event;
    event.headline.ivorn =
        fmt::format("ivo://example.org/bench#{:016x}{:016x}", random(), random());
    event.bytes = valid_event(event.headline.ivorn);
    if (event.bytes.size() < size) event.bytes.append(size - event.bytes.size(), '\n');
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
    (void)store.append(batch_of(std::min(fill_batch, count - done), 0));
  while (store.shrink(0, fill_batch) > 0) {
  }
}

void run(const std::string& path, std::size_t count, std::size_t batch_size) {
  auto begin = steady_clock::now();
  Store store(path);
  store.warm_up();
  const double opening = seconds_since(begin);
  double appending = 0;
  for (std::size_t done = 0; done < count; done += batch_size) {
    const std::vector<NewEvent> batch = batch_of(batch_size, event_size);
    begin = steady_clock::now();
    (void)store.append(batch);
    appending += seconds_since(begin);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:.1f} {:.1f} {}\n", opening * 1e3, appending / static_cast<double>(count) * 1e6,
             usage.ru_maxrss);
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 3 && words[0] == "fill")
    vtp::fill(words[1], std::stoul(words[2]));
  else if (words.size() == 4 && words[0] == "run")
    vtp::run(words[1], std::stoul(words[2]), std::stoul(words[3]));
  else
    return 2;
}
