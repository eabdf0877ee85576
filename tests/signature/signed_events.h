// Signed events, and a gpg that waits, for the tests of what checks many of them.
#pragma once

#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/signature/layout.h"
#include "lib/voevent/event.h"
#include "tests/signature/key_ring.h"
#include "tests/support/sample_events.h"

namespace vtp {

// The author of the events of sample_events.h.
class SigningAuthor {
 public:
  // With a signature, or with one of other bytes.
  EventPtr signed_event(const std::string& ivorn, bool good = true) {
    const std::string bytes = valid_event(ivorn);
    std::string document =
        *with_signature(bytes, ring.armour_of(std::string(parts_of(bytes)->root), key));
    if (!good) document.replace(document.find("role='test'"), 11, "role='utility'");
    Event made{document, digest_of(document), {}};
    made.headline.ivorn = ivorn;
    return std::make_shared<const Event>(std::move(made));
  }

  TestKeyRing ring;
  std::string key = ring.make_key("ivo://a.b/author");
};

// A program in place of gpg: it waits while the file "closed" is in the key ring's folder, says that it
// has begun in "begun", and then does gpg's work.
class SlowGpg {
 public:
  explicit SlowGpg(const TestKeyRing& ring) : ring_(ring) {
    const std::string here = ring.folder();
    TestKeyRing::write_file(program(),
                            "#!/bin/sh\n"
                            "[ \"$1\" = --version ] || {\n"
                            "  echo x >>" +
                                here +
                                "/begun\n"
                                "  while [ -e " +
                                here +
                                "/closed ]; do sleep 0.02; done\n"
                                "}\n"
                                "exec gpg \"$@\"\n");
    ::chmod(program().c_str(), 0700);
  }
  // What still waits ends.
  ~SlowGpg() { open(); }
  SlowGpg(const SlowGpg&) = delete;
  SlowGpg& operator=(const SlowGpg&) = delete;

  [[nodiscard]] std::string program() const { return ring_.path("slow-gpg"); }
  void close() { TestKeyRing::write_file(ring_.path("closed"), ""); }
  void open() { ::unlink(ring_.path("closed").c_str()); }
  // How often it was run.
  [[nodiscard]] std::size_t runs() const { return content(ring_.path("begun")).size() / 2; }

 private:
  const TestKeyRing& ring_;
};

}  // namespace vtp
