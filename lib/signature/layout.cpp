#include "lib/signature/layout.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/signature/armour.h"

namespace vtp {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view comment_begin = "<!--";
constexpr std::string_view comment_end = "-->";
constexpr auto none = std::string_view::npos;

constexpr bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Each byte below 128 means its character wherever it is.
bool is_plain_encoding(std::string_view name) {
  constexpr std::string_view latin = "iso-8859-";
  constexpr std::array<std::string_view, 4> plain = {"utf-8", "utf8", "us-ascii", "ascii"};
  return std::ranges::any_of(plain, [&](auto each) { return equal_ignoring_case(name, each); }) ||
         equal_ignoring_case(name.substr(0, latin.size()), latin);
}

// The value of encoding="…" in an XML declaration; nothing if there is none, or if it is in doubt.
std::optional<std::string_view> encoding_in(std::string_view declaration) {
  const std::size_t at = declaration.find("encoding");
  if (at == none) return std::nullopt;
  const std::size_t open = declaration.find_first_of("\"'", at);
  if (open == none) return std::nullopt;
  const std::size_t close = declaration.find(declaration[open], open + 1);
  if (close == none) return std::nullopt;
  return declaration.substr(open + 1, close - open - 1);
}

bool is_plain(std::string_view declaration) {
  if (declaration.find("encoding") == none) return true;  // UTF-8
  const auto encoding = encoding_in(declaration);
  return encoding && is_plain_encoding(*encoding);
}

// Reads markup from the front, in one pass.
class Walk {
 public:
  explicit Walk(std::string_view document) : document_(document) {}

  [[nodiscard]] std::string_view left() const { return document_.substr(at_); }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool is_at(std::string_view text) const { return left().starts_with(text); }

  void skip_white_space() {
    while (at_ < end() && is_white(document_[at_]))
      ++at_;
  }

  // Goes behind `what`, from `from` bytes further on; false, at the end, if it is not there.
  bool go_behind(std::string_view what, std::size_t from = 0) {
    const std::size_t found = document_.find(what, std::min(at_ + from, end()));
    at_ = found == none ? end() : found + what.size();
    return found != none;
  }

  // White space, comments and processing instructions; false if one of them does not end.
  bool skip_misc() {
    while (true) {
      skip_white_space();
      if (is_at(comment_begin)) {
        if (!go_behind(comment_end, comment_begin.size())) return false;
      } else if (is_at("<?")) {
        if (!go_behind("?>", 2)) return false;
      } else {
        return true;
      }
    }
  }

  // An element with all that is in it; false if it is not there, or does not end.
  bool skip_element() {
    std::size_t depth = 0;
    do {
      at_ = std::min(document_.find('<', at_), end());
      if (!skip_markup(depth)) return false;
    } while (depth > 0);
    return true;
  }

 private:
  [[nodiscard]] std::size_t end() const { return document_.size(); }

  bool skip_markup(std::size_t& depth) {
    if (is_at("</")) {
      if (depth == 0) return false;
      --depth;
      return go_behind(">");
    }
    if (is_at(comment_begin)) return depth > 0 && go_behind(comment_end, comment_begin.size());
    if (is_at("<![CDATA[")) return depth > 0 && go_behind("]]>", 9);
    if (is_at("<?")) return depth > 0 && go_behind("?>", 2);
    if (is_at("<!")) return false;
    return skip_start_tag(depth);
  }

  // A > may be in the value of an attribute.
  bool skip_start_tag(std::size_t& depth) {
    if (at_ == end()) return false;
    while (true) {
      at_ = std::min(document_.find_first_of("\"'>", at_), end());
      if (at_ == end()) return false;
      if (document_[at_] == '>') break;
      if (!go_behind(document_.substr(at_, 1), 1)) return false;
    }
    if (document_[at_ - 1] != '/') ++depth;
    ++at_;
    return true;
  }

  std::string_view document_;
  std::size_t at_ = 0;
};

// All comments in what is behind the root, from the first to the last.
template <class Take>
void for_each_comment(std::string_view behind, const Take& take) {
  Walk walk(behind);
  while (true) {
    walk.skip_white_space();
    const std::size_t begin = walk.at();
    if (walk.is_at(comment_begin)) {
      if (!walk.go_behind(comment_end, comment_begin.size())) return;
      const std::size_t inside = begin + comment_begin.size();
      take(behind.substr(inside, walk.at() - comment_end.size() - inside));
    } else if (walk.is_at("<?")) {
      if (!walk.go_behind("?>", 2)) return;
    } else {
      return;
    }
  }
}

void take_signatures(std::string_view comment, ArmourForm form, FoundSignatures& found) {
  const auto reject = [&](std::string flaw) {
    if (found.flaw.empty()) found.flaw = std::move(flaw);
  };
  std::string packets;
  if (comment.size() > longest_armour || !add_packets(comment, form, packets) ||
      !are_signatures(packets))
    return reject("its signature cannot be read");
  for (const std::string_view packet : each_signature(packets)) {
    if (std::string flaw = flaw_of_signature(packet); !flaw.empty()) {
      reject(std::move(flaw));
      continue;
    }
    const bool with_declaration = form == ArmourForm::carets;
    const bool is_known = std::ranges::any_of(found.signatures, [&](const FoundSignature& each) {
      return each.packet == packet && each.with_declaration == with_declaration;
    });
    if (!is_known && found.signatures.size() < most_signatures)
      found.signatures.push_back({std::string(packet), with_declaration});
  }
}

std::string_view without_white_space_at_end(std::string_view text) {
  while (!text.empty() && is_white(text.back()))
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<DocumentParts> parts_of(std::string_view document) {
  DocumentParts parts;
  std::string_view text = document;
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  Walk walk(text);
  if (walk.is_at("<?xml") && text.size() > 5 && is_white(text[5])) {
    if (!walk.go_behind("?>", 5)) return std::nullopt;
    parts.declaration = text.substr(0, walk.at());
    if (!is_plain(parts.declaration)) return std::nullopt;
  }
  if (!walk.skip_misc() || !walk.is_at("<")) return std::nullopt;
  const std::size_t begin = walk.at();
  if (!walk.skip_element()) return std::nullopt;
  parts.root = text.substr(begin, walk.at() - begin);
  parts.behind = walk.left();
  return parts;
}

std::string_view FoundSignatures::signed_bytes(const FoundSignature& signature,
                                               std::string& scratch) const {
  if (!signature.with_declaration) return parts.root;
  scratch.assign(parts.declaration).append(parts.root);
  return scratch;
}

// From the end: a comment is sure to begin at the last <!-- before its end, which a processing
// instruction need not do; then parts_of decides.
bool may_be_signed(std::string_view document) {
  while (true) {
    document = without_white_space_at_end(document);
    if (document.ends_with("?>")) return true;
    if (!document.ends_with(comment_end)) return false;
    const std::size_t begin = document.rfind(comment_begin);
    if (begin == none) return false;
    const std::size_t inside = begin + comment_begin.size();
    const std::size_t end = document.size() - comment_end.size();
    if (inside <= end && form_of_armour(document.substr(inside, end - inside))) return true;
    document = document.substr(0, begin);
  }
}

std::optional<FoundSignatures> find_signatures(std::string_view document) {
  if (!may_be_signed(document)) return std::nullopt;
  const auto parts = parts_of(document);
  if (!parts) return std::nullopt;
  FoundSignatures found;
  found.parts = *parts;
  bool any = false;
  for_each_comment(parts->behind, [&](std::string_view comment) {
    const auto form = form_of_armour(comment);
    if (!form) return;
    any = true;
    take_signatures(comment, *form, found);
  });
  if (!any) return std::nullopt;
  return found;
}

std::string obstacle_to_signing(std::string_view document) {
  if (find_signatures(document)) return "it is already signed";
  if (!parts_of(document)) return "only events in UTF-8, US-ASCII or ISO-8859 can be signed";
  return {};
}

Result<std::string> with_signature(std::string_view document, std::string_view armour) {
  if (std::string obstacle = obstacle_to_signing(document); !obstacle.empty())
    return Problem{std::move(obstacle)};
  const std::string inside = armour_in_comment(armour);
  if (inside.empty()) return Problem{"the signature is not ASCII armour"};
  const std::size_t at = document.size() - parts_of(document)->behind.size();
  std::string out;
  out.reserve(document.size() + inside.size() + 8);
  out.append(document.substr(0, at)).append(comment_begin).append("\n");
  out.append(inside).append(comment_end).append(document.substr(at));
  return out;
}

}  // namespace vtp
