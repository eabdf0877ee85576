#include "lib/vtp/transport_bounds.h"

#include <algorithm>

namespace vtp {
namespace {

// One pass over the document.
class Pass {
 public:
  explicit Pass(std::string_view document) : left_(document) {}

  std::string_view excess() {
    if (too_many_references()) return "too many unterminated references";
    std::size_t nodes = 0;
    while (skip_to("<", 0)) {
      if (++nodes > most_transport_nodes) return "too many elements";
      if (left_.starts_with("<!--")) {
        skip_to("-->", 4);
      } else if (left_.starts_with("<![CDATA[")) {
        skip_to("]]>", 9);
      } else if (left_.starts_with("<?")) {
        skip_to("?>", 2);
      } else if (left_.starts_with("<!")) {
        return "a document type declaration";
      } else if (!tag()) {
        return depth_ > most_transport_depth ? "elements nested too deeply" : "too many attributes";
      }
    }
    return {};
  }

 private:
  // Skips to the next occurrence of the text, searched from offset `from`, or to the end.
  bool skip_to(std::string_view text, std::size_t from) {
    const std::size_t at = left_.find(text, from);
    left_.remove_prefix(std::min(at, left_.size()));
    return at != std::string_view::npos;
  }

  // From < to >. A > may also be in an attribute's value. Each attribute has a value in quotes.
  bool tag() {
    const bool ends = left_.starts_with("</");
    left_.remove_prefix(1);
    for (std::size_t attributes = 0;;) {
      const std::size_t at = left_.find_first_of("\"'>");
      if (at == std::string_view::npos) {
        left_ = {};
        return true;
      }
      if (left_[at] == '>') {
        const bool empty = at > 0 && left_[at - 1] == '/';
        left_.remove_prefix(at + 1);
        return entered(ends, empty);
      }
      if (++attributes > most_transport_attributes) return false;
      const std::size_t close = left_.find(left_[at], at + 1);
      left_.remove_prefix(close == std::string_view::npos ? left_.size() : close + 1);
    }
  }

  bool entered(bool ends, bool empty) {
    if (ends)
      depth_ -= std::min<std::size_t>(depth_, 1);
    else if (!empty)
      ++depth_;
    return depth_ <= most_transport_depth;
  }

  [[nodiscard]] bool too_many_references() const {
    constexpr std::size_t longest = 12;  // &#x0010FFFF;
    std::size_t open = 0;
    for (std::size_t at = left_.find("&#"); at != std::string_view::npos;
         at = left_.find("&#", at + 2))
      if (left_.substr(at, longest).find(';') == std::string_view::npos &&
          ++open > most_open_references)
        return true;
    return false;
  }

  std::string_view left_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string_view excess_in_transport(std::string_view document) { return Pass(document).excess(); }

}  // namespace vtp
