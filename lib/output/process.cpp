#include "lib/output/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <paths.h>
#include <spawn.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/base/descriptor.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds ask_interval{10};

struct Pipe {
  Descriptor reading;
  Descriptor writing;

  // Returns false and sets errno if there are no more descriptors.
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
    return reading.get() >= 0 && writing.get() >= 0;
  }
};

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

// Our environment plus the other variables, which replace ours of the same name.
std::vector<std::string> environment_with(std::vector<std::string> others) {
  for (std::string& variable : others)
    std::ranges::replace(variable, '\0', '?');
  const std::size_t count = others.size();
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const auto end = others.begin() + static_cast<std::ptrdiff_t>(count);
    const bool replaced = std::any_of(others.begin(), end, [&](const std::string& other) {
      return name_of(other) == name_of(*variable);
    });
    if (!replaced) others.emplace_back(*variable);
  }
  return others;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// posix_spawn, not fork: another thread may hold any lock at the time of a fork, and copying a
// large process is slow.
class Spawn {
 public:
  Spawn() {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // Each returns 0 or an errno value.
  int use(int fd, int as) { return posix_spawn_file_actions_adddup2(&actions_, fd, as); }
  int run(const std::string& command, std::vector<std::string> environment, pid_t& pid) {
    // All our descriptors have close-on-exec; this closes any that a library opened without it.
    if (const int error = posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1))
      return error;
    std::vector<std::string> arguments{"sh", "-c", command};
    return ::posix_spawn(&pid, _PATH_BSHELL, &actions_, &attributes_, pointers_to(arguments).data(),
                         pointers_to(environment).data());
  }

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

}  // namespace

Started Process::start(const asio::any_io_executor& executor, const std::string& command,
                       const std::vector<std::string>& environment, ProcessOutput output,
                       ProcessWatch watch) {
  try {
    const std::shared_ptr<Process> process(new Process(executor));
    if (const std::error_code error = process->begin(command, environment, output))
      return {nullptr, error};
    if (watch == ProcessWatch::told) process->watch_exit();
    return {process, {}};
  } catch (const std::bad_alloc&) {
    return {nullptr, std::make_error_code(std::errc::not_enough_memory)};
  }
}

Process::Process(const asio::any_io_executor& executor)
    : timer_(executor), exit_(executor), input_(executor), output_(executor) {}

// The command is started last, so that it does not run if something else fails.
std::error_code Process::begin(const std::string& command,
                               const std::vector<std::string>& environment, ProcessOutput output) {
  const auto failed = [](int error) { return std::error_code(error, std::generic_category()); };
  const bool piped = output == ProcessOutput::piped;
  Pipe in;
  Pipe out;
  if (!in.open() || (piped && !out.open())) return failed(errno);
  asio::error_code refused;
  input_.assign(in.writing.get(), refused);
  if (refused) return failed(refused.value());
  static_cast<void>(in.writing.release());
  if (piped) output_.assign(out.reading.get(), refused);
  if (refused) return failed(refused.value());
  if (piped) static_cast<void>(out.reading.release());

  Spawn spawn;
  int error = spawn.use(in.reading.get(), STDIN_FILENO);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    if (error == 0 && piped) error = spawn.use(out.writing.get(), fd);
  if (error == 0) error = spawn.run(command, environment_with(environment), pid_);
  if (error != 0) pid_ = 0;
  return failed(error);
}

// A pidfd, not SIGCHLD: its handler is one for the whole process, and a library should not take it.
// Without descriptors or memory for a pidfd, the end is polled for.
void Process::watch_exit() {
  Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (pidfd.get() < 0) return;
  asio::error_code refused;
  try {
    exit_.assign(pidfd.get(), refused);
    if (refused) return;
    static_cast<void>(pidfd.release());
    exit_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [weak = weak_from_this()](const asio::error_code& error) {
                       if (const auto self = weak.lock(); self && !error) self->timer_.cancel();
                     });
  } catch (const std::bad_alloc&) {
    exit_.close(refused);
  }
}

Process::~Process() {
  if (pid_ == 0 || has_ended()) return;
  signal_group(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

asio::awaitable<std::optional<ProcessEnd>> Process::ended_by(steady_clock::time_point deadline) {
  // Only the timer is awaited; any other event cancels it.
  while (!has_ended() && !std::exchange(interrupted_, false) && steady_clock::now() < deadline) {
    timer_.expires_at(exit_.is_open() ? deadline
                                      : std::min(deadline, steady_clock::now() + ask_interval));
    asio::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return end_;
}

// The system does not report the end of a process group, so it is polled for. The group's number is
// not reused while a process is in the group, nor soon after.
asio::awaitable<void> Process::group_ended_by(steady_clock::time_point deadline) {
  while ((!has_ended() || ::kill(-pid_, 0) == 0) && steady_clock::now() < deadline) {
    timer_.expires_at(std::min(deadline, steady_clock::now() + ask_interval));
    asio::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Process::interrupt() {
  interrupted_ = true;
  timer_.cancel();
}

void Process::signal_group(int signal) const { ::kill(-pid_, signal); }

// Reaps the command if it has ended, which frees its process ID.
bool Process::has_ended() {
  int status = 0;
  if (end_) return true;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  // Other code has reaped it, so its status is unknown.
  if (ended < 0) status = W_EXITCODE(255, 0);
  end_ = WIFSIGNALED(status) ? ProcessEnd{true, WTERMSIG(status)}
                             : ProcessEnd{false, WEXITSTATUS(status)};
  return true;
}

}  // namespace vtp
