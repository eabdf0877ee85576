#include "lib/signature/key_ring_files.h"

#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/signature/layout.h"
#include "lib/signature/signature_check.h"
#include "tests/signature/key_ring.h"
#include "tests/support/as_user.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

constexpr unsigned int another_user = 65534;

const std::string ivorn = "ivo://a.b/c#d";

// A key ring with the key of an author, and an event that is signed with it.
struct Signed {
  Signed() {
    const std::string event = valid_event(ivorn);
    const std::string key = ring.make_key("ivo://a.b/author");
    event_bytes = *with_signature(event, ring.armour_of(std::string(parts_of(event)->root), key));
    file = ring.path("pubring.kbx");
  }

  TestKeyRing ring;
  std::string event_bytes;
  std::string file;
};

void move(const std::string& from, const std::string& to) {
  REQUIRE(std::rename(from.c_str(), to.c_str()) == 0);
}

}  // namespace

TEST_CASE("a key box is counted by its blobs, and is damaged if one is not whole") {
  const Signed made;
  const std::string bytes = content(made.file);
  const auto count = [](const std::string& of) {
    return count_entries(of, KeyRingFormat::key_box);
  };
  CHECK(count(bytes) == 1);
  CHECK(count("") == 0);
  CHECK(count(bytes.substr(0, 32)) == 0);  // the header alone
  CHECK(count(bytes + bytes.substr(32)) == 2);
  for (std::size_t size = 1; size < bytes.size(); ++size)
    CHECK(count(bytes.substr(0, size)).has_value() == (size == 32));
  CHECK_FALSE(count(bytes.substr(32)));
  CHECK_FALSE(count(bytes + std::string("\0\0\0\0\2", 5)));
  CHECK_FALSE(count(bytes + "\xFF\xFF\xFF\xFF\2"));
}

TEST_CASE("an older key ring is counted by its packets, and is damaged if one is not whole") {
  Signed made;
  const std::string bytes = made.ring.gpg("--export");
  const auto count = [](const std::string& of) {
    return count_entries(of, KeyRingFormat::packets);
  };
  CHECK(count(bytes) == 3);  // key, user id, signature
  CHECK(count("") == 0);
  CHECK_FALSE(count(bytes.substr(0, bytes.size() - 1)));
  CHECK_FALSE(count(bytes + "x"));
  const std::string body(300, 'x');
  CHECK(count("\xC6\x01x") == 1);
  CHECK(count("\xC6\xC0\x6C" + body) == 1);
  CHECK(count(std::string("\xC6\xFF\0\0\x01\x2C", 6) + body) == 1);
  CHECK(count(std::string("\x99\x01\x2C", 3) + body) == 1);
  CHECK_FALSE(count("\x9B" + body));      // of no length
  CHECK_FALSE(count("\xC6\xE1" + body));  // in parts
  CHECK_FALSE(count("\xC6"));
  CHECK_FALSE(count("\xC6\xFF\xFF\xFF\xFF\xFF"));
}

TEST_CASE("while the key ring is away or damaged, signatures are unchecked; later they are good") {
  const Signed made;
  const std::string aside = made.file + ".aside";
  const std::string bytes = content(made.file);
  SignatureCheck check({made.ring.folder()});
  const auto unchecked = [&](const std::string& reason) {
    const SignatureFinding found = check.check(made.event_bytes, ivorn);
    CHECK(found.state == SignatureState::unchecked);
    CHECK(found.explanation == "the key ring cannot be read: " + reason);
  };
  const auto good = [&] {
    CHECK(check.check(made.event_bytes, ivorn).state == SignatureState::good);
  };
  const std::string no_keys = made.ring.folder() + ": there are no keys in it any more";
  SECTION("the file is moved away, before the first check") {
    move(made.file, aside);
    unchecked(no_keys);
    unchecked(no_keys);
    CHECK(::access(made.file.c_str(), F_OK) != 0);  // gpg would make an empty one
    move(aside, made.file);
    good();
  }
  SECTION("the file is empty, or has no keys") {
    good();
    TestKeyRing::write_file(made.file, "");
    unchecked(no_keys);
    TestKeyRing::write_file(made.file, bytes.substr(0, 32));
    unchecked(no_keys);
    TestKeyRing::write_file(made.file, bytes);
    good();
  }
  SECTION("the file is truncated") {
    good();
    TestKeyRing::write_file(made.file, bytes.substr(0, bytes.size() / 2));
    unchecked(made.file + ": it is damaged");
    TestKeyRing::write_file(made.file, bytes);
    good();
  }
  SECTION("the folder is moved away") {
    move(made.ring.folder(), made.ring.folder() + ".aside");
    unchecked(no_keys);
    move(made.ring.folder() + ".aside", made.ring.folder());
    good();
  }
}

TEST_CASE("a key ring that changes during a check is looked at again before a key is unknown") {
  const Signed made;
  const std::string aside = made.file + ".aside";
  const std::string program = made.ring.path("program");
  const auto become = [&](const std::string& script) {
    TestKeyRing::write_file(program, "#!/bin/sh\n" + script + "\n");
    ::chmod(program.c_str(), 0700);
  };
  become("exec gpg \"$@\"");
  SignatureCheck check({made.ring.folder(), {}, program});
  // While gpg runs, the file is away: it is back when gpg has ended.
  become("[ \"$1\" = --version ] && exec gpg --version\nmv " + made.file + " " + aside +
         "\ngpg \"$@\"\nmv " + aside + " " + made.file);
  const SignatureFinding found = check.check(made.event_bytes, ivorn);
  CHECK(found.state == SignatureState::unchecked);
  CHECK(found.explanation == "the key ring has changed meanwhile");
  become("exec gpg \"$@\"");
  CHECK(check.check(made.event_bytes, ivorn).state == SignatureState::good);
}

TEST_CASE("a key ring that another user may not read is an obstacle that names the file") {
  if (!may_change_user()) return;
  const Signed made;
  for (const std::string& folder :
       {made.ring.folder().substr(0, made.ring.folder().rfind('/')), made.ring.folder()})
    REQUIRE(::chmod(folder.c_str(), 0755) == 0);
  const std::string trust = made.ring.path("trustdb.gpg");
  REQUIRE(::chmod(made.file.c_str(), 0644) == 0);
  REQUIRE(::chmod(trust.c_str(), 0644) == 0);
  const auto found_by_other = [&](const char* path, unsigned int rights) {
    return in_child([&] {
      if (::seteuid(another_user) != 0) return false;
      KeyRingFiles files(made.ring.folder());
      if (!files.obstacle().empty()) return false;
      if (::seteuid(0) != 0 || ::chmod(path, rights) != 0 || ::seteuid(another_user) != 0)
        return false;
      const std::string obstacle = files.obstacle();
      if (::seteuid(0) != 0 || ::chmod(path, 0755) != 0 || ::seteuid(another_user) != 0)
        return false;
      return obstacle.starts_with(path) && obstacle.ends_with(": Permission denied") &&
             files.obstacle().empty();
    });
  };
  CHECK(found_by_other(made.file.c_str(), 0600));
  CHECK(found_by_other(trust.c_str(), 0600));
  CHECK(found_by_other(made.ring.folder().c_str(), 0700));
}

TEST_CASE("keys of a damaged key ring cannot be counted: the error names the option and the file") {
  const Signed made;
  CHECK(count_keys({made.ring.folder()}) == 1);
  TestKeyRing::write_file(made.file, content(made.file).substr(0, 100));
  CHECK_THROWS_WITH(count_keys({made.ring.folder()}),
                    "--keyring: " + made.file + ": it is damaged; all files of " +
                        made.ring.folder() + " must be whole, and readable by this account");
}

}  // namespace vtp
