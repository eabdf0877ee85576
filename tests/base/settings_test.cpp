#include "lib/base/settings.h"

#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text) { std::ofstream(name(), std::ios::binary) << text; }
  [[nodiscard]] std::string name() const { return folder_.file("conf"); }

 private:
  TemporaryFolder folder_;
};

// Each as "LINE name=value", or "LINE name" where there is no value.
std::vector<std::string> settings(const std::string& text) {
  const ConfigFile file(text);
  const auto read = read_settings(file.name());
  REQUIRE(read);
  std::vector<std::string> out;
  for (const Setting& setting : *read) {
    REQUIRE(setting.location.starts_with(file.name() + ":"));
    out.push_back(setting.location.substr(file.name().size() + 1) + " " + setting.name +
                  (setting.value ? "=" + *setting.value : ""));
  }
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a file has one option a line, whose number is known") {
  CHECK(settings("keep=3\nreceive\n\nkeep=4\n") == Lines{"1 keep=3", "2 receive", "4 keep=4"});
  CHECK(settings("keep=3") == Lines{"1 keep=3"});
  CHECK(settings("").empty());
  CHECK(settings("\n\n").empty());
}

TEST_CASE("lines whose first character is # are passed over, and no other #") {
  CHECK(settings("# a\n \t# b=c\nfilter=//Who # d\n") == Lines{"3 filter=//Who # d"});
}

TEST_CASE("white space is trimmed around the name and the value, and stays within") {
  CHECK(settings(" \tkeep \t = \t 3 days \t\n") == Lines{"1 keep=3 days"});
  CHECK(settings("  receive  \n \t \n") == Lines{"1 receive"});
  CHECK(settings("keep=3\r\nquiet\r\n\r\n# c\r\nfile=a\rb\r\n") ==
        Lines{"1 keep=3", "2 quiet", "5 file=a\rb"});
}

TEST_CASE("a value is what stands behind the first =, character for character") {
  CHECK(settings(R"(cmd=mail -s "$VOEVENT_IVORN" me)") ==
        Lines{R"(1 cmd=mail -s "$VOEVENT_IVORN" me)"});
  CHECK(settings("filter=//Param[@name='a=b']\\\nkeep=\n") ==
        Lines{"1 filter=//Param[@name='a=b']\\", "2 keep="});
}

TEST_CASE("a = that a line begins with belongs to the name") {
  CHECK(settings("=\n= x\n=y=z\n") == Lines{"1 =", "2 = x", "3 =y=z"});
}

TEST_CASE("a file that is not there, is too large or no text has a problem") {
  const TemporaryFolder folder;
  CHECK(read_settings(folder.file("none")).problem() == "No such file or directory");
  CHECK(read_settings("/dev/zero").problem() == "has more than 1048576 bytes");
  CHECK(read_settings(ConfigFile(std::string("a=b\0c", 5)).name()).problem() ==
        "is not text: it has NUL bytes");
  CHECK(read_settings(ConfigFile(std::string(max_settings_size, '\n')).name()));
}

}  // namespace vtp
