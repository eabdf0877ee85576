// A listener put together: subscribers that feed an outlet, until something ends it. Wiring only.
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
#include "lib/net/supervised.h"
#include "lib/output/outlet.h"
#include "lib/subscriber/cursor_keeper.h"
#include "lib/subscriber/subscriber.h"

namespace vtp {

struct ListeningOptions {
  std::vector<SubscriberOptions> brokers;
  // A file with the cursor of each broker (text_of its endpoint): where to begin, rather than where the
  // broker's own options say, and kept there, behind what is handed on with its command ended.
  std::optional<std::string> resume;
  OutletOptions outlet;
  std::chrono::milliseconds timeout{0};  // stop after so long; 0: never
  std::chrono::milliseconds idle{
      0};  // stop after so long without an event that is wanted; 0: never
};

enum class Heard {
  all,  // it ended as asked: by count, time, signal, or because nobody reads any more
  // A broker could not be reached, or was lost, and was not to be tried again; or time was over before there
  // were as many events as were asked for, or all until now.
  unreachable,
  failed  // an event could not be saved or printed, a command failed, or a cursor is not kept
};

class Listening {
 public:
  // Throws std::runtime_error if the outlet's folder, or the file of cursors, cannot be used. clock and
  // log must live longer.
  Listening(ListeningOptions options, const Clock& clock, const Diagnostics& diagnostics);
  ~Listening();

  // Listens until the options, or what is read, or all brokers, or SIGINT or SIGTERM end it; then waits
  // for the commands that run. A second signal ends those too. What is still being printed a second
  // later, and not read, is broken off. Once.
  [[nodiscard]] Heard run();

 private:
  struct Broker;

  void subscribe_to(SubscriberOptions options, const Clock& clock, const Diagnostics& diagnostics);
  asio::awaitable<bool> take(Broker& broker, EventPtr event, std::string peer);
  void keep_cursor(Broker& broker);
  asio::awaitable<void> listen(Broker& broker);
  void begin_at_cursor(SubscriberOptions& broker, const CursorFile& file) const;
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
  bool until_now_;       // that is all that is wanted
  std::uint64_t count_;  // so many events are; 0: no end
  asio::io_context context_;
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  asio::steady_timer timeout_timer_{context_};
  asio::steady_timer idle_timer_{context_};
  asio::steady_timer stall_timer_{context_};
  Outlet outlet_;
  std::optional<CursorKeeper> cursors_;
  std::vector<std::unique_ptr<Broker>> brokers_;
  std::optional<Supervised> heeding_signals_;
  std::size_t listening_ = 0;  // brokers whose subscribers have not ended
  bool failed_ = false;        // and cannot go on
  bool unreachable_ = false;
  bool out_of_time_ = false;  // before it was at an end otherwise
  bool stopped_ = false;
};

}  // namespace vtp
