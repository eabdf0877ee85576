// The fast path: what is beyond doubt for quick_check is so for check, and the content that it hands on is
// what the parser hands on.
#include "lib/voevent/fast_path.h"

#include "lib/voevent/check.h"
#include "lib/voevent/names.h"
#include "lib/xml/xml_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/fast_path_agrees.h"

using namespace vtp;
using fuzz::require;

namespace {

// Everything that is handed on, as text; pieces of text as one.
class Record final : public XmlHandler {
 public:
  [[nodiscard]] const std::string& all() const { return all_; }

 private:
  bool root(std::string_view local_name, std::string_view xml_namespace) override {
    all_ += "root " + std::string(local_name) + " " + std::string(xml_namespace);
    return true;
  }
  void start(const Tag& tag) override {
    in_text_ = false;
    all_ += "\nstart " + std::string(tag.local_name) + " " + kind(tag.name, tag.space) + " " +
            std::to_string(static_cast<int>(tag.type_space));
    std::string scratch;
    for (const TagAttribute& attribute : tag.attributes)
      all_ += "\n  " + std::string(attribute.local_name) + " " +
              kind(attribute.name, attribute.space) + " " +
              (attribute.local_name == not_read ? "" : std::string(attribute.value(scratch)));
  }
  void text(std::string_view piece, bool cdata) override {
    if (piece.empty()) return;
    if (!in_text_ || cdata_ != cdata) all_ += cdata ? "\ncdata " : "\ntext ";
    in_text_ = true;
    cdata_ = cdata;
    all_ += piece;
  }
  void end() override {
    in_text_ = false;
    all_ += "\nend";
  }
  static std::string kind(Name name, Space space) {
    return std::to_string(static_cast<int>(name)) + "/" + std::to_string(static_cast<int>(space));
  }

  // Nobody asks for its value, which is handed on as it is written.
  static constexpr std::string_view not_read = "schemaLocation";

  std::string all_;
  bool in_text_ = false;
  bool cdata_ = false;
};

void check_content(const std::string& document) {
  Record quick;
  if (!read_plain(document, quick)) return;
  static XmlReader reader(known_names);
  Record full;
  const XmlOutcome& outcome = reader.read(document, full);
  require(outcome.well_formed && !outcome.has_dtd, "what is plain is well-formed", outcome.error);
  fuzz::require_equal(quick.all(), full.all(), "the content is what the parser hands on");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document = fuzz::expanded(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(document.size()), "a quick check costs no more than the length",
                     [&] {
                       (void)plain_event(document);
                       Record ignored;
                       (void)read_plain(document, ignored);
                     });
  static Checker checker;
  const CheckResult quick = checker.check(document);
  int differences = 0;
  test::fast_path_agrees(document, quick, checker.check_in_full(document), differences);
  require(differences == 0, "what is beyond doubt is so for check");
  check_content(document);
  return 0;
}
