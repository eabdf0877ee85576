#include "lib/cli/state_file.h"

#include <cstdlib>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;

// Where events.db is with this value of the option --db, or without the option.
std::string place(const char* value) {
  const Program program{"tool", "", "", {{"db", "FILE", "", ""}}, 1};
  std::vector<const char*> arguments{"tool"};
  if (value) arguments.insert(arguments.end(), {"--db", value});
  const CommandLine line(program, static_cast<int>(arguments.size()), arguments.data());
  return state_file(line, "db", "events.db");
}

// An environment without the variables, which are as they were at the end.
class Variables {
 public:
  Variables() {
    for (const char* name : names)
      values_.emplace_back(std::getenv(name) ? std::optional(std::string(std::getenv(name)))
                                             : std::nullopt);
    for (const char* name : names)
      unsetenv(name);
  }
  ~Variables() {
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (values_[i])
        setenv(names[i], values_[i]->c_str(), 1);
      else
        unsetenv(names[i]);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  static constexpr const char* names[] = {"STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"};
  std::vector<std::optional<std::string>> values_;
};

}  // namespace

TEST_CASE("a file is where the option says, and in a folder under its own name") {
  const TemporaryFolder folder;
  const std::string path = folder.file("");
  CHECK(place("a/b.db") == "a/b.db");
  CHECK(place(folder.file("none").c_str()) == folder.file("none"));
  CHECK(fs::path(place(path.c_str())) == fs::path(path) / "events.db");
  CHECK(place((folder.file("none") + "/").c_str()) == folder.file("none") + "/events.db");
  CHECK(fs::is_empty(path));
  CHECK_THROWS_WITH(place(""), "--db: there is no file name");
}

TEST_CASE("without the option, it is in the first place that the environment has") {
  const Variables variables;
  CHECK_THROWS_AS(place(nullptr), UsageError);
  setenv("HOME", "/h", 1);
  CHECK(place(nullptr) == "/h/.local/state/vtptools/events.db");
  setenv("XDG_STATE_HOME", "/x", 1);
  CHECK(place(nullptr) == "/x/vtptools/events.db");
  setenv("STATE_DIRECTORY", "/s:/t", 1);
  CHECK(place(nullptr) == "/s/events.db");
}

TEST_CASE("missing folders are made, for their owner alone") {
  const TemporaryFolder folder;
  make_folder_of(folder.file("a/b/events.db"));
  for (const char* made : {"a", "a/b"}) {
    INFO(made);
    REQUIRE(fs::is_directory(folder.file(made)));
    CHECK(fs::status(folder.file(made)).permissions() == fs::perms::owner_all);
  }
  CHECK_FALSE(fs::exists(folder.file("a/b/events.db")));
  make_folder_of(folder.file("a/b/events.db"));
  make_folder_of("events.db");
  CHECK_THROWS_WITH(make_folder_of("/dev/null/a/b"),
                    "cannot make the folder /dev/null/a: Not a directory");
}

}  // namespace vtp
