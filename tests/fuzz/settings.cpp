// A configuration: names and values are trimmed, and the same settings come from what is written of them.
#include "lib/base/settings.h"

#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/descriptor.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;
using fuzz::require_equal;

namespace {

constexpr std::string_view white = " \t\r\n";

// A file without a name on any disk.
Result<std::vector<Setting>> settings_in(std::string_view text) {
  const Descriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  require(file.get() >= 0 && write_all(file.get(), text) == 0, "there is memory for a file");
  return read_settings("/proc/self/fd/" + std::to_string(file.get()));
}

bool is_trimmed(std::string_view text) {
  return text.empty() || (white.find(text.front()) == std::string_view::npos &&
                          white.find(text.back()) == std::string_view::npos);
}

int line_of(const Setting& setting) {
  return std::stoi(setting.location.substr(setting.location.rfind(':') + 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::expanded(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(8 * text.size()), "settings cost no more than their length",
                     [&] { (void)settings_in(text); });
  const auto settings = settings_in(text);
  require(static_cast<bool>(settings) == (text.find('\0') == std::string::npos),
          "what has no NUL is read", settings ? "" : settings.problem());
  if (!settings || text.size() > size) return 0;

  std::string written;
  int last = 0;
  for (const Setting& setting : *settings) {
    require(!setting.name.empty() && is_trimmed(setting.name), "names are there, and trimmed");
    require(setting.name.front() != '#', "comments are passed over");
    require(!setting.value || is_trimmed(*setting.value), "values are trimmed");
    require(line_of(setting) > last, "there is one setting a line");
    last = line_of(setting);
    written += setting.name + (setting.value ? " = " + *setting.value : "") + "\r\n";
  }
  const auto again = settings_in(written);
  require(again && again->size() == settings->size(), "what is written can be read");
  for (std::size_t i = 0; i < settings->size(); ++i) {
    require_equal((*settings)[i].name, (*again)[i].name, "names stay");
    require((*settings)[i].value == (*again)[i].value, "values stay");
  }
  return 0;
}
