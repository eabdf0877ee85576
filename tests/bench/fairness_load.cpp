#include "tests/bench/fairness_load.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/bench/load_tally.h"

namespace vtp {
namespace {

constexpr std::chrono::minutes longest_preparation{1};
constexpr int niceness = 10;

struct Pipe {
  Descriptor out, in;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

PeerCounts carry_out(const PeerCursors& places, const std::vector<PeerPlan>& plans,
                     std::chrono::milliseconds time) {
  BusyPeers peers(places, plans);
  for (const auto end = LoadClock::now() + time; !peers.done() && LoadClock::now() < end;)
    peers.turn();
  return peers.counts();
}

void report(const Descriptor& reports, const PeerCounts& counts) {
  if (::write(reports.get(), &counts, sizeof counts) != sizeof counts)
    throw std::runtime_error("nobody is there to hear of it");
}

void work_until_the_end(const PeerCursors& places, const LoadWork& work, const Descriptor& orders,
                        const Descriptor& reports) {
  if (work.before) (void)carry_out(places, work.before(), longest_preparation);
  const std::vector<PeerPlan> plans = work.load();
  report(reports, {});
  for (char order = 0; ::read(orders.get(), &order, 1) == 1;)
    report(reports, carry_out(places, plans, work.time));
}

}  // namespace

LoadProcess::LoadProcess(const PeerCursors& places, const LoadWork& work) {
  Pipe orders = make_pipe();
  Pipe reports = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "cannot start a load");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpriority(PRIO_PROCESS, 0, niceness);
    orders.in = Descriptor();
    try {
      work_until_the_end(places, work, orders.out, reports.in);
    } catch (const std::exception& error) {
      fmt::print(stderr, "bench_fairness: the load: {}\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  orders_ = std::move(orders.in);
  reports_ = std::move(reports.out);
}

LoadProcess::~LoadProcess() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void LoadProcess::prepare() {
  constexpr std::chrono::milliseconds timeout = 2 * longest_preparation;
  if (!read_counts(static_cast<int>(timeout.count())))
    throw std::runtime_error("the load cannot be prepared in time");
}

void LoadProcess::begin() {
  if (::write(orders_.get(), "\n", 1) != 1) throw std::runtime_error("the load has ended");
}

bool LoadProcess::over() { return read_counts(0); }

bool LoadProcess::read_counts(int milliseconds) {
  pollfd wait{reports_.get(), POLLIN, 0};
  if (::poll(&wait, 1, milliseconds) <= 0) return false;
  if (::read(reports_.get(), &counts_, sizeof counts_) != sizeof counts_)
    throw std::runtime_error("the load has ended");
  return true;
}

}  // namespace vtp
