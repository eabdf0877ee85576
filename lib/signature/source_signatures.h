// The signatures of the events of one source, an upstream broker or topics, checked with many events
// in flight; the events go on in the order in which they came.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/signature/verifier.h"
#include "lib/voevent/event.h"
#include "lib/voevent/signature_finding.h"

namespace vtp {

// One thread, that of the executor. All arguments must live longer.
class SourceSignatures {
 public:
  // name: of the source, for the diagnostics and as its account.
  SourceSignatures(asio::any_io_executor executor, Verifier& verifier, std::string name,
                   PeerDiagnostics& peer_diagnostics, const Diagnostics& diagnostics);

  enum class Passage {
    take,       // the event may go on
    pass_over,  // it must not, for lack of a good signature; that was said in one line
    stopped     // stop() was called before it could be checked
  };
  struct Checked {
    Passage passage = Passage::take;
    SignatureFinding finding;
  };

  // Returns after all calls that began earlier have returned. While gpg cannot be run, events wait:
  // none is lost for that. peer: where the event came from, for the diagnostics.
  [[nodiscard]] asio::awaitable<Checked> check(EventPtr event, std::string peer);

  // No more tries. Safe to call again.
  void stop();

 private:
  struct Turn;
  using Turns = std::deque<Turn*>;

  asio::awaitable<SignatureFinding> find_out(const EventPtr& event);
  asio::awaitable<void> pause(const std::string& reason);

  asio::any_io_executor executor_;
  Verifier& verifier_;
  std::string name_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics::Session refusals_;
  const std::shared_ptr<Turns> turns_ = std::make_shared<Turns>();  // of the calls, in order
  BackOff back_off_;
  asio::steady_timer next_try_;  // for all that wait for gpg
  bool waiting_ = false;         // for next_try_
  bool in_trouble_ = false;
  bool stopped_ = false;
};

// Nothing if there is no verifier: then no signature is looked at.
[[nodiscard]] inline std::unique_ptr<SourceSignatures> signatures_of_source(
    const asio::any_io_executor& executor, Verifier* verifier, const std::string& name,
    PeerDiagnostics& peer_diagnostics, const Diagnostics& diagnostics) {
  if (!verifier) return nullptr;
  return std::make_unique<SourceSignatures>(executor, *verifier, name, peer_diagnostics,
                                            diagnostics);
}

}  // namespace vtp
