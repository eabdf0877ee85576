// brokerd: a broker of the VOEvent network. See brokerd(8).
#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "lib/base/diagnostics.h"
#include "lib/broker/allow_lists.h"
#include "lib/broker/broker.h"
#include "lib/broker/check_config.h"
#include "lib/broker/exposure.h"
#include "lib/broker/peer_limits.h"
#include "lib/cli/options.h"
#include "lib/cli/service.h"
#include "lib/cli/state_file.h"
#include "lib/cli/tls_options.h"
#include "lib/cli/user.h"
#include "lib/filter/filter_advice.h"
#include "lib/peers/peer_file_reader.h"
#include "tools/brokerd/options.h"
#include "tools/brokerd/program.h"

namespace vtp {
namespace {

// Freed memory is soon needed again: returning small pieces of it to the system costs more than
// handling events.
void keep_memory() {
  constexpr int step = 1024 * 1024;
  mallopt(M_TOP_PAD, step);
  mallopt(M_TRIM_THRESHOLD, 16 * step);
}

// Reports only the problems with the options, if there are any.
int check(CommandLine line, const Clock& clock) {
  const Diagnostics diagnostics(brokerd.name, LineStyle::tool, level_in(line), clock);
  line.collect_problems();
  CheckedConfig checked;
  std::vector<std::string> problems;
  try {
    const std::optional<User> user = user_in(line);
    if (user) adopt_environment(*user);
    const BrokerOptions options = broker_options_in(line, diagnostics);
    const AllowLists lists = AllowLists::in(line);
    if (user) change_to(*user);  // who must be able to use all that is named
    checked = check_config(line, options, lists);
    if (::geteuid() == 0 && !user)
      if (const auto way = exposure(options, lists))
        checked.warnings.push_back(fmt::format("to start this, root needs --user ({})", *way));
    static_cast<void>(service_options_in(line));
  } catch (const std::exception& error) {
    // This error may only be a consequence of other problems.
    if (line.problems().empty()) problems.emplace_back(error.what());
    const auto* usage = dynamic_cast<const UsageError*>(&error);
    if (usage && line.problems().empty())
      problems.insert(problems.end(), usage->others().begin(), usage->others().end());
  }
  for (const auto& more : {line.problems(), checked.problems})
    problems.insert(problems.end(), more.begin(), more.end());
  for (const std::string& problem : problems)
    diagnostics.error("{}", problem);
  if (!problems.empty()) return usage_status;
  for (const std::string& warning : checked.warnings)
    diagnostics.warning("{}", warning);
  for (const std::string& doubt : doubts_about_filters(line.all("filter")))
    diagnostics.warning("{}", doubt);
  std::fputs(checked.text.c_str(), stdout);
  return 0;
}

// A peer that finds a flaw in the broker must not get the whole machine.
void refuse_to_be_root(const CommandLine& line, const BrokerOptions& options,
                       const AllowLists& lists) {
  if (::geteuid() != 0 || line.text("user")) return;
  if (const auto way = exposure(options, lists))
    throw UsageError(fmt::format(
        "root does not serve other machines ({}): use --user=NAME to run as another user, or "
        "--user=root to stay root",
        *way));
}

// Once the endpoints are bound. The user opens the database.
void become(const User& user, const BrokerOptions& options, const Diagnostics& diagnostics) {
  if (user.is_ours()) return make_folder_of(options.event_db);
  for (const auto* endpoints : {&options.receive, &options.broadcast, &options.http.endpoints})
    for (const Endpoint& endpoint : *endpoints)
      if (const auto* socket = std::get_if<UnixEndpoint>(&endpoint)) give(socket->path, user);
  give_folder_of(options.event_db, user);
  change_to(user);
  diagnostics.info("Running as the user {}", user.name);
  try {
    make_folder_of(options.event_db);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("{} (as the user {}); use another --eventdb", error.what(), user.name));
  }
  check_state_file(options.event_db, user);
}

int serve(const CommandLine& line, const std::optional<User>& user, const Clock& clock,
          Service& service) {
  BrokerOptions options = broker_options_in(line, service.diagnostics());
  AllowLists lists = AllowLists::in(line);
  refuse_to_be_root(line, options, lists);
  if (const auto status = service.start()) return *status;
  const auto check_root = [&line, asked = options](const AllowLists& read_again) {
    refuse_to_be_root(line, asked, read_again);
  };
  AllowListReader allowed(line, std::move(lists), service.diagnostics(), check_root);
  options.receive_allowed = allowed.ranges().authors;
  options.broadcast_allowed = allowed.ranges().subscribers;
  options.http.allowed = allowed.ranges().http;
  for (const std::string& doubt : doubts_about_filters(line.all("filter")))
    service.diagnostics().warning("{}", doubt);
  options.on_listening = [&service] { service.ready(); };
  options.on_stopping = [&service] { service.stopping(); };
  std::optional<PeerFileReader> peers;
  if (const auto file = line.text("peers"))
    peers.emplace(*file, options.peers, line.text("tls-client-ca").has_value(),
                  service.diagnostics());
  if (service.heeds_hangup()) {
    options.on_hangup = [&service] { service.hangup(); };
    options.read_allowed_again = [&allowed] { return allowed.read_again(); };
    if (peers) options.read_peers_again = [&peers] { return peers->read_again(); };
  }
  options.on_bound = [&line, &user, &service, &peers, asked = options] {
    if (user)
      become(*user, asked, service.diagnostics());
    else
      make_folder_of(asked.event_db);
    if (peers) peers->check_access();
    check_tls_access(line, service.diagnostics());
  };
  const std::string database = options.event_db;
  {
    Broker broker(std::move(options), clock, service.diagnostics());
    broker.run();
  }
  // SQLite moves everything into the one file when the last program closes it, if it can.
  if (const std::string journal = database + "-wal"; ::access(journal.c_str(), F_OK) == 0)
    service.diagnostics().warning("{} has events that are not in {} yet: keep the two together",
                                  journal, database);
  return 0;
}

int run(const CommandLine& line) {
  std::signal(SIGPIPE, SIG_IGN);  // diagnostics without a reader must not stop the broker
  raise_descriptor_limit();
  keep_memory();
  const Clock clock;
  if (line.has("check-config")) return check(line, clock);
  const std::optional<User> user = user_in(line);
  if (user) adopt_environment(*user);
  ServiceOptions options = service_options_in(line);
  options.user = user;
  Service service(std::move(options), clock);
  return service.run([&] { return serve(line, user, clock, service); });
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::brokerd, argc, argv, vtp::run); }
