#include "tests/bench/fairness_broker.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::minutes timeout{1};  // until it listens
constexpr std::chrono::milliseconds pause{5};

void rest() { std::this_thread::sleep_for(pause); }

std::vector<std::string> words_of(const BrokerSetup& setup,
                                  const std::filesystem::path& diagnostics) {
  const auto database =
      setup.database.empty() ? setup.folder / "events.db" : std::filesystem::path(setup.database);
  std::vector<std::string> words = {setup.program,
                                    "--local-ivo=ivo://example.org/fairness",
                                    "--receive=tcp:127.0.0.1:0",
                                    "--broadcast=tcp:127.0.0.1:0",
                                    "--broadcast-test-interval=0",
                                    "--eventdb=" + database.string(),
                                    "--logfile=" + diagnostics.string()};
  words.insert(words.end(), setup.options.begin(), setup.options.end());
  return words;
}

[[noreturn]] void become(const std::vector<std::string>& words, std::size_t descriptors) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpriority(PRIO_PROCESS, 0, 0);
  if (descriptors > 0) {
    const rlimit limit{descriptors, descriptors};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  std::vector<char*> arguments;
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

BrokerProcess::BrokerProcess(const BrokerSetup& setup)
    : diagnostics_(setup.folder / "brokerd.log") {
  const auto words = words_of(setup, diagnostics_);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "cannot start a broker");
  if (pid_ == 0) become(words, setup.descriptors);
  try {
    submit_ = port_in_log("authors");
    broadcast_ = port_in_log("subscribers");
  } catch (...) {
    (void)end(std::chrono::seconds(1), rest);
    throw;
  }
}

BrokerProcess::~BrokerProcess() {
  if (running()) (void)end(std::chrono::milliseconds(0), rest);
}

std::uint16_t BrokerProcess::port_in_log(const std::string& whom) {
  const std::regex line("Listening for " + whom + " on .*:([0-9]+)");
  for (const auto end = steady_clock::now() + timeout; steady_clock::now() < end; rest()) {
    std::ifstream file(diagnostics_);
    std::smatch found;
    for (std::string text; std::getline(file, text);) {
      if (file.eof() || !std::regex_search(text, found, line)) continue;
      if (const auto port = parse_port(found[1].str())) return *port;
    }
    if (!running()) throw std::runtime_error("the broker ended: " + how_it_ended());
  }
  throw std::runtime_error("the broker does not listen");
}

std::uintmax_t BrokerProcess::log_size() const {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(diagnostics_, none);
  return none ? 0 : size;
}

bool BrokerProcess::running() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return !status_;
}

std::optional<std::chrono::duration<double>> BrokerProcess::end(
    std::chrono::milliseconds limit, const std::function<void()>& meanwhile) {
  const auto begin = steady_clock::now();
  if (running()) ::kill(pid_, SIGTERM);
  while (running() && steady_clock::now() - begin < limit)
    meanwhile();
  if (!running()) return steady_clock::now() - begin;
  ::kill(pid_, SIGKILL);
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) status_ = status;
  return std::nullopt;
}

std::string BrokerProcess::how_it_ended() const {
  const int status = status_.value_or(0);
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace vtp
