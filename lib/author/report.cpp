#include "lib/author/report.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/new_file.h"
#include "lib/voevent/event.h"

namespace vtp {
namespace {

constexpr const char* standard_output = "-";

int open_for_report(const std::string& file) {
  if (file == standard_output) return STDOUT_FILENO;
  const int fd = open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0)
    throw std::runtime_error(fmt::format("cannot write to {}: {}", file, std::strerror(errno)));
  return fd;
}

}  // namespace

std::string report_line(const Submission& submission, const std::string& broker, Outcome outcome,
                        const std::string& reason) {
  const Document& document = submission.document;
  nlohmann::ordered_json line = nlohmann::ordered_json::object();
  line["file"] = document.file;
  if (document.number > 0) line["event"] = document.number;
  if (!submission.ivorn.empty()) line["ivorn"] = submission.ivorn;
  if (document.problem.empty()) line["digest"] = digest_of(document.bytes).hex();
  if (!broker.empty()) line["broker"] = broker;
  line["outcome"] = name_of(outcome);
  if (!reason.empty()) line["reason"] = reason;
  return escaped_in_json(
      line.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace));
}

Report::Report(const std::string& file)
    : fd_(open_for_report(file)), lines_(fd_, StreamEnd::newline) {}

Report::~Report() {
  if (fd_ != STDOUT_FILENO) ::close(fd_);
}

}  // namespace vtp
