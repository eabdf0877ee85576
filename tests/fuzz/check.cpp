// check, held to libxml2's tree parser, and to its schema validator where the published schemas are
// (tests/support/oracle.h); a checker that has seen other documents says what a new one says; and no document
// costs more than its length.
#include "lib/voevent/check.h"

#include <algorithm>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "lib/base/descriptor.h"
#include "lib/stream/stream.h"
#include "lib/voevent/acceptance.h"
#include "lib/voevent/headline.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/oracle.h"
#include "tests/support/shared_corpus.h"

using namespace vtp;
using fuzz::require;
using fuzz::require_equal;

namespace {

// Larger documents are not compared with what libxml2 and the schemas say.
constexpr std::size_t most_to_compare = 16 * 1024;

std::string described(const CheckResult& result) {
  return std::string(name_of(result.verdict)) + ", line " + std::to_string(result.line) + ": " +
         result.reason + " (" + result.headline.ivorn + ", " + result.headline.role + ")";
}

// nullptr where there are no schemas. Nothing is loaded after them, whatever a document asks for.
const test::Oracle* judge() {
  static const std::unique_ptr<const test::Oracle> oracle = [] {
    const auto shared = test::find_shared("schema/VOEvent-v2.1.xsd");
    std::unique_ptr<const test::Oracle> made;
    if (shared) made = std::make_unique<test::Oracle>((*shared / "schema").string());
    xmlSetExternalEntityLoader(
        [](const char*, const char*, xmlParserCtxtPtr) -> xmlParserInputPtr { return nullptr; });
    return made;
  }();
  return oracle.get();
}

std::string trimmed(std::string text) {
  constexpr std::string_view space = " \t\r\n";
  text.erase(0, std::min(text.find_first_not_of(space), text.size()));
  text.erase(text.find_last_not_of(space) + 1);
  return text;
}

// What libxml2's tree parser finds.
struct Tree {
  bool well_formed = false;
  bool has_dtd = false;
  std::string ivorn;  // of the root, without white space around it
};

Tree parsed(const std::string& document) {
  const xmlParserCtxtPtr context = xmlNewParserCtxt();
  const xmlDocPtr tree =
      xmlCtxtReadMemory(context, document.data(), static_cast<int>(document.size()), nullptr,
                        nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  Tree found;
  found.well_formed = tree != nullptr && context->wellFormed != 0 && context->nsWellFormed != 0;
  if (found.well_formed) {
    found.has_dtd = tree->intSubset != nullptr;
    xmlChar* const ivorn =
        xmlGetNoNsProp(xmlDocGetRootElement(tree), reinterpret_cast<const unsigned char*>("ivorn"));
    if (ivorn != nullptr) found.ivorn = trimmed(reinterpret_cast<const char*>(ivorn));
    xmlFree(ivorn);
  }
  xmlFreeDoc(tree);
  xmlFreeParserCtxt(context);
  return found;
}

// check.h: an error in the replacement text of an entity is left unseen, in whatever encoding.
bool is_unseen(const CheckResult& result, std::string document) {
  std::erase(document, '\0');
  return result.verdict == Verdict::dtd && document.find("<!ENTITY") != std::string::npos;
}

// xml_reader.h: what costs more than its length is no longer read to its end.
bool is_cut_short(const CheckResult& result) {
  return result.verdict == Verdict::malformed &&
         (result.reason.starts_with("too many ") || result.reason.starts_with("Excessive depth"));
}

void compare(const std::string& document, const CheckResult& result) {
  if (is_cut_short(result)) return;
  const Tree tree = parsed(document);
  if (!tree.well_formed && is_unseen(result, document)) return;
  require((result.verdict != Verdict::malformed) == tree.well_formed,
          "what is well-formed, libxml2 says", described(result));
  require((result.verdict == Verdict::dtd) == tree.has_dtd, "so it does of a DTD",
          described(result));
  if (tree.well_formed && result.is_voevent && tree.ivorn.size() <= longest_headline_text)
    require_equal(result.headline.ivorn, tree.ivorn, "the ivorn is the root's");
  if (judge() == nullptr) return;
  const test::Judgement judgement = judge()->judge(document);
  require(judgement.verdict == result.verdict, "the verdict is the judge's",
          described(result) + "\n" + std::string(name_of(judgement.verdict)) + ": " +
              judgement.complaint);
}

// What a broker passes on is one document to whoever reads it from a stream, and no other is behind it.
void check_stream(const std::string& document, const CheckResult& result) {
  if (judge_from_upstream(result, document).acceptance != Acceptance::accept) {
    require(judge_from_author(result, document).acceptance != Acceptance::accept,
            "what is taken from an author is taken from a broker", described(result));
    return;
  }
  const Descriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  StreamWriter writer(file.get());
  require(file.get() >= 0 && !writer.write(document), "there is memory for a file");
  ::lseek(file.get(), 0, SEEK_SET);
  StreamReader reader(file.get(), document.size());
  const auto record = reader.next();
  require(record && *record, "an event is in its stream");
  require_equal((**record).bytes, document, "it is all that was written");
  require((**record).alone, "and nothing else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document = fuzz::expanded(fuzz::text_of(data, size));
  static Checker checker;
  fuzz::require_time(fuzz::linear(document.size()), "a check costs no more than the length",
                     [&] { (void)checker.check_in_full(document); });
  const CheckResult result = checker.check_in_full(document);
  require((result.verdict == Verdict::valid) == result.reason.empty(), "only valid has no reason");
  require(result.reason.find('\n') == std::string::npos, "a reason is one line", result.reason);
  Checker fresh;
  require_equal(described(result), described(fresh.check_in_full(document)),
                "a checker forgets what it saw before");
  require(fresh.check_in_full(document).headline == result.headline, "the headline too");
  if (document.size() > most_to_compare) return 0;
  check_stream(document, result);
  compare(document, result);
  return 0;
}
