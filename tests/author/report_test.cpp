#include "lib/author/report.h"

#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

Submission submission_of(const std::string& bytes) {
  Submission submission;
  submission.document.file = "night.stream";
  submission.document.number = 3;
  submission.document.bytes = bytes;
  submission.ivorn = "ivo://a.b/c#1";
  return submission;
}

const std::string digest_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("a line says which event, to which broker, and what became of it") {
  CHECK(report_line(submission_of("abc"), "localhost:8098", Outcome::accepted, "") ==
        R"({"file":"night.stream","event":3,"ivorn":"ivo://a.b/c#1","digest":")" + digest_of_abc +
            R"(","broker":"localhost:8098","outcome":"accepted"})");
  CHECK(report_line(submission_of("abc"), "b:1", Outcome::no_answer, "said \"no\"\n") ==
        R"({"file":"night.stream","event":3,"ivorn":"ivo://a.b/c#1","digest":")" + digest_of_abc +
            R"(","broker":"b:1","outcome":"no answer","reason":"said \"no\"\n"})");
}

TEST_CASE("what is not known is left out, and what is not UTF-8 does no harm") {
  Submission file = submission_of("");
  file.document.file = "\xff";
  file.document.number = 0;
  file.document.problem = "No such file";
  file.ivorn.clear();
  CHECK(report_line(file, "", Outcome::not_sent, file.document.problem) ==
        "{\"file\":\"\xef\xbf\xbd\",\"outcome\":\"not sent\",\"reason\":\"No such file\"}");
}

TEST_CASE("what steers a terminal is escaped in a line") {
  CHECK(report_line(submission_of("abc"), "b:1", Outcome::no_answer, "\u009b2J\u202e")
            .find(R"("reason":"\u009b2J\u202e")") != std::string::npos);
}

TEST_CASE("a report has a line for each, and nothing of an earlier one") {
  const TemporaryFolder folder;
  const std::string path = folder.file("report");
  std::ofstream(path) << "an earlier report\n";
  Report report(path);
  CHECK(content(path).empty());
  CHECK_FALSE(report.write("{}"));
  CHECK(content(path) == "{}\n");
  CHECK_FALSE(report.write("{\"a\":1}"));
  CHECK(content(path) == "{}\n{\"a\":1}\n");
}

TEST_CASE("a report that cannot be written says so before anything is done") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(
      Report(folder.file("none/report")),
      "cannot write to " + folder.file("none/report") + ": No such file or directory");
}

}  // namespace vtp
