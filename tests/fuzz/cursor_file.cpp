// A listener's file of cursors: it is read whole or refused, and what is written of it is the same.
#include "lib/subscriber/cursor_file.h"

#include <map>
#include <stdexcept>

#include "tests/fuzz/fuzz.h"
#include "tests/support/temporary.h"

using namespace vtp;
using fuzz::require;

namespace {

// What the format says, line by line; nothing if it is another kind of file.
using Cursors = std::map<std::string, Cursor>;

std::optional<Cursors> expected(std::string_view text) {
  Cursors cursors;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.rfind(' ');
    if (space == 0 || space == std::string_view::npos) return std::nullopt;
    const std::string name(line.substr(0, space));
    const std::string cursor(line.substr(space + 1));
    if (const auto digest = Digest::parse(cursor))
      cursors[name] = *digest;
    else if (name.starts_with("kafka:") && !cursor.empty() && cursor.size() <= 18 &&
             cursor.find_first_not_of("0123456789") == std::string::npos)
      cursors[name] = std::int64_t{std::stoll(cursor)};
    else
      return std::nullopt;
  }
  return cursors;
}

std::string file() {
  static const TemporaryFolder folder;
  return folder.file("cursors");
}

void put(std::string_view text) {
  std::ofstream(file(), std::ios::binary).write(text.data(), static_cast<long>(text.size()));
}

void check_cursors(const CursorFile& cursors, const Cursors& wanted) {
  for (const auto& [name, cursor] : wanted)
    if (const auto* digest = std::get_if<Digest>(&cursor))
      require(cursors.find(name) == *digest, "each broker has its cursor", name);
    else
      require(cursors.offsets_below(name).at("") == std::get<std::int64_t>(cursor),
              "each partition has its cursor", name);
}

std::string written(const CursorFile& cursors) {
  const auto problem = cursors.write();
  require(!problem, "a file can be written", problem ? problem->text : "");
  return content(file());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto wanted = expected(text);
  put(text);
  try {
    CursorFile cursors(file());
    require(wanted.has_value(), "another kind of file is refused");
    check_cursors(cursors, *wanted);
    const std::string once = written(cursors);
    const CursorFile again(file());
    check_cursors(again, *wanted);
    fuzz::require_equal(written(again), once, "what is written stays as it is");
    cursors.set("a b", digest_of(text));
    (void)written(cursors);
    require(CursorFile(file()).find("a b") == digest_of(text), "a cursor that is set is kept");
  } catch (const std::runtime_error& error) {
    require(!wanted, "a file of cursors is read", error.what());
    require(std::string_view(error.what()).find('\n') == std::string_view::npos, "one line");
    fuzz::require_equal(content(file()), std::string(text), "what is refused stays as it is");
  }
  return 0;
}
