// vodedup: removes duplicate events from a stream. See vodedup(1).
#include <csignal>
#include <string>

#include "lib/base/diagnostics.h"
#include "lib/base/text.h"
#include "lib/cli/options.h"
#include "lib/cli/state_file.h"
#include "lib/cli/terminal.h"
#include "lib/dedup/dedup.h"
#include "lib/stream/source.h"

namespace vtp {
namespace {

constexpr int passed_status = 0;
constexpr int none_status = 1;
constexpr int trouble_status = 2;

const Program program{
    "vodedup",
    "remove duplicate VOEvents from a stream",
    "[FILE…]",
    {{"db", "FILE",
      "database of seen events: a file, or a folder for seen.db "
      "(default: ~/.local/state/vtptools/seen.db, or in $STATE_DIRECTORY; see vodedup(1))",
      ""},
     {"keep", "DAYS", "how long an event is remembered (default: 30)", ""},
     {"by", "KEY", "what identifies an event: digest (of all bytes) or ivorn (default: digest)",
      ""},
     {"duplicates", "", "write only the duplicates", ""},
     {"max-size", "BYTES", "maximum size of an event (default: 4M)", ""},
     {"v,verbose", "", "print more diagnostics", ""},
     {"q,quiet", "", "print only warnings and errors", ""}},
    trouble_status};

Result<SameBy> parse_same_by(std::string_view text) {
  if (text == "digest") return SameBy::digest;
  if (text == "ivorn") return SameBy::ivorn;
  return Problem{std::string(text) + " is neither digest nor ivorn"};
}

int run(const CommandLine& line) {
  const Clock clock;
  const Diagnostics diagnostics(program.name, LineStyle::tool, level_in(line), clock);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe makes the write fail
  DedupOptions options;
  options.keep = line.value("keep", parse_days, options.keep);
  options.by = line.value("by", parse_same_by, options.by);
  options.duplicates = line.has("duplicates");
  DocumentReader input(line.operands(),
                       line.value("max-size", parse_bytes, default_max_event_size));
  if (reads_terminal(line.operands())) diagnostics.info("{}", reading_terminal);
  options.db = state_file(line, "db", "seen.db");
  make_folder_of(options.db);
  Dedup dedup(std::move(options), clock, diagnostics);
  dedup.run(input);
  if (dedup.failed()) return trouble_status;
  return dedup.passed() > 0 ? passed_status : none_status;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
