// The state of one subscriber's session; broadcaster.cpp has its functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "lib/followers/log_cursor.h"
#include "lib/net/budget.h"
#include "lib/net/connection.h"
#include "lib/net/connection_limit.h"
#include "lib/net/peer.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/peers/admission.h"
#include "lib/sessions/rounds.h"
#include "lib/sessions/selector.h"
#include "lib/store/event_log.h"
#include "lib/vtp/resumption.h"

namespace vtp {

// One thread, that of the executor. Two coroutines share it, one that sends and one that receives;
// the first to end also ends the other.
struct SubscriberSession final : Rounds::Follower, std::enable_shared_from_this<SubscriberSession> {
  SubscriberSession(const asio::any_io_executor& executor, EventLog& events,
                    PeerDiagnostics& peer_diagnostics, std::shared_ptr<WatchedSocket> socket,
                    const Peer& peer, Time now, std::size_t max_message, MemoryBudget* memory,
                    std::optional<ConnectionLimit::Seat> its_seat,
                    std::optional<Admission> its_admission)
      : seat(std::move(its_seat)),
        admission(std::move(its_admission)),
        has_tls(peer.has_tls),
        address(peer.name),
        since(now),
        diagnostics(peer_diagnostics.session(peer.name, text_of(peer))),
        connection(std::move(socket), text_of(peer), max_message, memory),
        wake(executor),
        selection(std::make_shared<Selection>(events)),
        reached(cursor().position()) {}

  void end() {
    over = true;
    connection.stop();
    wake.cancel();
    selection->end();
  }
  // why: for the diagnostics.
  void end(const char* why) {
    parted = why;
    end();
  }
  void wake_up() override { wake.cancel(); }
  LogCursor& cursor() { return selection->cursor; }

  std::optional<ConnectionLimit::Seat> seat;  // idle until it has sent something
  std::optional<Admission> admission;
  const bool has_tls;
  const std::string address;
  const Time since;  // when it connected
  PeerDiagnostics::Session diagnostics;
  Connection connection;
  asio::steady_timer wake;  // cancelled when there is something to do earlier
  SelectionPtr selection;
  // Up to this event it has been sent all. The cursor is ahead of it, and the worker may be using it.
  Sequence reached;
  bool sampled = false;            // it is waited for in a DeliverySample
  std::optional<Resumption> wish;  // where it wants to begin; empty once that is done
  bool told_caught_up = false;
  bool told_slowed = false;
  bool told_stray_ack = false;
  FilterSetPtr filters;
  std::vector<std::string> filter_texts;  // that it wants, if it has an admission
  std::uint64_t compilations = 0;         // that have begun; only the last one counts
  bool compiling = false;                 // that one is under way; nothing is sent meanwhile
  bool removed = false;                   // it is not admitted any more
  bool greeted = false;                   // has answered our authenticate
  bool over = false;
  int alive_owed = 0;
  const char* parted = nullptr;  // why we ended it; nullptr if the connection ended by itself
  std::size_t sent = 0;
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
};

}  // namespace vtp
