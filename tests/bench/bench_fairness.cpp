// Puts one kind of peers after the other, bad ones and busy ones, on a broker beside a pair that behaves well, an
// author and two subscribers, and prints as a table how long its events take before, during and after.
// Ends with 1 if an acknowledged event did not arrive, or one came twice, or the broker ended by itself, or did not
// end when it was asked to; slow figures are figures, and are marked.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/cli/options.h"
#include "tests/bench/fairness_kinds.h"
#include "tests/bench/fairness_run.h"
#include "tests/bench/load_socket.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

// What is marked: above it, one peer holds up another.
constexpr double longest_p99 = 50;       // ms
constexpr double longest_maximum = 250;  // ms
constexpr double longest_end = 5;        // s
constexpr double mebibyte = 1024 * 1024;

const Program program{
    "bench_fairness",
    "measure how long events take beside peers that are bad or busy",
    "[BROKER_OPTION…]",
    {{"broker", "PROGRAM", "the broker (brokerd)", ""},
     {"folder", "DIR", "an empty one, for its files; kinds leave nothing in it", ""},
     {"some-events", "FILE", "a broker's database with some events, for kinds that want that", ""},
     {"many-events", "FILE", "and one with many", ""},
     {"quick", "", "small loads, each only for a moment", ""},
     {"kind", "TEXT", "only kinds that have this in their name", "", Values::many},
     {"list", "", "print the names of the kinds, and stop", ""},
     {"load", "SECONDS", "how long each kind is there, at most (8)", ""},
     {"patience", "SECONDS", "how long to wait for what is late (15)", ""},
     {"memory", "BYTES", "mark what takes more (512M)", ""},
     {"medians", "", "print medians, and what each peer sent, too", ""}}};

std::vector<FairnessKind> kinds_in(const CommandLine& line) {
  const FairnessScale scale{line.has("quick")};
  const std::vector<std::string> wanted = line.all("kind");
  std::vector<FairnessKind> out;
  for (const auto& kinds :
       {hard_to_read(scale), costly_to_answer(scale), never_enough(scale), only_busy(scale)})
    std::ranges::copy_if(kinds, std::back_inserter(out), [&](const FairnessKind& kind) {
      return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& text) {
               return kind.name.find(text) != std::string::npos;
             });
    });
  return out;
}

FairnessOptions options_in(const CommandLine& line) {
  FairnessOptions options;
  if (line.has("quick")) {
    options.beside = milliseconds(200);
    options.load = milliseconds(700);
    options.timeout = milliseconds(60'000);
  }
  options.program = line.text("broker").value_or(options.program);
  options.options = line.operands();
  options.folder = line.text("folder").value_or("");
  options.some_events = line.text("some-events").value_or("");
  options.many_events = line.text("many-events").value_or("");
  options.load = line.value("load", parse_seconds, options.load);
  options.timeout = line.value("patience", parse_seconds, options.timeout);
  if (options.folder.empty()) throw UsageError("--folder is required");
  return options;
}

bool too_long(const Waits& waits) {
  return waits.p99() > longest_p99 || waits.maximum() > longest_maximum;
}

// What is marked of it.
struct Marks {
  bool memory = false, end = false, waits = false;
  [[nodiscard]] bool any() const { return memory || end || waits; }
};

Marks marks_of(const FairnessFound& found, double memory) {
  Marks marks;
  marks.memory = found.peak_memory * 1024 > memory;
  marks.end = !found.end || found.end->count() > longest_end;
  for (const PairWaits* waits : {&found.during, &found.after})
    marks.waits = marks.waits || too_long(waits->ack) || too_long(waits->delivery);
  return marks;
}

std::string marked(const std::string& text, bool bad) { return text + (bad ? "*" : " "); }

// "99th percentile/maximum".
std::string cell(const Waits& waits) {
  return marked(fmt::format("{:.0f}/{:.0f}", waits.p99(), waits.maximum()), too_long(waits));
}

void print_row(const std::string& kind, const std::vector<std::string>& cells) {
  fmt::print("{:<50}", kind);
  for (const std::string& cell : cells)
    fmt::print(" {:>13}", cell);
  fmt::print("\n");
  std::fflush(stdout);
}

void print_heading() {
  print_row("ms: 99th percentile/maximum",
            {"alone: ack ", "delivery ", "beside: ack ", "delivery ", "filtered ", "after: ack ",
             "delivery ", "MB at most ", "descriptors ", "MB of log ", "ended in s "});
}

// What is wrong, in words; empty: nothing.
std::string faults(const FairnessFound& found) {
  std::string out;
  const auto add = [&](std::size_t count, std::string_view what) {
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
  };
  add(found.lost, "deliveries missing");
  add(found.doubled, "delivered twice");
  add(found.dropped, "of the pair's subscribers cut off");
  if (!found.problem.empty()) out += (out.empty() ? "" : ", ") + found.problem;
  return out;
}

void print_found(const FairnessKind& kind, const FairnessFound& found, const Marks& marks) {
  print_row(kind.name,
            {cell(found.before.ack), cell(found.before.delivery), cell(found.during.ack),
             cell(found.during.delivery), cell(found.during.filtered), cell(found.after.ack),
             cell(found.after.delivery),
             marked(fmt::format("{:.0f}", found.peak_memory / 1024), marks.memory),
             marked(std::to_string(found.descriptors), false),
             marked(fmt::format("{:.1f}", static_cast<double>(found.log_size) / mebibyte), false),
             marked(found.end ? fmt::format("{:.1f}", found.end->count()) : "never", marks.end)});
  if (found.refused + found.unanswered > 0)
    fmt::print("    of {} events, {} refused or cut off, {} without an answer\n", found.submitted,
               found.refused, found.unanswered);
  if (const std::string what = faults(found); !what.empty()) fmt::print("    FAULT: {}\n", what);
}

void print_medians(const FairnessFound& found) {
  fmt::print(
      "    medians {:.1f}, {:.1f}; {:.1f}, {:.1f}, {:.1f}; {:.1f}, {:.1f}; processor {:.2f} s; "
      "{} connections, {:.1f} MB sent, {} events or answers\n",
      found.before.ack.median(), found.before.delivery.median(), found.during.ack.median(),
      found.during.delivery.median(), found.during.filtered.median(), found.after.ack.median(),
      found.after.delivery.median(), found.processor, found.load.connections,
      static_cast<double>(found.load.sent) / mebibyte, found.load.received);
}

int run(const CommandLine& line) {
  const auto kinds = kinds_in(line);
  if (line.has("list")) {
    for (const FairnessKind& kind : kinds)
      fmt::print("{}\n", kind.name);
    return 0;
  }
  const FairnessOptions options = options_in(line);
  const auto memory =
      static_cast<double>(line.value("memory", parse_bytes, std::size_t{512} << 20U));
  raise_descriptor_limit();
  print_heading();
  bool well = true;
  std::size_t marked_kinds = 0;
  for (const FairnessKind& kind : kinds) {
    if (!can_run(kind, options)) {
      fmt::print("{:<50} has no events to begin with\n", kind.name);
      continue;
    }
    const FairnessFound found = run_fairness(kind, options);
    const Marks marks = marks_of(found, memory);
    print_found(kind, found, marks);
    if (line.has("medians")) print_medians(found);
    well = well && faults(found).empty();
    marked_kinds += marks.any() ? 1 : 0;
    for (const auto& entry : std::filesystem::directory_iterator(options.folder))
      std::filesystem::remove_all(entry.path());
  }
  fmt::print("{} of {} kinds are above a limit\n", marked_kinds, kinds.size());
  return well ? 0 : 1;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
