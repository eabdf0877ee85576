#include "lib/subscriber/cursor_file.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

const std::string line_of_a = "a.b:8099 " + digest_of("a").hex() + "\n";
const std::string line_of_b = "unix:/tmp/a b.sock " + digest_of("b").hex() + "\n";

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("where there is no file, no broker has a cursor; then it has one") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  {
    CursorFile file(path);
    CHECK(file.find("a.b:8099") == std::nullopt);
    CHECK_FALSE(std::filesystem::exists(path));
    file.set("a.b:8099", digest_of("0"));
    file.set("a.b:8099", digest_of("a"));
    CHECK_FALSE(file.write());
  }
  CHECK(content(path) == line_of_a);
  CHECK(CursorFile(path).find("a.b:8099") == digest_of("a"));
}

TEST_CASE("the lines of other brokers are kept") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  put(path, line_of_b);
  CursorFile file(path);
  CHECK(file.find("unix:/tmp/a b.sock") == digest_of("b"));
  file.set("a.b:8099", digest_of("a"));
  CHECK_FALSE(file.write());
  CHECK(content(path) == line_of_a + line_of_b);
}

TEST_CASE("a partition has an offset as its cursor, beside brokers") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  CursorFile file(path);
  file.set("kafka://a:1/t[0]", std::int64_t{7});
  file.set("kafka://a:1/t[10]", std::int64_t{0});
  file.set("kafka://b:1/t[0]", std::int64_t{8});
  file.set("a.b:8099", digest_of("a"));
  CHECK_FALSE(file.write());
  CHECK(content(path) ==
        line_of_a + "kafka://a:1/t[0] 7\nkafka://a:1/t[10] 0\nkafka://b:1/t[0] 8\n");
  const CursorFile again(path);
  CHECK(again.offsets_below("kafka://a:1/") ==
        std::map<std::string, std::int64_t>{{"t[0]", 7}, {"t[10]", 0}});
  CHECK(again.offsets_below("a").empty());
  CHECK(again.find("a.b:8099") == digest_of("a"));
  CHECK_FALSE(again.find("kafka://a:1/t[0]"));
}

TEST_CASE("a file of another kind is refused, with the line, and stays as it is") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  for (const std::string& wrong :
       {std::string("Dear diary\n"), line_of_a + "\n",
        line_of_a + "x " + std::string(63, 'a') + "\n", line_of_a + " " + digest_of("a").hex(),
        line_of_a + digest_of("a").hex() + "\n", line_of_a + "a:1/t[0] 7\n",
        line_of_a + "kafka://a:1/t[0] -7\n", line_of_a + "kafka://a:1/t[0] \n",
        line_of_a + "kafka://a:1/t[0] 1234567890123456789\n"}) {
    put(path, wrong);
    CHECK_THROWS_WITH(CursorFile(path), Catch::Matchers::StartsWith(
                                            path + (wrong.starts_with("D") ? ":1: " : ":2: ")));
    CHECK(content(path) == wrong);
  }
  CHECK_THROWS_WITH(CursorFile(folder.file("")),
                    Catch::Matchers::ContainsSubstring("is not a regular file"));
}

TEST_CASE("the file is replaced whole: its permissions, and links to it, stay") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  const std::string link = folder.file("link");
  put(path, line_of_b);
  ::chmod(path.c_str(), 0640);
  std::filesystem::create_symlink(path, link);
  CursorFile file(link);
  file.set("a.b:8099", digest_of("a"));
  CHECK_FALSE(file.write());
  CHECK(std::filesystem::is_symlink(link));
  CHECK(content(path) == line_of_a + line_of_b);
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms{0640});
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.file("")))
    ++files;
  CHECK(files == 2);
}

TEST_CASE("what cannot be written is told with the cause, and nothing is left") {
  const TemporaryFolder folder;
  CursorFile file(folder.file("none/cursors"));
  const auto problem = file.write();
  REQUIRE(problem);
  CHECK(problem->text ==
        "cannot write " + folder.file("none/cursors") + ": No such file or directory");
}

TEST_CASE("a file that is claimed is nobody else's, however often it is written") {
  const TemporaryFolder folder;
  const std::string path = folder.file("cursors");
  const auto problem = [&] {
    const auto found = CursorFile(path).claim();
    return found ? found->text : "";
  };
  {
    CursorFile file(path);
    CHECK_FALSE(file.claim());
    CHECK(problem() == path + " is in use by another listenvo; give each its own");
    for (const char* event : {"a", "b"}) {
      file.set("a.b:8099", digest_of(event));
      const CursorFile copy = file;  // which is written, as it was then
      CHECK_FALSE(copy.write());
      CHECK(problem() != "");
    }
  }
  CHECK(problem() == "");
  CursorFile file(path);
  CHECK_FALSE(file.claim());
  CHECK(file.find("a.b:8099") == digest_of("b"));
}

TEST_CASE("what another program has written until the claim is read by it") {
  const TemporaryFolder folder;
  CursorFile file(folder.file("cursors"));
  CursorFile other(folder.file("cursors"));
  other.set("a.b:8099", digest_of("a"));
  CHECK_FALSE(other.write());
  CHECK_FALSE(file.claim());
  CHECK(file.find("a.b:8099") == digest_of("a"));
}

}  // namespace vtp
