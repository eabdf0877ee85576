// What is promised to be on disk is there before anybody is told so: in which order files are written, synced and
// renamed, and what is said when one of those calls fails.
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <stdlib.h>
#include <string>
#include <vector>

#include "lib/cli/options.h"
#include "lib/cli/state_file.h"
#include "lib/output/event_writer.h"
#include "lib/output/save.h"
#include "lib/subscriber/cursor_file.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/system_calls.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;
using Calls = std::vector<std::string>;

Event event(const std::string& ivorn, const std::string& bytes) {
  Event made{bytes, digest_of(bytes), {}};
  made.headline.ivorn = ivorn;
  return made;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

CursorFile file_with(const std::string& path, const std::string& cursor) {
  CursorFile file(path);
  file.set("a.b:8099", digest_of(cursor));
  return file;
}

}  // namespace

TEST_CASE("a saved event is on disk before it has its name, and the name before it is saved") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file(""));
  const Event one = event("ivo://a.b/c", std::string(100'000, 'x'));
  const RecordedCalls recorded(folder.file(""));
  REQUIRE(events.save(one));
  const Calls first = {"make part", "write part", "sync part", "rename part a.b_c.xml", "sync ."};
  CHECK(recorded.calls() == first);
  // Whoever wrote the file that is there may not have come to syncing the folder.
  REQUIRE(events.save(one));
  Calls twice = first;
  twice.emplace_back("sync .");
  CHECK(recorded.calls() == twice);
}

TEST_CASE("a folder that is made for events is on disk") {
  const TemporaryFolder folder;
  const RecordedCalls recorded(folder.file(""));
  const EventFolder events(folder.file("events"));
  CHECK(recorded.calls() == Calls{"folder events", "sync ."});
}

TEST_CASE("where a file cannot be renamed without replacing another, it is linked, and on disk") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file(""));
  for (const int unknown : {EINVAL, ENOSYS}) {
    RecordedCalls recorded(folder.file(""));
    recorded.fail_at(3, unknown);
    const std::string name = "a" + std::to_string(unknown);
    REQUIRE(events.save(event(name, "x")));
    CHECK(recorded.calls() == Calls{"make part", "write part", "sync part",
                                    "rename part " + name + ".xml", "link part " + name + ".xml",
                                    "sync .", "remove part"});
  }
  CHECK(names_in(folder.file("")).size() == 2);
}

TEST_CASE("an event is not saved when any call for that fails, and none is left half") {
  for (const std::size_t nth : {0u, 1u, 2u, 3u, 4u}) {
    CAPTURE(nth);
    const TemporaryFolder folder;
    const EventFolder events(folder.file(""));
    {
      RecordedCalls recorded(folder.file(""));
      recorded.fail_at(nth, EIO);
      const auto saved = events.save(event("a", "x"));
      REQUIRE_FALSE(saved);
      CHECK(saved.problem() == "cannot save to " +
                                   folder.file("a").substr(0, folder.file("a").size() - 2) + ": " +
                                   std::strerror(EIO));
    }
    CHECK(names_in(folder.file("")) == (nth < 4 ? Calls{} : Calls{"a.xml"}));
    CHECK(events.save(event("a", "x")));
  }
}

TEST_CASE("who waits for an event to be written out hears that it is saved once it is on disk") {
  const TemporaryFolder folder;
  const TestClock clock;
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  asio::io_context context;
  EventWriterOptions options;
  options.print = Print::nothing;
  options.save = folder.file("");
  EventWriter writer(options, clock, diagnostics);
  RecordedCalls recorded(folder.file(""));
  const auto write = [&](const std::string& ivorn) {
    return run_to_end(context,
                      writer.write(std::make_shared<const Event>(event(ivorn, ivorn)), "them"));
  };
  CHECK(write("a").saved);
  CHECK(recorded.calls().back() == "sync .");
  recorded.fail_at(recorded.calls().size() + 4, EIO);
  CHECK_FALSE(write("b").saved);
}

TEST_CASE(
    "a file of cursors is on disk before it takes the old one's cursor, and then its folder") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  const RecordedCalls recorded(folder.file(""));
  REQUIRE_FALSE(file_with(path, "1").write());
  const Calls first = {"make part", "write part", "sync part", "rename part cursors", "sync ."};
  CHECK(recorded.calls() == first);
  REQUIRE_FALSE(file_with(path, "2").write());
  Calls twice = first;
  for (const char* call :
       {"make part", "mode part", "write part", "sync part", "rename part cursors", "sync ."})
    twice.emplace_back(call);
  CHECK(recorded.calls() == twice);
}

TEST_CASE("cursors are not kept when any call for that fails, and the file is as it was") {
  for (const std::size_t nth : {0u, 1u, 2u, 3u, 4u, 5u}) {
    CAPTURE(nth);
    const TemporaryFolder folder;
    const std::string path = folder.file("cursors");
    REQUIRE_FALSE(file_with(path, "1").write());
    {
      RecordedCalls recorded(folder.file(""));
      recorded.fail_at(nth, EIO);
      const auto problem = file_with(path, "2").write();
      REQUIRE(problem);
      CHECK(problem->text == "cannot write " + path + ": " + std::strerror(EIO));
    }
    CHECK(CursorFile(path).find("a.b:8099") == digest_of(nth < 5 ? "1" : "2"));
    CHECK(names_in(folder.file("")) == Calls{"cursors"});
  }
}

TEST_CASE(
    "a folder that is made for what must outlive a program is on disk, and those that it is in") {
  const TemporaryFolder folder;
  const Program program{"test", "", "", {{"db", "FILE", "", ""}}};
  const std::array arguments = {"test"};
  const CommandLine line(program, 1, arguments.data());
  ::setenv("STATE_DIRECTORY", folder.file("a/b").c_str(), 1);
  {
    const RecordedCalls recorded(folder.file(""));
    const std::string file = state_file(line, "db", "events.db");
    CHECK(file == folder.file("a/b/events.db"));
    make_folder_of(file);
    CHECK(recorded.calls() == Calls{"folder a", "sync .", "folder a/b", "sync a"});
  }
  ::unsetenv("STATE_DIRECTORY");
}

}  // namespace vtp
