#include "lib/voevent/check.h"

#include <fmt/format.h>

#include "lib/base/text.h"
#include "lib/voevent/fast_path.h"
#include "lib/voevent/headline.h"
#include "lib/voevent/names.h"
#include "lib/voevent/schema.h"
#include "lib/voevent/validator.h"
#include "lib/xml/xml_reader.h"

namespace vtp {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::invalid:
      return "invalid";
    case Verdict::malformed:
      return "malformed";
    case Verdict::dtd:
      return "dtd";
    case Verdict::other:
      return "other";
  }
  return "";
}

std::string complaint_of(const CheckResult& check) {
  return check.line > 0 ? fmt::format("line {}: {}", check.line, check.reason) : check.reason;
}

// Passes the content to the validator, until that finds an error, and to the headline reader.
class Checker::Pass final : public XmlHandler {
 public:
  bool check_plain(std::string_view document);
  const CheckResult& check_in_full(std::string_view document);
  [[nodiscard]] const CheckResult& result() const { return result_; }

  bool root(std::string_view local_name, std::string_view xml_namespace) override;
  void start(const Tag& tag) override;
  void text(std::string_view piece, bool cdata) override;
  void end() override;

 private:
  void begin();
  void conclude(const XmlOutcome& outcome);
  void note_complaint();

  XmlReader xml_{known_names};
  Validator validator_;
  HeadlineReader headline_reader_;
  CheckResult result_;
  const Schema* schema_ = nullptr;  // of the root; nullptr if it is unknown
  bool validating_ = false;
  int complaint_line_ = 0;
  int root_line_ = 0;
  std::string root_name_;  // set if there is no schema
};

// The fast path. Returns true if the document is plain and valid; otherwise there is no result yet.
bool Checker::Pass::check_plain(std::string_view document) {
  begin();
  if (!read_plain(document, *this) || !validating_) return false;
  conclude(XmlOutcome{});
  return true;
}

const CheckResult& Checker::Pass::check_in_full(std::string_view document) {
  begin();
  conclude(xml_.read(document, *this));
  return result_;
}

void Checker::Pass::begin() {
  result_.reason.clear();
  result_.is_voevent = false;
  result_.headline.clear();
  schema_ = nullptr;
  validating_ = false;
  complaint_line_ = root_line_ = 0;
}

bool Checker::Pass::root(std::string_view local_name, std::string_view xml_namespace) {
  root_line_ = xml_.line();
  if (local_name == text_of(known_name("VOEvent"))) {
    for (const Schema* schema : {&voevent_2_0(), &voevent_2_1()})
      if (xml_namespace == schema->xml_namespace) schema_ = schema;
    result_.is_voevent = true;
  }
  validating_ = schema_ != nullptr;
  if (validating_)
    validator_.reset(*schema_);
  else
    root_name_ = (xml_namespace.empty() ? "" : fmt::format("{{{}}}", shortened(xml_namespace))) +
                 shortened(local_name);
  if (result_.is_voevent) headline_reader_.reset(result_.headline);
  return result_.is_voevent;
}

void Checker::Pass::start(const Tag& tag) {
  headline_reader_.start(tag);
  if (!validating_) return;
  validator_.start(tag);
  note_complaint();
}

void Checker::Pass::text(std::string_view piece, bool cdata) {
  headline_reader_.text(piece);
  if (!validating_) return;
  validator_.text(piece, cdata);
  note_complaint();
}

void Checker::Pass::end() {
  headline_reader_.end();
  if (!validating_) return;
  validator_.end();
  note_complaint();
}

void Checker::Pass::note_complaint() {
  if (validator_.valid()) return;
  validating_ = false;
  complaint_line_ = xml_.line();
}

void Checker::Pass::conclude(const XmlOutcome& outcome) {
  const auto because = [this](Verdict verdict, int line, std::string_view reason) {
    result_.verdict = verdict;
    result_.line = line;
    result_.reason = reason;
  };
  if (!outcome.well_formed)
    because(Verdict::malformed, outcome.error_line, outcome.error);
  else if (outcome.has_dtd)
    because(Verdict::dtd, outcome.dtd_line, "a document type declaration is not allowed");
  else if (schema_ == nullptr)
    because(Verdict::other, root_line_,
            fmt::format("the root is {}, not a VOEvent 2.0 or 2.1", root_name_));
  else if (!validator_.valid())
    because(Verdict::invalid, complaint_line_, validator_.complaint());
  else
    because(Verdict::valid, 0, "");
}

Checker::Checker() : pass_(std::make_unique<Pass>()) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

const CheckResult& Checker::check(std::string_view document) {
  return pass_->check_plain(document) ? pass_->result() : pass_->check_in_full(document);
}

const CheckResult& Checker::check_in_full(std::string_view document) {
  return pass_->check_in_full(document);
}

Event with_whole_headline(const Event& event, Checker& checker) {
  Event whole = event;
  const Headline& headline = checker.check(whole.bytes).headline;
  if (!headline.ivorn.empty()) whole.headline = headline;
  return whole;
}

}  // namespace vtp
