// Checks the signatures of events beside the event loops: on threads of its own, which run gpg(1), and
// with a bounded queue that is served in turn, so that no peer delays the events of others for long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/base/result.h"
#include "lib/net/waiter.h"
#include "lib/signature/signature_check.h"
#include "lib/voevent/event.h"
#include "lib/voevent/signature_finding.h"

namespace vtp {

// What is done with signatures.
enum class Verify {
  off,     // no signature is looked at
  log,     // who signed is said, and every event is taken
  require  // only events with a good signature are taken
};

// "off", "log" or "require".
[[nodiscard]] Result<Verify> parse_verify(std::string_view text);
[[nodiscard]] std::string_view name_of(Verify verify);

struct VerifierOptions {
  Verify verify = Verify::off;
  SignatureCheckOptions check;
  std::size_t threads = 2;          // runs of gpg at a time
  std::size_t most_waiting = 1024;  // events in the queue; of one account at most 3/4 of these
};

// Why an event with this finding is not taken from an author, for the nak; empty if it is taken.
[[nodiscard]] std::string objection_to(const SignatureFinding& finding, Verify verify);

// "VOEvent IVORN from PEER: signature good: signed by …", for the diagnostics.
[[nodiscard]] std::string signature_line(std::string_view ivorn, std::string_view peer,
                                         const SignatureFinding& finding);

// Whether the event has certainly no signature, as far as can be seen at once: a look at a large event
// may take too long for an event loop.
[[nodiscard]] bool is_surely_unsigned(const Event& event);

class Verifier;

// Nothing if no signature is to be looked at. Says how many keys there are, and warns if there are
// none. Throws as Verifier.
[[nodiscard]] std::unique_ptr<Verifier> make_verifier(VerifierOptions options,
                                                      const Diagnostics& diagnostics);

// Any thread.
class Verifier {
 public:
  // Good signatures that are remembered, since events come from several brokers; and for how long.
  static constexpr std::size_t most_known = 1024;
  static constexpr std::chrono::seconds known_for{60};

  // Throws as SignatureCheck.
  explicit Verifier(VerifierOptions options);

  // As stop().
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  [[nodiscard]] Verify verify() const { return options_.verify; }

  // What to do when the queue is full: `unchecked` at once, for a peer that can be told to come again;
  // or go beyond its limit, for one whose events in flight are bounded in another way.
  enum class WhenFull { give_up, wait };

  // Checks the signature of an event that is well-formed and has an ivorn, and returns the finding on
  // the caller's executor. An event that is surely unsigned is not queued: its caller goes on at once.
  // account: whose event it is; all accounts are served in turn, and the checks of one begin in order,
  // but may end in another one. The finding is `unchecked` if gpg cannot be run, or if the queue is
  // full; it is `bad` if gpg does not end in time, twice.
  [[nodiscard]] asio::awaitable<SignatureFinding> check(EventPtr event, std::string account,
                                                        WhenFull when_full);

  // All that wait, and all that come, get `unchecked`, and runs of gpg are ended. Returns at once; safe
  // to call again.
  void begin_to_stop();

  // The same, and waits until the threads have ended. The event loops of coroutines that wait must end
  // later.
  void stop();

  // Events in the queue, without those that are being checked.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Job {
    EventPtr event;
    std::unique_ptr<Waiter<SignatureFinding>> waiter;
  };
  struct Thread {
    explicit Thread(const SignatureCheckOptions& options) : check(options) {}

    SignatureCheck check;
    std::thread thread;
  };

  [[nodiscard]] bool has_room(const std::string& account) const;
  void add(const std::string& account, Job job);
  [[nodiscard]] std::optional<Job> take();
  static void put_off(std::unique_ptr<Waiter<SignatureFinding>> waiter, const char* reason);
  void work(Thread& thread);
  [[nodiscard]] SignatureFinding find_out(Thread& thread, const Event& event);
  [[nodiscard]] std::optional<SignatureFinding> known(const Event& event) const;
  void remember(const Event& event, const SignatureFinding& finding);

  const VerifierOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;  // there is a job, or it is to stop
  // Guarded by mutex_: the jobs of each account that has any, and the accounts in turn.
  std::map<std::string, std::deque<Job>> jobs_;
  std::deque<std::string> turns_;
  std::size_t waiting_ = 0;
  bool stop_ = false;
  struct Known {
    Digest event;
    SignatureFinding finding;
    std::chrono::steady_clock::time_point until;
  };
  std::deque<Known> known_;  // guarded by mutex_

  std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace vtp
