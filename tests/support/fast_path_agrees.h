// Compares the fast path with the full check: what the fast path accepts, the check must accept,
// too, and the content that it hands on must be what the parser hands on.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "lib/voevent/acceptance.h"
#include "lib/voevent/check.h"
#include "lib/voevent/fast_path.h"
#include "lib/voevent/names.h"
#include "lib/xml/xml_reader.h"

namespace vtp::test {

// Returns 1 if the document is plain, else 0. Counts and prints each difference between the full
// check and `quick`, which may have skipped the parser, or plain_event.
inline int fast_path_agrees(const std::string& document, const CheckResult& quick,
                            const CheckResult& check, int& differences) {
  if (quick.verdict != check.verdict || quick.line != check.line || quick.reason != check.reason ||
      quick.is_voevent != check.is_voevent || quick.headline != check.headline) {
    ++differences;
    std::fprintf(stderr, "%s, but in full %s: %s\n", std::string(name_of(quick.verdict)).c_str(),
                 std::string(name_of(check.verdict)).c_str(), check.reason.c_str());
  }
  const auto plain = plain_event(document);
  if (!plain) return 0;
  const vtp::Judgement judgement = judge_from_upstream(check, document);
  if (judgement.acceptance != Acceptance::accept || plain->ivorn != check.headline.ivorn ||
      plain->role != check.headline.role) {
    ++differences;
    std::fprintf(stderr, "plain with ivorn %s and role %s, but %s, %s: %s\n",
                 std::string(plain->ivorn).c_str(), std::string(plain->role).c_str(),
                 check.headline.ivorn.c_str(), check.headline.role.c_str(),
                 judgement.reason.c_str());
  }
  return 1;
}

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

// Empty if the content that the fast path hands on, if any, is the parser's; else what differs.
inline std::string content_difference(const std::string& document) {
  Record quick;
  if (!read_plain(document, quick)) return {};
  static XmlReader reader(known_names);
  Record full;
  const XmlOutcome& outcome = reader.read(document, full);
  if (!outcome.well_formed || outcome.has_dtd) return "not plain: " + outcome.error;
  if (quick.all() == full.all()) return {};
  return "from the fast path: " + quick.all() + "\nfrom the parser: " + full.all();
}

}  // namespace vtp::test
