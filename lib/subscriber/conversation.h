// The state of one connection of a Subscriber; for its own use.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <asio/steady_timer.hpp>

#include "lib/base/in_order.h"
#include "lib/net/connection.h"
#include "lib/net/coroutine.h"
#include "lib/net/dial.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/voevent/event.h"
#include "lib/vtp/payloads.h"

namespace vtp {

// One coroutine reads, and outlives the others: one for each event that is being taken, one that
// waits for the broker to announce that it resumes, and one that waits for its first message.
struct Conversation {
  Conversation(const asio::any_io_executor& executor, Dialed dialed, std::size_t max_size,
               std::shared_ptr<PeerDiagnostics> its_peer_diagnostics)
      : peer_diagnostics(std::move(its_peer_diagnostics)),
        diagnostics(peer_diagnostics->session(dialed.peer.name)),
        connection(std::move(dialed.socket), std::move(dialed.peer.name), max_size),
        change(executor),
        greeting_timer(executor),
        resume_timer(executor) {}

  void stop() {
    connection.stop();
    change.tell();
    resume_timer.cancel();
    greeting_timer.cancel();
  }

  std::shared_ptr<PeerDiagnostics>
      peer_diagnostics;                  // lives as long as coroutines of an ending context
  PeerDiagnostics::Session diagnostics;  // lines that the broker causes in the diagnostics
  Connection connection;
  Change change;        // of anything below
  bool ending = false;  // no more is read

  std::uint64_t handed_on = 0;  // events
  std::size_t under_way = 0;    // of those, not finished
  std::size_t bytes_under_way = 0;
  struct Taken {
    std::uint64_t number = 0;  // in the order of handing on
    Digest digest;
  };
  InOrder<Taken> taken;

  Payloads answers;      // waiting to be written
  Payloads written;      // being written
  bool writing = false;  // one coroutine writes for all
  bool broken = false;   // no more answers can be written
  bool failed = false;   // after an exception: some events may not have been taken
  [[nodiscard]] std::size_t unwritten() const { return answers.size() + written.size(); }

  bool greeted = false;               // the peer has sent what brokers send
  bool for_authors = false;           // the peer has replied as to an author
  std::string refused;                // why the broker does not admit us; empty: it does
  bool awaits_greeting = false;       // a coroutine waits for that
  asio::steady_timer greeting_timer;  // cancelled when it has sent something

  std::optional<Digest> began_at;                   // cursor_ at the beginning
  bool awaits_resuming = false;                     // a coroutine waits for that
  bool resuming = false;                            // the broker has announced that it resumes
  bool told_slowed = false;                         // it has announced that it slows us down
  std::uint64_t before_resuming = 0;                // events that it sent before the announcement
  std::chrono::steady_clock::time_point resume_by;  // deadline for the announcement
  asio::steady_timer resume_timer;                  // cancelled when the announcement comes
  struct Mark {
    std::uint64_t after = 0;  // the number of events before it
    Digest last;
  };
  std::deque<Mark> marks;  // positions where the broker had sent all
};

// An event that is being taken: it counts as under way until this is destroyed, however that ends.
class UnderWay {
 public:
  UnderWay(std::shared_ptr<Conversation> conversation, std::size_t bytes)
      : conversation_(std::move(conversation)), bytes_(bytes) {
    ++conversation_->under_way;
    conversation_->bytes_under_way += bytes_;
  }
  ~UnderWay() { end(); }
  UnderWay(UnderWay&& other) noexcept
      : conversation_(std::move(other.conversation_)),
        bytes_(other.bytes_),
        ended_(std::exchange(other.ended_, true)) {}
  UnderWay& operator=(UnderWay&&) = delete;

  [[nodiscard]] Conversation& conversation() const { return *conversation_; }

  void end() {
    if (std::exchange(ended_, true)) return;
    --conversation_->under_way;
    conversation_->bytes_under_way -= bytes_;
    conversation_->change.tell();
  }

 private:
  std::shared_ptr<Conversation> conversation_;
  std::size_t bytes_;
  bool ended_ = false;
};

}  // namespace vtp
