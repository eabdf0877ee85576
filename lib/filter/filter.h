// A subscriber's filter, one XPath 1.0 expression; and an event as a tree, for which filters are
// evaluated. Wraps libxml2's XPath (vtp.md, Filtering; XPath 1.0).
//
// A filter has XPath's own 27 functions only, no variables and no namespace prefixes; to match an
// element with a prefix, use `local-name()`. Events have no DTD, so id() finds nothing, not even by
// xml:id.
//
// Both the subscriber, who writes the expression, and the author of the event may be malicious.
// libxml2's own limit counts the nodes that an evaluation visits, but neither the text that it
// copies nor the pairs of nodes that it compares. So there are these limits, far above the needs of
// any real filter:
//   least_filter_steps    operations of libxml2, plus one for each byte of the event, up to
//   most_filter_steps     this many; 64 bytes of text that a function reads count as one more
//   most_filter_memory    bytes allocated, even if they are freed again
//   filter_time()         CPU time, checked when libxml2 allocates memory
//   most_pairing_steps    instead of the steps above, if the expression may find a node repeatedly
//                         (filter_text.h): then the cost grows with the square of the steps
// So libxml2 must do little work between two allocations, or between two operations that it counts.
// Comparisons and unions of node sets are therefore replaced (filter_functions.h), and the tree is
// limited:
//   most_tree_remarks     comments and processing instructions in it; further ones are left out
//   most_tree_attributes  of an element; with more there is no tree
//   most_text_a_byte      bytes per byte of the event: limit for the texts of all elements together,
//                         each including its descendants, plus 64 bytes for each node
// libxml2 itself limits the depth of an expression: about 500 parentheses, 5,000 calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/result.h"

namespace vtp {

inline constexpr std::size_t max_filter_size = 4096;  // bytes of text

inline constexpr unsigned long least_filter_steps = 20'000;
inline constexpr unsigned long most_filter_steps = 1'000'000;
inline constexpr unsigned long most_pairing_steps = 5'000;
inline constexpr std::size_t most_filter_memory = 64 << 20;
inline constexpr std::chrono::milliseconds least_filter_time{10};
inline constexpr std::chrono::milliseconds filter_time_a_megabyte{20};
inline constexpr std::chrono::milliseconds most_filter_time{100};

inline constexpr int most_tree_remarks = 256;
inline constexpr int most_tree_attributes = 64;
inline constexpr std::size_t text_of_a_small_tree = 4 << 20;
inline constexpr std::size_t most_text_a_byte = 64;
inline constexpr std::size_t most_text_of_a_tree = 256 << 20;

// The time limit for an event of this size: least_filter_time, plus filter_time_a_megabyte for each
// megabyte, up to most_filter_time.
[[nodiscard]] std::chrono::nanoseconds filter_time(std::size_t bytes);

// A compiled expression. Its text never changes, but evaluation changes its internal state; so it
// is for one thread at a time, as everything in this file.
class Filter {
 public:
  // text: UTF-8. The problem is one line: libxml2's message, or that the text is too long.
  static Result<std::shared_ptr<Filter>> compile(std::string_view text);

  // Returns the text if it compiles, and does not fail for every event (as far as filter_advice.h
  // and an evaluation on a small event can tell). For filters of the program's own user; for
  // filters of peers only compile() counts.
  static Result<std::string> check(std::string_view text);

  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  [[nodiscard]] const std::string& text() const { return text_; }

  // The memory that it uses, accurate to a few hundred bytes; about a hundred times the text's size
  // for the longest.
  [[nodiscard]] std::size_t memory() const;

  // True on the first call only: a filter that fails does so for every event, which is worth one
  // line of diagnostics.
  [[nodiscard]] bool first_trouble() { return !std::exchange(troubled_, true); }

 private:
  friend class EventTree;
  class Expression;
  Filter(std::string text, std::unique_ptr<Expression> expression);

  std::string text_;
  std::unique_ptr<Expression> expression_;
  bool troubled_ = false;
};

// The result of a filter for an event. Positive means that XPath's boolean() of the result is true:
// true, a number other than 0 and NaN, a text that is not empty, a set of nodes that is not empty.
struct FilterOutcome {
  bool positive = false;
  std::string trouble;  // if not empty, the filter exceeded a limit or failed: why, in one line
};

// An event as a tree, which uses about ten times the memory of the event's bytes.
class EventTree {
 public:
  // Takes any bytes, in any encoding that the document declares; nothing is fetched or expanded.
  // Checker should have found the document well-formed before, which bounds the cost of parsing to
  // a multiple of its length. The bytes are not used after the constructor. Never throws because of
  // their content.
  explicit EventTree(std::string_view bytes);
  ~EventTree();
  EventTree(const EventTree&) = delete;
  EventTree& operator=(const EventTree&) = delete;

  // False if the bytes are not well-formed, have a document type declaration or exceed the limits
  // of a tree. Then there is no tree, and no filter is positive.
  [[nodiscard]] bool parsed() const { return document_ != nullptr; }

  // The memory that the tree uses, accurate to a few kB, which evaluations use in addition.
  [[nodiscard]] std::size_t memory() const;

  [[nodiscard]] FilterOutcome evaluate(Filter& filter);

 private:
  class Document;
  std::unique_ptr<Document> document_;
};

}  // namespace vtp
