// findvo: finds events in the database of a broker. See findvo(1).
#include <csignal>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "lib/archive/archive.h"
#include "lib/archive/table.h"
#include "lib/base/diagnostics.h"
#include "lib/base/terminal.h"
#include "lib/base/text.h"
#include "lib/cli/options.h"
#include "lib/cli/state_file.h"
#include "lib/filter/filter.h"
#include "lib/filter/filter_advice.h"
#include "lib/stream/stream.h"
#include "lib/voevent/json.h"
#include "lib/voevent/sky.h"

namespace vtp {
namespace {

constexpr int found_status = 0;
constexpr int none_status = 1;
constexpr int trouble_status = 2;
constexpr int standard_output = 1;

const Program program{
    "findvo",
    "find VOEvents in the database of a broker",
    "",
    {{"db", "FILE",
      "the broker's database: a file, or a folder with events.db "
      "(default: ~/.local/state/vtptools/events.db, or in $STATE_DIRECTORY; see findvo(1))",
      ""},
     {"since", "TIME", "events received since TIME: 2h, 30d, a date, a UTC time", ""},
     {"until", "TIME", "events received before TIME", ""},
     {"observed-since", "TIME", "events observed since TIME", ""},
     {"observed-until", "TIME", "events observed before TIME", ""},
     {"stream", "PREFIX", "events of the streams whose ivorn begins so", ""},
     {"role", "observation|prediction|utility|test", "events with this role", ""},
     {"author", "IVORN", "events of this author", ""},
     {"ivorn", "IVORN", "the event, or events, with this ivorn", ""},
     {"concept", "CONCEPT", "events with this concept, such as em.gamma", ""},
     {"cone", "RA,DEC,RADIUS",
      "events with a position in this circle, such as 83.63,22.01,1 or 5h34m31.9s,+22d00m52s,30m",
      ""},
     {"cites", "IVORN", "events that cite the event with this ivorn", ""},
     {"cited-by", "IVORN", "events that the event with this ivorn cites", ""},
     {"f,filter", "XPATH", "events that match one of the filters", "", Values::many},
     {"sort", "received|time|distance",
      "order: of the log, of the time of observation, or of the distance from the centre of --cone "
      "(default: received)",
      ""},
     {"n,limit", "N", "only the last N events in this order; the nearest N by distance", ""},
     {"json", "", "print one JSON object per line instead of XML", ""},
     {"count", "", "print only the number of events", ""},
     {"table", "", "print a table for reading", ""},
     {"v,verbose", "", "print more diagnostics", ""},
     {"q,quiet", "", "print only warnings and errors", ""}},
    trouble_status};

Result<std::string> parse_name(std::string_view text) {
  if (text.empty()) return Problem{"it is empty"};
  return std::string(text);
}

Result<std::string> parse_role(std::string_view text) {
  if (text.empty()) return Problem{"it is empty"};
  if (is_role(text)) return std::string(text);
  return Problem{
      fmt::format("{} is none of observation, prediction, utility and test", printable(text))};
}

Result<FoundOrder> parse_order(std::string_view text) {
  if (text == "received") return FoundOrder::received;
  if (text == "time") return FoundOrder::time;
  if (text == "distance") return FoundOrder::distance;
  return Problem{fmt::format("{} is none of received, time and distance", printable(text))};
}

Query query_in(const CommandLine& line, Time now) {
  Query query;
  const auto time = [&](const char* name) -> std::optional<Time> {
    if (!line.text(name)) return std::nullopt;
    return line.value(
        name, [now](std::string_view text) { return parse_since(text, now); }, now);
  };
  const auto name = [&](const char* option) -> std::optional<std::string> {
    if (!line.text(option)) return std::nullopt;
    return line.value(option, parse_name, std::string());
  };
  query.since = time("since");
  query.until = time("until");
  query.observed_since = time("observed-since");
  query.observed_until = time("observed-until");
  if (query.since && query.until && *query.since > *query.until)
    throw UsageError("--since is later than --until");
  if (query.observed_since && query.observed_until && *query.observed_since > *query.observed_until)
    throw UsageError("--observed-since is later than --observed-until");
  query.stream = name("stream");
  if (line.text("role")) query.role = line.value("role", parse_role, std::string());
  query.author = name("author");
  query.ivorn = name("ivorn");
  query.concept_ = name("concept");
  if (line.text("cone")) query.cone = line.value("cone", parse_cone, Cone{});
  query.cites = name("cites");
  query.cited_by = name("cited-by");
  query.filters = line.values("filter", Filter::check);
  if (query.filters.size() > max_filters)
    throw UsageError(fmt::format("--filter: at most {} filters are possible", max_filters));
  query.order = line.value("sort", parse_order, query.order);
  if (query.order == FoundOrder::distance && !query.cone)
    throw UsageError("--sort=distance needs --cone");
  if (line.text("limit")) query.most = line.value("limit", parse_count, std::size_t{0});
  query.whole_headline = line.has("json");
  return query;
}

enum class Form { stream, json, count, table };

Form form_in(const CommandLine& line) {
  Form form = Form::stream;
  const char* given = nullptr;
  for (const auto& [name, each] :
       {std::pair{"json", Form::json}, {"count", Form::count}, {"table", Form::table}}) {
    if (!line.has(name)) continue;
    if (given) throw UsageError(fmt::format("--{} and --{} cannot be used together", given, name));
    given = name;
    form = each;
  }
  return form;
}

// Writes events in one of the forms.
class Output {
 public:
  Output(Form form, bool with_distance)
      : form_(form),
        table_(with_distance, terminal_width(standard_output)),
        stream_(standard_output, form == Form::stream ? StreamEnd::nul : StreamEnd::newline) {}

  // Throws std::runtime_error if that fails. False if nobody reads it any more.
  bool write(const Found& found) {
    if (form_ == Form::table && !any_ && !put(table_.head())) return false;
    any_ = true;
    switch (form_) {
      case Form::json:
        return put(json_line(*found.event, {found.received, found.source}));
      case Form::table:
        return put(table_.line_for(found));
      default:
        return put(found.event->bytes);
    }
  }

  [[nodiscard]] bool any() const { return any_; }

 private:
  bool put(std::string_view text) {
    const std::error_code error = stream_.write(text);
    if (error && error != std::errc::broken_pipe)
      throw std::runtime_error("cannot write to standard output: " + error.message());
    return !error;
  }

  Form form_;
  Table table_;
  StreamWriter stream_;
  bool any_ = false;
};

int run(const CommandLine& line) {
  const Clock clock;
  const Diagnostics diagnostics(program.name, LineStyle::tool, level_in(line), clock);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe makes the write fail
  const Query query = query_in(line, clock.now());
  const Form form = form_in(line);
  for (const std::string& doubt : doubts_about_filters(query.filters))
    diagnostics.warning("{}", doubt);
  Archive archive(state_file(line, "db", "events.db"),
                  [&](const std::string& trouble) { diagnostics.warning("{}", trouble); });
  diagnostics.debug("The index has the events up to {}", archive.indexed());
  if (form == Form::count) {
    const std::uint64_t count = archive.count(query);
    fmt::print("{}\n", count);
    return count > 0 ? found_status : none_status;
  }
  Output output(form, query.cone.has_value());
  archive.find(query, [&](const Found& found) { return output.write(found); });
  return output.any() ? found_status : none_status;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
