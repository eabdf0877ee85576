#include "lib/author/submission.h"

#include <fstream>

#include "lib/signature/signature_check.h"
#include "lib/stream/location.h"
#include "tests/signature/key_ring.h"
#include "tests/support/catch.h"
#include "tests/support/named_pipe.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

using namespace std::string_literals;

// A reader of one file, and who takes what it reads.
struct Reading {
  explicit Reading(const std::string& file, std::size_t max_size = 1'000'000)
      : reader(context.get_executor(), {file}, max_size) {}

  std::optional<Submission> next() { return run_to_end(context, reader.next()); }

  asio::io_context context;
  SubmissionReader reader;
};

}  // namespace

TEST_CASE("a lone document is told from a stream's") {
  const TemporaryFolder folder;
  const std::string event = valid_event("ivo://a.b/c#1");
  SECTION("lone") {
    std::ofstream(folder.file("f")) << event;
    Reading reading(folder.file("f"));
    const auto submission = reading.next();
    REQUIRE(submission);
    CHECK(submission->document.bytes == event);
    CHECK(submission->ivorn == "ivo://a.b/c#1");
    CHECK(submission->obstacle.empty());
    CHECK(location_of(submission->document) == folder.file("f"));
    CHECK_FALSE(reading.next());
  }
  SECTION("of a stream") {
    std::ofstream(folder.file("f")) << event + '\0' + event + '\0';
    Reading reading(folder.file("f"));
    CHECK(location_of(reading.next()->document) == folder.file("f") + ": event 1 at byte 0");
    CHECK(reading.next()->document.number == 2);
    CHECK_FALSE(reading.next());
    CHECK_FALSE(reading.reader.has_more());
  }
}

TEST_CASE("what cannot be sent has an obstacle, and a complaint that tells the location") {
  const TemporaryFolder folder;
  const std::string at = folder.file("f") + ": ";
  std::ofstream(folder.file("f")) << "<a>\n<\0<html/>\0"s + event_with("", "") + '\0' +
                                         "<!DOCTYPE x><x/>" + '\0' +
                                         event_with("ivo://a.b/c#1", "<Foo/>") + '\0' +
                                         std::string(500, 'x');
  Reading reading(folder.file("f"), 400);
  const auto first = reading.next();
  CHECK(first->obstacle == "malformed: line 2: StartTag: invalid element name");
  CHECK(first->complaint ==
        at + "malformed: event 1 at byte 0: line 2: StartTag: invalid element name");
  CHECK(reading.next()->complaint.starts_with(at + "other: event 2 at byte 6: "));
  CHECK(reading.next()->complaint == at + "valid: event 3 at byte 14: the VOEvent has no ivorn");
  CHECK(reading.next()->complaint.starts_with(at + "dtd: event 4 at byte "));
  CHECK(reading.next()->complaint.empty());  // its schema is the broker's to judge
  const auto last = reading.next();
  CHECK(last->obstacle == "has more than 400 bytes");
  CHECK(last->complaint.starts_with(at + "event 6 at byte "));
  CHECK_FALSE(reading.next());
}

TEST_CASE("a file that cannot be read is an obstacle") {
  const TemporaryFolder folder;
  Reading reading(folder.file("none"));
  const auto submission = reading.next();
  CHECK(submission->document.number == 0);
  CHECK(submission->complaint == folder.file("none") + ": No such file or directory");
  CHECK_FALSE(reading.next());
}

TEST_CASE("an event is there as soon as its end is, whatever is to follow") {
  NamedPipe pipe;
  Reading reading(pipe.path());
  for (const std::string ivorn : {"ivo://a.b/c#1", "ivo://a.b/c#2"}) {
    pipe.write(valid_event(ivorn) + '\0' + "<begun");
    CHECK(reading.next()->ivorn == ivorn);
    pipe.write("/>\0"s);
    CHECK(reading.next()->document.bytes == "<begun/>");
  }
  CHECK(comes_true(reading.context, [&] { return !reading.reader.has_more(); }));
  CHECK(reading.reader.is_reading());
  pipe.close();
  CHECK_FALSE(reading.next());
  CHECK_FALSE(reading.reader.is_reading());
}

TEST_CASE("told to stop, it hands out nothing more, and knows whether there was more") {
  const TemporaryFolder folder;
  std::string stream;
  for (int i = 0; i < 100; ++i)
    stream += valid_event("ivo://a.b/c#1") + '\0';
  std::ofstream(folder.file("f")) << stream;
  Reading reading(folder.file("f"));
  CHECK(reading.next());
  reading.reader.stop();
  CHECK_FALSE(reading.next());
  CHECK(reading.reader.has_more());
}

TEST_CASE("what can be sent is signed on the way, and what is signed already has an obstacle") {
  TestKeyRing ring;
  const Clock clock;
  const Diagnostics diagnostics("test", LineStyle::tool, Level::error, clock);
  Signer signer({ring.make_key("ivo://a.b/author"), ring.folder()}, diagnostics);
  const TemporaryFolder folder;
  const std::string event = valid_event("ivo://a.b/c#1");
  const std::string is_signed = *signer.sign(event, "ivo://a.b/author");
  std::ofstream(folder.file("f")) << event + '\0' + is_signed + '\0' + "<html/>" + '\0';
  asio::io_context context;
  SubmissionReader reader(context.get_executor(), {folder.file("f")}, 1'000'000, &signer);
  const auto next = [&] { return run_to_end(context, reader.next()).value(); };
  const Submission first = next();
  CHECK(first.obstacle.empty());
  CHECK(first.document.bytes.starts_with(event + "<!--\n=====BEGIN PGP SIGNATURE====="));
  CHECK(SignatureCheck({ring.folder()}).check(first.document.bytes, first.ivorn).state ==
        SignatureState::good);
  const Submission second = next();
  CHECK(second.obstacle == "not signed: it is already signed");
  CHECK(second.complaint.starts_with(folder.file("f") + ": event 2 at byte "));
  CHECK(second.complaint.ends_with(": not signed: it is already signed"));
  CHECK(next().obstacle.starts_with("other: "));
}

}  // namespace vtp
