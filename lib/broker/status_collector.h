// Collects what a broker tells of itself, from all its threads.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/broker/sources_and_followers.h"
#include "lib/http/status.h"
#include "lib/sessions/event_loop.h"
#include "lib/store/event_log.h"
#include "lib/tls/server.h"

namespace vtp {

// What a status is read from. All must live longer than the reader.
struct StatusSources {
  std::string version;    // of the program
  std::string local_ivo;  // the broker's own IVOID
  std::vector<EventLoop*> loops;
  const SourcesAndFollowers* others = nullptr;  // on the first event loop
  EventLog* events = nullptr;
  const TlsServer* tls = nullptr;                                 // nullptr: there is none
  std::function<bool()> listening = [] { return true; };          // any thread
  std::function<Sequence()> indexed = [] { return Sequence{}; };  // any thread
};

// Any thread but those of the event loops, which must run meanwhile.
class StatusCollector {
 public:
  // How long it waits for the event loops; of one that does not answer, the peers are left out.
  static constexpr std::chrono::seconds patience{1};

  // clock must live longer.
  StatusCollector(StatusSources sources, const Clock& clock);

  // One reading at a time: others wait for it. If the disk cannot be read, lags have no seconds.
  [[nodiscard]] BrokerStatus read();

 private:
  struct Gathered;

  void ask_loops(BrokerStatus& status) const;
  void add_totals(BrokerStatus& status) const;
  void add_lags(BrokerStatus& status);
  [[nodiscard]] std::optional<Time> read_received_after(Sequence position);

  const StatusSources sources_;
  const Clock& clock_;
  const Time started_;
  std::mutex mutex_;
  EventLog::Reader reader_;  // guarded by mutex_
};

}  // namespace vtp
