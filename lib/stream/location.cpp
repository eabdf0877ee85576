#include "lib/stream/location.h"

#include <fmt/format.h>

namespace vtp {
namespace {

std::string joined(std::string text, std::string_view more) {
  return more.empty() ? text : fmt::format("{}: {}", text, more);
}

}  // namespace

std::string location_of(const Document& document) {
  return joined(document.file, document.location);
}

std::string judgement_of(const Document& document, Verdict verdict, std::string_view complaint) {
  const std::string found = fmt::format("{}: {}", document.file, name_of(verdict));
  return joined(joined(found, document.location), complaint);
}

}  // namespace vtp
