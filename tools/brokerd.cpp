// brokerd: takes VOEvents from authors, and remembers them. See brokerd(8).
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <utility>

#include <fmt/format.h>

#include "lib/broker.h"
#include "lib/ivoid.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/text.h"

namespace vtp {
namespace {

constexpr std::uint16_t author_port = 8098;

const Program program{
    "brokerd",
    "receive VOEvents from authors and remember them",
    "",
    {{"local-ivo", "IVOID", "this broker's own identifier, as in ivo://authority/broker", ""},
     {"r,receive", "ENDPOINT",
      "take events from authors at port, address:port, tcp:… or unix:/path; may be repeated",
      "tcp:8098"},
     {"receive-allow,receive-whitelist", "CIDR",
      "addresses that may submit; may be repeated (127.0.0.0/8 and ::1; also --receive-whitelist)",
      ""},
     {"eventdb", "FILE", "where events are kept ($STATE_DIRECTORY/events.db; see brokerd(8))", ""},
     {"keep", "DAYS", "how long an event is remembered (30)", ""},
     {"max-size", "BYTES", "the largest event that is taken (4M)", ""},
     {"author-timeout", "SECONDS", "how long an author may take over an event (20)", ""},
     {"v,verbose", "", "log more", ""},
     {"q,quiet", "", "log only warnings and errors", ""}},
    1};

// A folder of the broker's own is made where there is none yet; one that was asked for must be
// there.
std::string default_event_db() {
  namespace fs = std::filesystem;
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string(text ? text : "");
  };
  fs::path folder;
  if (const std::string state = value("STATE_DIRECTORY"); !state.empty())
    folder = state.substr(0, state.find(':'));  // systemd.exec(5): several are separated by colons
  else if (const std::string home = value("XDG_STATE_HOME"); !home.empty())
    folder = fs::path(home) / "vtptools";
  else if (const std::string user = value("HOME"); !user.empty())
    folder = fs::path(user) / ".local" / "state" / "vtptools";
  else
    throw UsageError(
        "there is no STATE_DIRECTORY, XDG_STATE_HOME or HOME to keep events in: use --eventdb");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
  return folder / "events.db";
}

std::string local_ivo(const CommandLine& line) {
  const auto given = line.text("local-ivo");
  if (!given)
    throw UsageError("--receive needs --local-ivo, as in --local-ivo=ivo://authority/broker");
  if (const auto id = parse_ivoid(*given); !id) throw UsageError("--local-ivo: " + id.problem());
  return *given;
}

BrokerOptions options_in(const CommandLine& line) {
  BrokerOptions options;
  options.receive =
      line.values("receive", [](std::string_view text) { return parse_listen(text, author_port); });
  if (options.receive.empty())
    throw UsageError("nothing to do: use --receive to take events from authors");
  options.receive_allowed = line.values("receive-allow", AddressRange::parse);
  if (options.receive_allowed.empty()) options.receive_allowed = loopback_ranges();
  options.receiver.local_ivo = local_ivo(line);
  options.receiver.patience =
      line.value("author-timeout", parse_seconds, options.receiver.patience);
  options.receiver.max_size = line.value("max-size", parse_bytes, options.receiver.max_size);
  options.keep = line.value("keep", parse_days, options.keep);
  const auto file = line.text("eventdb");
  options.event_db = file ? *file : default_event_db();
  return options;
}

// Each connection takes a descriptor: as many as the system lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const CommandLine& line) {
  const Clock clock;
  const Level most = line.has("quiet")     ? Level::warning
                     : line.has("verbose") ? Level::debug
                                           : Level::info;
  const Log log(program.name, LineStyle::service, most, clock);
  std::signal(SIGPIPE, SIG_IGN);  // a log that nobody reads must not stop the broker
  raise_descriptor_limit();
  Broker broker(options_in(line), clock, log);
  broker.run();
  return 0;
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
