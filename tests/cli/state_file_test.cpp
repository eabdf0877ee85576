#include "lib/cli/state_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "tests/support/as_user.h"
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

TEST_CASE("missing folders are made, for their owner, and for their group to read") {
  const TemporaryFolder folder;
  make_folder_of(folder.file("a/b/events.db"));
  for (const char* made : {"a", "a/b"}) {
    INFO(made);
    REQUIRE(fs::is_directory(folder.file(made)));
    CHECK(fs::status(folder.file(made)).permissions() == fs::perms(0750));
  }
  CHECK_FALSE(fs::exists(folder.file("a/b/events.db")));
  make_folder_of(folder.file("a/b/events.db"));
  make_folder_of("events.db");
  CHECK_THROWS_WITH(make_folder_of("/dev/null/a/b"),
                    "cannot make the folder /dev/null/a: Not a directory");
}

TEST_CASE("root makes a folder for a user where only root may") {
  if (!may_change_user()) return;
  const TemporaryFolder folder;
  const User nobody = parse_user("nobody").value();
  const auto owner_of = [&](const char* name) {
    struct stat status {};
    return ::stat(folder.file(name).c_str(), &status) == 0 ? std::optional(status.st_uid)
                                                           : std::nullopt;
  };
  give_folder_of(folder.file("a/events.db"), nobody);
  give_folder_of(folder.file("b/c/events.db"), nobody);  // there is no b
  fs::create_directory(folder.file("ours"));
  give_folder_of(folder.file("ours/events.db"), nobody);
  fs::create_symlink(folder.file("ours"), folder.file("link"));
  give_folder_of(folder.file("link/d/events.db"), nobody);
  CHECK(owner_of("a") == nobody.uid);
  CHECK(fs::status(folder.file("a")).permissions() == fs::perms(0750));
  CHECK_FALSE(owner_of("b"));
  CHECK(owner_of("ours") == 0U);
  CHECK_FALSE(owner_of("ours/d"));
  give_folder_of(folder.file("a/d/events.db"), nobody);  // it can do so itself
  CHECK_FALSE(owner_of("a/d"));
}

TEST_CASE("a user who cannot write its state is told what to do") {
  if (!may_change_user()) return;
  const TemporaryFolder folder;
  REQUIRE(::chmod(folder.file("").c_str(), 0755) == 0);
  const User nobody = parse_user("nobody").value();
  const auto problem_with = [&](const std::string& file) {
    const std::string said = folder.file("said");
    std::ofstream(said).flush();
    REQUIRE(::chmod(said.c_str(), 0666) == 0);
    CHECK(in_child([&] {
      change_to(nobody);
      try {
        check_state_file(file, nobody);
      } catch (const std::runtime_error& error) {
        std::ofstream(said) << error.what();
      }
      return true;
    }));
    return content(said);
  };
  const std::string ours = folder.file("ours");
  const std::string theirs = folder.file("theirs");
  fs::create_directory(ours);
  give_folder_of(theirs + "/events.db", nobody);
  CHECK(problem_with(ours + "/events.db") ==
        "the user nobody cannot use " + ours + ": Permission denied; type: chown nobody " + ours);
  CHECK(problem_with(theirs + "/events.db").empty());
  std::ofstream(theirs + "/other.db") << "x";
  CHECK(problem_with(theirs + "/events.db").empty());
  const std::string journal = theirs + "/events.db-wal";
  std::ofstream(journal) << "x";
  CHECK(problem_with(theirs + "/events.db") == "the user nobody cannot use " + journal +
                                                   ": Permission denied; type: chown nobody " +
                                                   journal);
}

}  // namespace vtp
