#include "lib/filter/filter_functions.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <libxml/xpathInternals.h>

#include "lib/filter/filter_text.h"

namespace vtp {
namespace {

using Chars = const xmlChar*;
using Call = xmlXPathParserContextPtr;  // a call of an XPath function

bool charge(Call call, std::size_t steps) {
  xmlXPathContext& context = *call->context;
  if (steps >= context.opLimit - context.opCount) {
    context.opCount = context.opLimit;
    xmlXPathErr(call, XPATH_OP_LIMIT_EXCEEDED);
    return false;
  }
  context.opCount += steps;
  return true;
}

// Converts a function's arguments to text in place, beginning with the first. Returns false if a
// limit is exceeded.
bool make_texts(Call call, int arguments) {
  for (int at = call->valueNr - arguments; at < call->valueNr; ++at) {
    xmlXPathObjectPtr& argument = call->valueTab[at];
    if (argument->type != XPATH_STRING) argument = xmlXPathConvertString(argument);
    if (at == call->valueNr - 1) call->value = argument;
    if (argument == nullptr || argument->stringval == nullptr) {
      xmlXPathErr(call, XPATH_MEMORY_ERROR);
      return false;
    }
    if (!charge(call,
                std::strlen(reinterpret_cast<const char*>(argument->stringval)) / bytes_a_step))
      return false;
  }
  return true;
}

std::string_view text_of(xmlXPathObjectPtr object) {
  return reinterpret_cast<const char*>(object->stringval);
}
std::string_view argument(Call call, int arguments, int index) {
  return text_of(call->valueTab[call->valueNr - arguments + index]);
}

// libxml2 copies the text so far again for every argument.
void concat(Call call, int arguments) {
  if (arguments >= 2) {
    if (!make_texts(call, arguments)) return;
    std::size_t bytes = 0;
    for (int i = 0; i < arguments; ++i)
      bytes += argument(call, arguments, i).size();
    if (!charge(call, bytes * static_cast<std::size_t>(arguments) / bytes_a_step)) return;
  }
  xmlXPathConcatFunction(call, arguments);
}

// libxml2 searches the list of characters to replace for every character of the text.
void translate(Call call, int arguments) {
  if (arguments == 3) {
    if (!make_texts(call, 3)) return;
    const std::size_t characters = argument(call, 3, 1).size() + argument(call, 3, 2).size();
    if (!charge(call, argument(call, 3, 0).size() * characters / bytes_a_step / 4)) return;
  }
  xmlXPathTranslateFunction(call, arguments);
}

// libxml2's search may take time proportional to the product of the lengths, if both texts are
// repetitive; memmem's time is proportional to their sum.
enum class Part { found, before, after };

template <Part part>
void search(Call call, int arguments) {
  if (arguments != 2) return xmlXPathErr(call, XPATH_INVALID_ARITY);
  if (!make_texts(call, 2)) return;
  xmlXPathObjectPtr needle = valuePop(call);
  xmlXPathObjectPtr text = valuePop(call);
  const std::string_view in = text_of(text);
  const std::string_view what = text_of(needle);
  const auto* at = static_cast<const char*>(memmem(in.data(), in.size(), what.data(), what.size()));
  if constexpr (part == Part::found) {
    valuePush(call, xmlXPathNewBoolean(at != nullptr));
  } else {
    std::string_view rest = "";
    if (at != nullptr) {
      const auto before = static_cast<std::size_t>(at - in.data());
      rest = part == Part::before ? in.substr(0, before) : in.substr(before + what.size());
    }
    valuePush(call, xmlXPathWrapString(xmlStrndup(reinterpret_cast<Chars>(rest.data()),
                                                  static_cast<int>(rest.size()))));
  }
  xmlXPathFreeObject(needle);
  xmlXPathFreeObject(text);
}

void id(Call call, int arguments) {
  if (arguments != 1) return xmlXPathErr(call, XPATH_INVALID_ARITY);
  xmlXPathFreeObject(valuePop(call));
  valuePush(call, xmlXPathNewNodeSet(nullptr));
}

Chars chars(const char* text) { return reinterpret_cast<Chars>(text); }

// Takes the two arguments of an operator off the stack, and frees them at the end.
struct Operands {
  explicit Operands(Call call) : right(valuePop(call)), left(valuePop(call)) {}
  ~Operands() {
    xmlXPathFreeObject(left);
    xmlXPathFreeObject(right);
  }
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  xmlXPathObjectPtr right;
  xmlXPathObjectPtr left;
};

bool is_set(xmlXPathObjectPtr object) { return object->type == XPATH_NODESET; }
bool both_are_sets(Call call) {
  return is_set(call->valueTab[call->valueNr - 1]) && is_set(call->valueTab[call->valueNr - 2]);
}

std::size_t size_of(xmlXPathObjectPtr set) {
  return set->nodesetval == nullptr ? 0 : static_cast<std::size_t>(set->nodesetval->nodeNr);
}
xmlNodePtr node_in(xmlXPathObjectPtr set, std::size_t i) { return set->nodesetval->nodeTab[i]; }

// The text of a node, as given by XPath's string().
class NodeText {
 public:
  // Empty if a limit is exceeded or memory runs out.
  NodeText(Call call, xmlNodePtr node) : text_(xmlXPathCastNodeToString(node)) {
    if (text_ == nullptr)
      xmlXPathErr(call, XPATH_MEMORY_ERROR);
    else if (!charge(call, 1 + view().size() / bytes_a_step))
      reset();
  }
  ~NodeText() { reset(); }
  NodeText(NodeText&& other) noexcept : text_(std::exchange(other.text_, nullptr)) {}
  NodeText& operator=(NodeText&& other) noexcept {
    std::swap(text_, other.text_);
    return *this;
  }

  explicit operator bool() const { return text_ != nullptr; }
  [[nodiscard]] std::string_view view() const { return reinterpret_cast<const char*>(text_); }

 private:
  void reset() { xmlFree(std::exchange(text_, nullptr)); }
  xmlChar* text_;
};

// True if some node of one set has the same text as some node of the other (XPath 1.0, section
// 3.4). libxml2 compares every pair of nodes.
bool have_equal(Call call, xmlXPathObjectPtr one, xmlXPathObjectPtr other) {
  if (size_of(one) > size_of(other)) std::swap(one, other);
  std::vector<NodeText> texts;
  for (std::size_t i = 0; i < size_of(one); ++i)
    if (!texts.emplace_back(call, node_in(one, i))) return false;
  std::size_t bytes = 0;
  for (const NodeText& text : texts)
    bytes += text.view().size();
  if (!charge(call, bytes * static_cast<std::size_t>(std::bit_width(texts.size())) / bytes_a_step))
    return false;
  std::ranges::sort(texts, {}, &NodeText::view);
  for (std::size_t i = 0; i < size_of(other) && !texts.empty(); ++i) {
    const NodeText text(call, node_in(other, i));
    if (!text) return false;
    if (std::ranges::binary_search(texts, text.view(), {}, &NodeText::view)) return true;
  }
  return false;
}

// True unless the texts of all nodes of both sets are equal.
bool have_unequal(Call call, xmlXPathObjectPtr one, xmlXPathObjectPtr other) {
  if (size_of(one) == 0 || size_of(other) == 0) return false;
  const NodeText first(call, node_in(one, 0));
  for (xmlXPathObjectPtr set : {other, one})
    for (std::size_t i = 0; first && i < size_of(set); ++i) {
      const NodeText text(call, node_in(set, i));
      if (!text) return false;
      if (text.view() != first.view()) return true;
    }
  return false;
}

void push(Call call, bool truth) { valuePush(call, xmlXPathNewBoolean(truth ? 1 : 0)); }

void equal(Call call) {
  if (!both_are_sets(call)) return push(call, xmlXPathEqualValues(call) != 0);
  const Operands operands(call);
  push(call, have_equal(call, operands.left, operands.right));
}

void unequal(Call call) {
  if (!both_are_sets(call)) return push(call, xmlXPathNotEqualValues(call) != 0);
  const Operands operands(call);
  push(call, have_unequal(call, operands.left, operands.right));
}

struct Extremes {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  bool any = false;
};

// The smallest and the largest number among the nodes whose text is a number.
Extremes extremes_of(Call call, xmlXPathObjectPtr set) {
  Extremes extremes;
  for (std::size_t i = 0; i < size_of(set); ++i) {
    const NodeText text(call, node_in(set, i));
    if (!text) return {};
    const double number = xmlXPathCastStringToNumber(chars(text.view().data()));
    if (std::isnan(number)) continue;
    extremes.least = std::min(extremes.least, number);
    extremes.most = std::max(extremes.most, number);
    extremes.any = true;
  }
  return extremes;
}

// Only the pair most likely to satisfy the comparison is tested: the extremes of both sets.
template <typename Order>
void compare(Call call) {
  const Order order;
  const bool less = order(0, 1);
  if (!both_are_sets(call))
    return push(call, xmlXPathCompareValues(call, less ? 1 : 0, order(0, 0) ? 0 : 1) != 0);
  const Operands operands(call);
  const Extremes left = extremes_of(call, operands.left);
  const Extremes right = extremes_of(call, operands.right);
  const bool found = left.any && right.any &&
                     (less ? order(left.least, right.most) : order(left.most, right.least));
  push(call, found);
}

bool has_namespace(xmlXPathObjectPtr set) {
  for (std::size_t i = 0; i < size_of(set); ++i)
    if (node_in(set, i)->type == XML_NAMESPACE_DECL) return true;
  return false;
}

// libxml2 searches one set for each node of the other.
void unite(Call call) {
  if (!both_are_sets(call)) return xmlXPathErr(call, XPATH_INVALID_TYPE);
  const Operands operands(call);
  if (!charge(call, size_of(operands.left) + size_of(operands.right))) return;
  std::vector<xmlNodePtr> known;
  for (std::size_t i = 0; i < size_of(operands.left); ++i)
    known.push_back(node_in(operands.left, i));
  std::ranges::sort(known);
  xmlNodeSetPtr all = xmlXPathNodeSetCreate(nullptr);
  if (size_of(operands.left) > 0) all = xmlXPathNodeSetMerge(all, operands.left->nodesetval);
  if (has_namespace(operands.right)) {
    all = xmlXPathNodeSetMerge(all, operands.right->nodesetval);  // removes duplicates
  } else {
    for (std::size_t i = 0; i < size_of(operands.right); ++i)
      if (!std::ranges::binary_search(known, node_in(operands.right, i)))
        xmlXPathNodeSetAddUnique(all, node_in(operands.right, i));
  }
  valuePush(call, xmlXPathWrapNodeSet(all));
}

// An exception must not pass through libxml2, which is C.
template <void (*apply)(Call)>
void operation(Call call, int arguments) {
  if (arguments != 2) return xmlXPathErr(call, XPATH_INVALID_ARITY);
  try {
    apply(call);
  } catch (const std::bad_alloc&) {
    xmlXPathErr(call, XPATH_MEMORY_ERROR);
  }
}

}  // namespace

xmlXPathContextPtr new_filter_context(xmlDocPtr document) {
  xmlXPathContextPtr context = xmlXPathNewContext(document);
  if (context == nullptr) throw std::bad_alloc();
  const auto replace = [context](const char* name, xmlXPathFunction function) {
    xmlXPathRegisterFunc(context, chars(name), nullptr);  // removes the old one first
    if (xmlXPathRegisterFunc(context, chars(name), function) != 0) throw std::bad_alloc();
  };
  replace("concat", concat);
  replace("contains", search<Part::found>);
  replace("id", id);
  replace("substring-after", search<Part::after>);
  replace("substring-before", search<Part::before>);
  replace("translate", translate);
  const auto add = [context](std::string_view name, xmlXPathFunction function) {
    const std::string full = std::string(operator_prefix) + std::string(name);
    if (xmlXPathRegisterFunc(context, chars(full.c_str()), function) != 0) throw std::bad_alloc();
  };
  add("equal", operation<equal>);
  add("unequal", operation<unequal>);
  add("less", operation<compare<std::less<>>>);
  add("less-equal", operation<compare<std::less_equal<>>>);
  add("greater", operation<compare<std::greater<>>>);
  add("greater-equal", operation<compare<std::greater_equal<>>>);
  add("union", operation<unite>);
  return context;
}

}  // namespace vtp
