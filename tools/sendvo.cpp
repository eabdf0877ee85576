// sendvo: hands VOEvents to brokers, or only judges them. See sendvo(1).
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <fmt/format.h>

#include "lib/author.h"
#include "lib/check.h"
#include "lib/log.h"
#include "lib/options.h"
#include "lib/peers.h"
#include "lib/source.h"
#include "lib/text.h"

namespace vtp {
namespace {

constexpr std::uint16_t default_port = 8098;
constexpr std::size_t default_max_size = 4 * 1024 * 1024;

// In the order of how much they count: the worst of all that happened is the program's.
enum class Status { success, refused, no_answer, trouble };

int exit_status(Status status) {
  switch (status) {
    case Status::success:
      return 0;
    case Status::refused:
      return 1;
    case Status::no_answer:
      return 3;
    case Status::trouble:
      break;
  }
  return 2;
}

const Program program{
    "sendvo",
    "submit VOEvents to brokers",
    "[FILE…]",
    {{"h,host", "HOST", "the broker's host (localhost)", ""},
     {"p,port", "PORT", "the broker's port for authors (8098)", ""},
     {"t,to", "ENDPOINT",
      "a broker that gets each event: host, host:port, [IPv6]:port, tcp:… or unix:/path", "",
      Values::many},
     {"f,file", "FILE", "an event to send, - for standard input", "", Values::many},
     {"check", "", "judge the documents and send nothing", ""},
     {"timeout", "SECONDS", "patience for connecting, and again for the answer (20)", ""},
     {"max-size", "BYTES", "the largest event that is read (4M)", ""},
     {"v,verbose", "", "say more", ""},
     {"q,quiet", "", "say only what went wrong", ""}},
    exit_status(Status::trouble)};

std::vector<std::string> files_in(const CommandLine& line) {
  std::vector<std::string> files = line.all("file");
  files.insert(files.end(), line.operands().begin(), line.operands().end());
  if (files.empty()) files.emplace_back(standard_input);
  return files;
}

std::string complaint(const CheckResult& check) {
  return check.line > 0 ? fmt::format("line {}: {}", check.line, check.reason) : check.reason;
}

// Why a document cannot be sent at all; empty if it can. Its schema is the broker's to judge.
std::string obstacle(const CheckResult& check) {
  if (check.verdict == Verdict::malformed || check.verdict == Verdict::dtd || !check.is_voevent)
    return complaint(check);
  if (check.headline.ivorn.empty()) return "the VOEvent has no ivorn";
  return {};
}

class Sender {
 public:
  Sender(const CommandLine& line, const Log& log)
      : brokers_(peers_in(line, line.all("to"), default_port)),
        options_{.patience = line.value("timeout", parse_seconds, AuthorOptions{}.patience)},
        log_(log) {}

  Status send(const std::string& file, const std::string& bytes) {
    const CheckResult& check = checker_.check(bytes);
    if (const std::string why = obstacle(check); !why.empty()) {
      log_.error("{}: {}: {}", file, name_of(check.verdict), why);
      return Status::trouble;
    }
    Status worst = Status::success;
    for (const Endpoint& broker : brokers_)
      worst = std::max(worst, submit_to(broker, check.headline.ivorn, bytes));
    if (worst == Status::success)
      log_.info("Event was sent successfully");
    else
      log_.error("Event was NOT sent successfully");
    return worst;
  }

 private:
  Status submit_to(const Endpoint& broker, const std::string& ivorn, const std::string& bytes) {
    log_.debug("Sending {} ({} bytes) to {}", ivorn, bytes.size(), text_of(broker));
    const Answer answer = await_submission(broker, ivorn, bytes);
    switch (answer.outcome) {
      case Outcome::accepted:
        log_.info("Acknowledgement received from {}: {}", answer.broker, ivorn);
        return Status::success;
      case Outcome::refused:
        log_.error("{} refused to accept VOEvent {} ({})", answer.broker, ivorn, answer.reason);
        return Status::refused;
      case Outcome::no_answer:
        log_.error("No answer from {} for VOEvent {} ({})", answer.broker, ivorn, answer.reason);
        return Status::no_answer;
      case Outcome::not_sent:
        break;
    }
    return Status::trouble;
  }

  Answer await_submission(const Endpoint& broker, const std::string& ivorn,
                          const std::string& bytes) {
    Author author(context_.get_executor(), broker, options_, log_);
    auto answer = asio::co_spawn(context_, author.submit(ivorn, bytes), asio::use_future);
    context_.restart();
    while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      context_.run_one();
    return answer.get();
  }

  std::vector<Endpoint> brokers_;
  AuthorOptions options_;
  const Log& log_;
  Checker checker_;
  asio::io_context context_;
};

// Prints "NAME: VERDICT" or "NAME: VERDICT: line N: reason".
Status judge(Checker& checker, const std::string& file, const std::string& bytes) {
  const CheckResult& check = checker.check(bytes);
  std::string line = fmt::format("{}: {}", file, name_of(check.verdict));
  if (check.verdict != Verdict::valid) line += ": " + complaint(check);
  std::puts(printable(line).c_str());
  return check.verdict == Verdict::valid ? Status::success : Status::refused;
}

int run(const CommandLine& line) {
  const Clock clock;
  const Log log(program.name, LineStyle::tool, level_in(line), clock);
  const auto max_size = line.value("max-size", parse_bytes, default_max_size);
  Sender sender(line, log);
  Checker checker;

  Status worst = Status::success;
  for (const std::string& file : files_in(line)) {
    const auto bytes = read_document(file, max_size);
    if (!bytes) {
      log.error("{}: {}", file, bytes.problem());
      worst = std::max(worst, Status::trouble);
      continue;
    }
    worst = std::max(worst,
                     line.has("check") ? judge(checker, file, *bytes) : sender.send(file, *bytes));
  }
  return exit_status(worst);
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
