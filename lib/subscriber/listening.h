// A whole listener: brokers and topics that feed an outlet, until something ends it. Only connects these
// parts.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/diagnostics.h"
#include "lib/base/in_order.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/supervised.h"
#include "lib/output/outlet.h"
#include "lib/signature/source_signatures.h"
#include "lib/signature/verifier.h"
#include "lib/subscriber/cursor_keeper.h"
#include "lib/subscriber/kafka_subscriber.h"
#include "lib/subscriber/subscriber.h"

namespace vtp {

struct ListeningOptions {
  std::vector<SubscriberOptions> brokers;
  std::vector<KafkaSubscriberOptions> topics;
  // A file with the cursor of each broker (text_of its endpoint), and each partition
  // (partitions.h). A cursor in it overrides where the source's own options begin; it is moved
  // past each event that is handed on and whose command has ended.
  std::optional<std::string> resume;
  OutletOptions outlet;
  VerifierOptions signatures;
  std::chrono::milliseconds timeout{0};  // total time limit; 0: none
  std::chrono::milliseconds idle{0};     // time limit without a wanted event; 0: none
};

enum class Heard {
  all,  // ended as asked: by count, time or signal, or because the reader has gone
  // A broker could not be reached, or was lost, without a retry; or the time was over before the
  // requested number of events, or all stored events, had come.
  unreachable,
  failed  // an event or a cursor could not be saved, printing or a command failed
};

class Listening {
 public:
  // Throws std::runtime_error if the outlet's folder, the cursor file or the key ring cannot be used. clock and
  // diagnostics must live longer.
  Listening(ListeningOptions options, const Clock& clock, const Diagnostics& diagnostics);
  ~Listening();

  // Listens until the options, the reader of the output, the end of all subscriptions, or SIGINT or
  // SIGTERM end it; then waits for running commands. A second signal ends those too. Output that is
  // not read within one more second is cancelled. Call it once.
  [[nodiscard]] Heard run();

 private:
  struct Source;

  void subscribe_to(SubscriberOptions options, const Clock& clock);
  void read_topics(KafkaSubscriberOptions options);
  Source& add_source(std::string name);
  template <class Position>
  struct Progress;  // lives as long as this
  template <class Position>
  asio::awaitable<bool> take(Source& source, EventPtr event, Origin origin, Position position,
                             const Progress<Position>& progress);
  asio::awaitable<SourceSignatures::Passage> check_signature(Source& source, const EventPtr& event,
                                                             Origin& origin);
  template <class Position>
  static void pass(const Position& position, const Progress<Position>& progress);
  void keep_cursor(const std::string& name, const Cursor& cursor);
  asio::awaitable<void> listen(Source& source);
  void begin_at_cursor(SubscriberOptions& broker, const CursorFile& file) const;
  void begin_at_cursors(KafkaSubscriberOptions& topics, const CursorFile& file) const;
  void run_out_of_time();
  void report_what_is_missing();
  void sum_up() const;
  void end_one(const std::exception_ptr& problem);
  asio::awaitable<void> finish();
  void end(const std::exception_ptr& problem);
  asio::awaitable<void> heed_signals();
  void begin_to_give_up_printing();
  asio::awaitable<void> give_up_printing();
  void stop();
  void restart(asio::steady_timer& timer, std::chrono::milliseconds time);

  const Diagnostics& diagnostics_;
  std::chrono::milliseconds timeout_;
  std::chrono::milliseconds idle_;
  bool until_now_;       // ends after all stored events
  std::uint64_t count_;  // number of wanted events; 0: no limit
  asio::io_context context_;
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  asio::steady_timer timeout_timer_{context_};
  asio::steady_timer idle_timer_{context_};
  asio::steady_timer stall_timer_{context_};
  PeerDiagnostics peer_diagnostics_;
  std::unique_ptr<Verifier> verifier_;  // nullptr: no signature is looked at
  Outlet outlet_;
  std::optional<CursorKeeper> cursors_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::optional<Supervised> heeding_signals_;
  std::size_t listening_ = 0;  // sources that have not ended
  bool failed_ = false;        // and cannot continue
  bool unreachable_ = false;
  bool out_of_time_ = false;  // before it ended otherwise
  bool stopped_ = false;
};

}  // namespace vtp
