// Stores the events of one upstream broker in the log, many at a time, and keeps the cursor of that
// subscription.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/base/in_order.h"
#include "lib/broker/upstream_filter.h"
#include "lib/sessions/figures.h"
#include "lib/signature/source_signatures.h"
#include "lib/store/event_log.h"

namespace vtp {

// One thread, that of the executor. All arguments must live longer.
class Relay {
 public:
  // How many events may be in take() at the same time, for SubscriberOptions: enough that one
  // transaction stores many, while those for the next one arrive.
  static constexpr std::size_t most_under_way = 1024;

  // Called with an event of the upstream broker when it and all events before it are in our log:
  // the subscription may resume after it when the broker is started again.
  using KeepCursor = std::function<void(const Digest&)>;

  // filter: which events are wanted; nullptr: all. signatures: which of these are signed as they
  // must be; nullptr: that does not matter.
  Relay(asio::any_io_executor executor, EventLog& events, const Diagnostics& diagnostics,
        KeepCursor keep_cursor = {}, std::unique_ptr<UpstreamFilter> filter = nullptr,
        std::unique_ptr<SourceSignatures> signatures = nullptr);

  // For Subscriber::Take: true once the event is in the log, is a duplicate, is refused by the log,
  // does not pass the filter, or is not signed as it must be. An event of the last two kinds is not remembered as seen: an author may still
  // submit it. An event that cannot be stored is retried after pauses; in the end that blocks the
  // subscription, so that the upstream broker keeps the events that follow. False if it is not
  // stored when stop() is called. After an exception, the event must be given again, with all that
  // followed it.
  [[nodiscard]] asio::awaitable<bool> take(EventPtr event, std::string peer);

  // What became of its events. Any thread.
  [[nodiscard]] const Fates& fates() const { return fates_; }

  // For Subscriber::ToldCaughtUp.
  void caught_up(const Digest& last);

  // No more retries. Safe to call again.
  void stop();

 private:
  asio::awaitable<bool> wants(EventPtr event, const std::string& peer);
  asio::awaitable<bool> store(EventPtr event, const std::string& peer,
                              const SignatureFinding& signature);
  asio::awaitable<void> pause(const std::string& peer);
  void keep_cursor();

  EventLog& events_;
  const Diagnostics& diagnostics_;
  Fates fates_;
  KeepCursor keep_cursor_;
  const std::unique_ptr<UpstreamFilter> filter_;
  const std::unique_ptr<SourceSignatures> signatures_;
  const std::shared_ptr<InOrder<Digest>> stored_ = std::make_shared<InOrder<Digest>>();
  BackOff back_off_;
  asio::steady_timer next_try_;  // for all waiting events
  bool waiting_ = false;         // for next_try_
  bool in_trouble_ = false;      // events could not be stored at the last attempt
  bool stopped_ = false;
};

}  // namespace vtp
