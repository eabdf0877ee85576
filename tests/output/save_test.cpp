#include "lib/output/save.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

Event event(const std::string& ivorn, const std::string& bytes) {
  Event made{bytes, digest_of(bytes), {}};
  made.headline.ivorn = ivorn;
  return made;
}

// Everything in a folder, hidden files too.
std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

std::string why_unusable(const std::string& folder) {
  try {
    const EventFolder made(folder);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

// The largest file that this process may write, as long as it lives; SIGXFSZ is ignored.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t most) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("an event is a file named from its ivorn, with the event's bytes") {
  const TemporaryFolder temporary;
  const std::string folder = temporary.file("events");
  const std::string bytes = "<a>\r\n\0\xff</a>"s;
  const auto path =
      EventFolder(folder).save(event("ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_532871-729", bytes));
  CHECK(*path == folder + "/nasa.gsfc.gcn_SWIFT_BAT_GRB_Pos_532871-729.xml");
  CHECK(content(*path) == bytes);
  CHECK(names_in(folder).size() == 1);
}

TEST_CASE("every ivorn gives a name that every file system takes") {
  CHECK(file_stem("") == "event");
  CHECK(file_stem("IVO://") == "event");
  CHECK(file_stem("ivo://a.b/c#d:e*f?g\\h|i<j>k\"l m") == "a.b_c_d_e_f_g_h_i_j_k_l_m");
  CHECK(file_stem("../../etc/passwd") == "_._.._etc_passwd");
  CHECK(file_stem("..") == "_.");
  CHECK(file_stem("-rf") == "_rf");
  CHECK(file_stem("a\0b\n\x7f\xc3\xa9@"s) == "a_b_____");
  CHECK(file_stem("ivo:/") == "ivo__");
  for (const char* device : {"con", "NUL", "Aux.b", "com1", "LPT9.x.y", "prn"}) {
    INFO(device);
    CHECK(file_stem(std::string("ivo://") + device) == std::string("_") + device);
  }
  for (const char* none : {"cone", "com10", "nul_", "a.con", "comx"}) {
    INFO(none);
    CHECK(file_stem(none) == none);
  }
  CHECK(file_stem(std::string(5000, 'x')) == std::string(120, 'x'));
}

TEST_CASE("the same event again has the file that it has") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file(""));
  const auto first = events.save(event("ivo://a.b/c#1", "one"));
  const auto inode = [&] {
    struct stat status {};
    REQUIRE(stat(first->c_str(), &status) == 0);
    return status.st_ino;
  };
  const auto before = inode();
  CHECK(*events.save(event("ivo://a.b/c#1", "one")) == *first);
  CHECK(inode() == before);
  CHECK(names_in(folder.file("")).size() == 1);
}

TEST_CASE("different events of one name each keep their own file") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file(""));
  // SHA-256 of "two" begins with 3fc4ccfe.
  const std::vector<Event> all = {event("ivo://a.b/c#1", "one"), event("ivo://a.b/c#1", "two"),
                                  event("ivo://a.b/c?1", "three")};
  std::vector<std::string> paths;
  for (const Event& one : all)
    paths.push_back(*events.save(one));
  CHECK(paths[0] == folder.file("") + "a.b_c_1.xml");
  CHECK(paths[1] == folder.file("") + "a.b_c_1@3fc4ccfe.xml");
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(content(paths[i]) == all[i].bytes);
    CHECK(*events.save(all[i]) == paths[i]);
  }
  CHECK(names_in(folder.file("")).size() == 3);
}

TEST_CASE("a long ivorn is cut, and the digest tells the events apart") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file(""));
  const auto path = events.save(event("ivo://" + std::string(5000, 'x'), "two"));
  CHECK(*path == folder.file("") + "" + std::string(120, 'x') + "@3fc4ccfe.xml");
}

TEST_CASE("what stands in the way is never written over or followed") {
  const TemporaryFolder folder;
  const std::string digest = digest_of("two").hex();
  REQUIRE(mkfifo(folder.file("a.xml").c_str(), 0600) == 0);
  fs::create_symlink(folder.file("target"), folder.file("a@3fc4ccfe.xml"));
  const EventFolder events(folder.file(""));
  const auto path = events.save(event("a", "two"));
  CHECK(*path == folder.file("") + "a@" + digest + ".xml");
  CHECK_FALSE(fs::exists(folder.file("target")));

  fs::remove(*path);
  fs::create_directory(*path);
  CHECK(events.save(event("a", "two"))
            .problem()
            .ends_with("something else has the name a@" + digest + ".xml"));
  CHECK(names_in(folder.file("")).size() == 3);
}

TEST_CASE("many who save into one folder at once do not disturb each other") {
  const TemporaryFolder folder;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const EventFolder events(folder.file(""));
      for (int n = 0; n < 20; ++n)
        if (!events.save(event("ivo://a.b/c", "event " + std::to_string(n)))) ++failures;
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(failures == 0);
  std::set<std::string> contents;
  for (const std::string& name : names_in(folder.file("")))
    contents.insert(content(folder.file(name)));
  CHECK(contents.size() == 20);
  CHECK(names_in(folder.file("")).size() == 20);
}

TEST_CASE("a folder that cannot be used is said in one line") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "x";
  CHECK(why_unusable(folder.file("file")) ==
        "cannot save to " + folder.file("file") + ": Not a directory");
  CHECK(why_unusable(folder.file("none/below")) ==
        "cannot save to " + folder.file("none/below") + ": No such file or directory");
  CHECK(why_unusable("") == "cannot save to \"\": No such file or directory");
  if (geteuid() != 0) {
    fs::create_directory(folder.file("closed"));
    fs::permissions(folder.file("closed"), fs::perms::owner_read);
    CHECK(why_unusable(folder.file("closed")) ==
          "cannot save to " + folder.file("closed") + ": Permission denied");
  }
}

TEST_CASE("a failure leaves no file, and says the cause") {
  const TemporaryFolder folder;
  const EventFolder events(folder.file("events"));
  {
    const FileSizeLimit limit(4096);
    CHECK(events.save(event("a", std::string(10'000, 'x'))).problem() ==
          "cannot save to " + folder.file("events") + ": File too large");
  }
  CHECK(names_in(folder.file("events")).empty());
  fs::remove(folder.file("events"));
  CHECK(events.save(event("a", "x")).problem() ==
        "cannot save to " + folder.file("events") + ": No such file or directory");
}

}  // namespace vtp
