// sendvo: submits VOEvents to brokers, or only validates them. See sendvo(1).
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/author/sending.h"
#include "lib/author/submission.h"
#include "lib/base/diagnostics.h"
#include "lib/base/host_name.h"
#include "lib/base/text.h"
#include "lib/cli/kafka_options.h"
#include "lib/cli/options.h"
#include "lib/cli/peers.h"
#include "lib/cli/signature_options.h"
#include "lib/cli/terminal.h"
#include "lib/cli/tls_options.h"
#include "lib/signature/signature_check.h"
#include "lib/signature/signer.h"
#include "lib/stream/location.h"
#include "lib/stream/source.h"
#include "lib/tls/certificate.h"
#include "lib/voevent/acceptance.h"
#include "lib/voevent/check.h"

namespace vtp {
namespace {

constexpr std::uint16_t default_port = 8098;
constexpr std::size_t most_jobs = 1000;
constexpr int refused_status = 1;
constexpr int trouble_status = 2;
constexpr int no_answer_status = 3;
constexpr int signal_status = 128;  // plus the number of the signal

const Program program{
    "sendvo",
    "submit VOEvents to brokers and topics",
    "[FILE…]",
    {{"h,host", "HOST", "host of the broker (default: localhost)", ""},
     {"p,port", "PORT", "the broker's port for authors (default: 8098)", ""},
     {"t,to", "ENDPOINT",
      "send each event to this broker or topic: host, host:port, [IPv6]:port, tcp:…, tls:…, "
      "unix:/path "
      "or kafka://host/topic",
      "", Values::many},
     {"f,file", "FILE", "events to send; - for standard input", "", Values::many},
     {"check", "", "validate only; send nothing", ""},
     {"sign", "KEYID", "sign each event with this OpenPGP key: a fingerprint, or part of a user id",
      ""},
     {"verify", "", "with --check: check signatures too, and say who signed", ""},
     keyring_option(),
     {"j,jobs", "N", "parallel connections per broker (default: 4)", ""},
     {"retry", "SECONDS", "retry an event without an answer for SECONDS (default: no retry)", ""},
     {"report", "FILE", "write the outcome of each event as a line of JSON; - for standard output",
      ""},
     tls_pin_option(),
     tls_ca_option(),
     tls_cert_option(),
     tls_key_option(),
     {"tls-fingerprint", "FILE",
      "print the fingerprint of the certificate in FILE, which is made with a key if it is not "
      "there",
      ""},
     kafka_config_option(),
     kafka_property_option(),
     {"timeout", "SECONDS", "timeout for connecting, and again for the answer (default: 20)", ""},
     {"max-size", "BYTES", "maximum size of an event (default: 4M)", ""},
     {"v,verbose", "", "print more diagnostics", ""},
     {"q,quiet", "", "print only warnings and errors", ""}},
    trouble_status};

std::vector<std::string> files_in(const CommandLine& line) {
  std::vector<std::string> files = line.all("file");
  files.insert(files.end(), line.operands().begin(), line.operands().end());
  return files;
}

Result<std::size_t> parse_jobs(std::string_view text) {
  auto jobs = parse_count(text);
  if (jobs && *jobs > most_jobs)
    return Problem{fmt::format("{} is more than {}", *jobs, most_jobs)};
  return jobs;
}

// The worst outcome counts.
int exit_status(const Sent& sent) {
  if (sent.interrupted_by != 0) return signal_status + sent.interrupted_by;
  if (sent.trouble) return trouble_status;
  switch (sent.worst) {
    case Outcome::accepted:
      return 0;
    case Outcome::refused:
      return refused_status;
    case Outcome::put_off:
    case Outcome::no_answer:
      return no_answer_status;
    case Outcome::not_sent:
      break;
  }
  return trouble_status;
}

void check_signature_options(const CommandLine& line) {
  if (line.has("verify") && !line.has("check")) throw UsageError("--verify needs --check");
  if (line.text("sign") && line.has("check"))
    throw UsageError("--sign and --check cannot be used together");
  if (line.text("keyring") && !line.text("sign") && !line.has("verify"))
    throw UsageError("--keyring needs --sign or --verify");
}

int send(const CommandLine& line, std::size_t max_size, const Diagnostics& diagnostics) {
  std::optional<Signer> signer;
  SendingOptions options;
  options.files = files_in(line);
  options.max_size = max_size;
  options.brokers = peers_in(line, line.all("to"), default_port);
  options.kafka = kafka_properties_in(line, diagnostics);
  for (const PeerEndpoint& peer : options.brokers)
    check_hosts(peer, options.kafka);
  const bool by_tls =
      std::ranges::any_of(options.brokers, [](const PeerEndpoint& peer) { return has_tls(peer); });
  refuse_unused_tls(line, by_tls, false);
  options.author.tls = tls_client_in(line, by_tls);
  guard_tls_key(line, diagnostics);
  options.author.timeout = line.value("timeout", parse_seconds, options.author.timeout);
  options.author.retry = line.value("retry", parse_seconds, options.author.retry);
  options.jobs = line.value("jobs", parse_jobs, options.jobs);
  options.report = line.text("report");
  options.show_progress = level_in(line) >= Level::info && ::isatty(STDERR_FILENO) == 1;
  if (const auto key = line.text("sign"))
    options.signer = &signer.emplace(SignerOptions{*key, keyring_in(line)}, diagnostics);
  std::signal(SIGPIPE, SIG_IGN);  // if the reader of the report has gone, the write fails
  Sending sending(std::move(options), diagnostics);
  const int status = exit_status(sending.run());
  if (sending.is_reading()) std::_Exit(status);
  return status;
}

// "; signature good: signed by …", and the status that it makes.
std::string signature_text(SignatureCheck& signatures, const Document& document,
                           const CheckResult& check, int& status) {
  if (!obstacle_in(check, document.bytes).empty()) return {};
  const SignatureFinding found = signatures.check(document.bytes, check.headline.ivorn);
  if (found.state == SignatureState::unchecked) status = trouble_status;
  if (found.state != SignatureState::good) status = std::max(status, refused_status);
  return fmt::format("; signature {}: {}", name_of(found.state), found.explanation);
}

// Prints a line for each document.
int judge(const CommandLine& line, std::size_t max_size, const Diagnostics& diagnostics) {
  DocumentReader reader(files_in(line), max_size);
  Checker checker;
  std::optional<SignatureCheck> signatures;
  if (line.has("verify")) signatures.emplace(SignatureCheckOptions{keyring_in(line)});
  int status = 0;
  while (const auto document = reader.next()) {
    if (!document->problem.empty()) {
      diagnostics.error("{}: {}", location_of(*document), document->problem);
      status = trouble_status;
      continue;
    }
    const CheckResult& check = checker.check(document->bytes);
    std::string text = judgement_of(*document, check.verdict, complaint_of(check));
    if (signatures) text += signature_text(*signatures, *document, check, status);
    std::puts(printable(text).c_str());
    if (!reader.ready()) std::fflush(stdout);
    if (check.verdict != Verdict::valid) status = std::max(status, refused_status);
  }
  return status;
}

// The file serves both --tls-cert and --tls-key.
int print_fingerprint(const std::string& file, const Clock& clock, const Diagnostics& diagnostics) {
  if (::access(file.c_str(), F_OK) != 0) {
    const std::string name = own_host_name();
    const std::string host = name.empty() ? "localhost" : name;
    make_identity_file(file, host, clock.now());
    diagnostics.info("Made {}: a key, and a certificate for {} that it signs itself", file, host);
  }
  std::puts(fingerprint_in(file).c_str());
  return 0;
}

int run(const CommandLine& line) {
  const Clock clock;
  const Diagnostics diagnostics(program.name, LineStyle::tool, level_in(line), clock);
  if (const auto file = line.text("tls-fingerprint"))
    return print_fingerprint(*file, clock, diagnostics);
  check_signature_options(line);
  const auto max_size = line.value("max-size", parse_bytes, default_max_event_size);
  if (reads_terminal(files_in(line))) diagnostics.info("{}", reading_terminal);
  return line.has("check") ? judge(line, max_size, diagnostics) : send(line, max_size, diagnostics);
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) { return vtp::run_program(vtp::program, argc, argv, vtp::run); }
