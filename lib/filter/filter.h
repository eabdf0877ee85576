// A subscriber's filter: one XPath 1.0 expression that an event either meets or does not; and an
// event as a tree to ask. libxml2's XPath in a box (vtp.md, Filtering; XPath 1.0).
//
// XPath's own 27 functions only, no variables, and no namespace prefix is defined, so that
// `local-name()` is the way to name an element that has one. Events have no DTD, so that id() finds
// nothing, even by xml:id.
//
// A subscriber writes the expression and an author the event, and either may mean harm. libxml2's
// own limit counts the nodes that an evaluation steps over, but neither the text that it copies nor
// the pairs of nodes that it compares. So there are these bounds, far above any real filter's need:
//   least_filter_steps    of libxml2's operations, and one more for each byte of the event, up to
//   most_filter_steps     that; text that functions read counts as well, 64 bytes as one
//   most_filter_memory    bytes that are allocated, even if they are given back
//   filter_time()         of the processor, looked at whenever libxml2 allocates
//   most_pairing_steps    in place of those, if the expression may come upon a node again and again
//                         (filter_text.h): that goes by the square of the steps
// What libxml2 does between two allocations, or two operations that it counts, must therefore be little.
// Comparisons and unions of sets are replaced (filter_functions.h), and a tree is not made of everything:
//   most_tree_remarks     comments and processing instructions that are in it; those after are left out
//   most_tree_attributes  of an element; with more there is no tree
//   most_text_a_byte      of the event: what the texts of all elements come to at most, each with all that
//                         is below it and 64 bytes for each node
// libxml2 bounds the depth of an expression itself: some 500 parentheses, 5,000 calls.
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

// Of an event of so many bytes: the least, and more by its length, up to the most.
[[nodiscard]] std::chrono::nanoseconds filter_time(std::size_t bytes);

// An expression, compiled. Its text never changes; but evaluating it leaves notes in it, so that it
// is for one thread at a time, as all that is here.
class Filter {
 public:
  // UTF-8. The problem is libxml2's, one line for people; so is it for a text that is too long.
  static Result<std::shared_ptr<Filter>> compile(std::string_view text);

  // The text itself if it compiles, and can match: not if whatever it is asked about, it fails (as far as
  // filter_advice.h and an event tell). For a filter of our own user's; any other is what compile() says.
  static Result<std::string> check(std::string_view text);

  ~Filter();
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  [[nodiscard]] const std::string& text() const { return text_; }

  // Bytes that it takes, to a few hundred; some hundred times its text for the longest.
  [[nodiscard]] std::size_t memory() const;

  // True the first time that it is called: what goes wrong with a filter goes wrong with every
  // event, and is worth one line in the log.
  [[nodiscard]] bool first_trouble() { return !std::exchange(troubled_, true); }

 private:
  friend class EventTree;
  class Expression;
  Filter(std::string text, std::unique_ptr<Expression> expression);

  std::string text_;
  std::unique_ptr<Expression> expression_;
  bool troubled_ = false;
};

// What a filter says of an event. Positive is what XPath's boolean() takes for true: true, a number
// other than 0 and NaN, a text that is not empty, a set of nodes that is not empty.
struct FilterOutcome {
  bool positive = false;
  std::string trouble;  // one line for people; if not empty, the filter exceeded a bound or failed
};

// An event's bytes as a tree, which takes about ten times their memory.
class EventTree {
 public:
  // Any bytes, in any encoding that the document declares; nothing is fetched or expanded. Should be
  // what Checker found well-formed, which bounds the cost of parsing to a multiple of the length.
  // The bytes are not looked at again. Never throws for what they are.
  explicit EventTree(std::string_view bytes);
  ~EventTree();
  EventTree(const EventTree&) = delete;
  EventTree& operator=(const EventTree&) = delete;

  // There is no tree, and so nothing is positive, if the bytes are not well-formed, have a document type
  // declaration or exceed the bounds of a tree.
  [[nodiscard]] bool parsed() const { return document_ != nullptr; }

  // Bytes that it takes until its end, to a few kB, which is what evaluating takes beside it.
  [[nodiscard]] std::size_t memory() const;

  [[nodiscard]] FilterOutcome evaluate(Filter& filter);

 private:
  class Document;
  std::unique_ptr<Document> document_;
};

}  // namespace vtp
