// What a Subscriber knows of one connection; for its own use.
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
#include "lib/net/peer_diagnostics.h"
#include "lib/voevent/event.h"
#include "lib/vtp/payloads.h"

namespace vtp {

// One coroutine reads, and sees the others end: one for each event that is being taken, one that waits for the
// broker to say that it knows how to resume, and one that waits for it to say anything.
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
      peer_diagnostics;                  // as long as a coroutine that an ending context has left
  PeerDiagnostics::Session diagnostics;  // what the broker causes in the log
  Connection connection;
  Change change;        // of anything below
  bool ending = false;  // nothing more is read

  std::uint64_t handed_on = 0;  // events
  std::size_t under_way = 0;    // of those
  std::size_t bytes_under_way = 0;
  struct Taken {
    std::uint64_t number = 0;  // in the order in which they were handed on
    Digest digest;
  };
  InOrder<Taken> taken;

  Payloads answers;      // that wait to be written
  Payloads written;      // those that are being written
  bool writing = false;  // one coroutine is at it, for all
  bool broken = false;   // no answer can be written any more
  bool failed = false;   // something was thrown: some events may not have been taken
  [[nodiscard]] std::size_t unwritten() const { return answers.size() + written.size(); }

  bool greeted = false;               // what is there has spoken as a broker does
  bool for_authors = false;           // it has answered as it would to an author
  bool awaits_greeting = false;       // one coroutine does
  asio::steady_timer greeting_timer;  // cancelled when it has spoken

  std::optional<Digest> began_at;                   // cursor_ when it began
  bool awaits_resuming = false;                     // one coroutine does
  bool resuming = false;                            // the broker has said so
  bool told_slowed = false;                         // likewise
  std::uint64_t before_resuming = 0;                // events that it sent before that
  std::chrono::steady_clock::time_point resume_by;  // if it does
  asio::steady_timer resume_timer;                  // cancelled when it does
  struct Mark {
    std::uint64_t after = 0;  // so many events
    Digest last;
  };
  std::deque<Mark> marks;  // where the broker had nothing more for us
};

// An event that is being taken: it counts until this goes, whatever ends that.
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
