#include "lib/filter/filter.h"

#include <algorithm>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <malloc.h>
#include <mutex>
#include <new>
#include <utility>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "lib/filter/filter_advice.h"
#include "lib/filter/filter_functions.h"
#include "lib/filter/filter_meter.h"
#include "lib/filter/filter_text.h"

// The factor by which a build with sanitizers is slower.
#ifndef VTP_SANITIZER_FACTOR
#define VTP_SANITIZER_FACTOR 1
#endif

namespace vtp {

std::chrono::nanoseconds filter_time(std::size_t bytes) {
  constexpr std::size_t megabyte = 1'000'000;
  const std::chrono::nanoseconds by_size =
      std::chrono::nanoseconds(filter_time_a_megabyte) * bytes / megabyte;
  return std::min<std::chrono::nanoseconds>(least_filter_time + by_size, most_filter_time);
}

namespace {

using Chars = const xmlChar*;
using Call = xmlXPathParserContextPtr;  // a call of an XPath function

void require(const void* made) {
  if (made == nullptr) throw std::bad_alloc();
}

// While it exists, stores the first error of libxml2 on this thread, and keeps libxml2 from
// printing on stderr. Some errors have only a text and no code, such as a function whose prefix is
// not defined.
class Errors {
 public:
  Errors()
      : structured_(xmlStructuredError),
        structured_context_(xmlStructuredErrorContext),
        generic_(xmlGenericError),
        generic_context_(xmlGenericErrorContext) {
    xmlSetStructuredErrorFunc(
        this, [](void* self, auto* error) { static_cast<Errors*>(self)->take(*error); });
    xmlSetGenericErrorFunc(this, take_text);
  }
  ~Errors() {
    xmlSetGenericErrorFunc(generic_context_, generic_);
    xmlSetStructuredErrorFunc(structured_context_, structured_);
  }
  Errors(const Errors&) = delete;
  Errors& operator=(const Errors&) = delete;

  [[nodiscard]] bool any() const { return code_ != XML_ERR_OK || message_[0] != '\0'; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] std::string text() const {
    std::string text = message_;
    while (!text.empty() && text.back() == '\n')
      text.pop_back();
    return text;
  }
  [[nodiscard]] int position() const { return position_; }

 private:
  // Called from C, so it must not throw: hence the buffer of fixed size.
  void take(const xmlError& error) {
    if (code_ != XML_ERR_OK) return;
    code_ = error.code;
    position_ = error.int1 + 1;
    if (error.message != nullptr) keep(error.message);
  }
  // libxml2 gives "FUNCTION: TEXT".
  static void take_text(void* self, const char* format, ...) {
    Errors& errors = *static_cast<Errors*>(self);
    if (errors.any()) return;
    char text[sizeof message_] = {};
    std::va_list values;
    va_start(values, format);
    std::vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const char* const colon = std::strstr(text, ": ");
    errors.keep(colon != nullptr ? colon + 2 : text);
  }

  void keep(std::string_view text) { message_[text.copy(message_, sizeof message_ - 1)] = '\0'; }

  xmlStructuredErrorFunc structured_;
  void* structured_context_;
  xmlGenericErrorFunc generic_;
  void* generic_context_;
  int code_ = XML_ERR_OK;
  int position_ = 0;
  char message_[160] = {};
};

Chars chars(const char* text) { return reinterpret_cast<Chars>(text); }

void initialize() {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
}

}  // namespace

class Filter::Expression {
 public:
  Expression(xmlXPathCompExprPtr compiled, bool is_pairing, std::size_t bytes)
      : code(compiled), pairing(is_pairing), memory(bytes) {}
  ~Expression() { xmlXPathFreeCompExpr(code); }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  xmlXPathCompExprPtr code;
  bool pairing;
  std::size_t memory;  // used by the code
};

Filter::Filter(std::string text, std::unique_ptr<Expression> expression)
    : text_(std::move(text)), expression_(std::move(expression)) {}
Filter::~Filter() = default;

std::size_t Filter::memory() const {
  return sizeof *this + sizeof *expression_ + text_.capacity() + expression_->memory;
}

Result<std::shared_ptr<Filter>> Filter::compile(std::string_view text) {
  if (text.size() > max_filter_size)
    return Problem{"longer than " + std::to_string(max_filter_size) + " bytes"};
  std::string plain(text);
  if (plain.find('\0') != plain.npos || xmlCheckUTF8(chars(plain.c_str())) == 0)
    return Problem{"not UTF-8 text"};
  initialize();
  const Errors errors;
  xmlXPathCompExprPtr judged = xmlXPathCompile(chars(plain.c_str()));
  if (judged == nullptr) {
    if (errors.text().empty()) return Problem{"not an XPath expression"};
    return Problem{errors.text() + ", at character " + std::to_string(errors.position())};
  }
  xmlXPathFreeCompExpr(judged);
  // For a simple path libxml2 has a second evaluator, which has no limits. Parentheses prevent its
  // use. They are added only now, because they could also turn an invalid expression into a valid
  // one.
  const auto cheap = with_operator_functions(plain);
  if (!cheap) return Problem{"not an XPath expression"};
  const std::string shielded = "(" + *cheap + ")";
  const Held held;
  xmlXPathCompExprPtr code = xmlXPathCompile(chars(shielded.c_str()));
  if (code == nullptr) return Problem{"too deeply nested"};
  auto expression = std::make_unique<Expression>(code, may_pair_nodes(plain), held.bytes());
  return std::shared_ptr<Filter>(new Filter(std::move(plain), std::move(expression)));
}

Result<std::string> Filter::check(std::string_view text) {
  const auto filter = compile(text);
  if (!filter) return Problem{filter.problem()};
  if (std::string fault = fault_in_filter(text); !fault.empty()) return Problem{std::move(fault)};
  // An argument of the wrong type for a function fails for any event.
  const FilterOutcome outcome = EventTree("<VOEvent/>").evaluate(**filter);
  if (!outcome.trouble.empty()) return Problem{outcome.trouble};
  return std::string(text);
}

namespace {

// The context has a table of about forty functions, so it is made once per thread, not for each
// event.
xmlXPathContextPtr context_of_thread() {
  thread_local const std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)> context(
      new_filter_context(nullptr), &xmlXPathFreeContext);
  return context.get();
}

}  // namespace

class EventTree::Document {
 public:
  // memory: bytes that the tree uses.
  Document(xmlDocPtr tree, std::size_t bytes, std::size_t memory)
      : tree_(tree),
        memory_(memory),
        steps_(std::min<unsigned long>(least_filter_steps + bytes, most_filter_steps)),
        time_(VTP_SANITIZER_FACTOR * filter_time(bytes)) {}
  ~Document() { xmlFreeDoc(tree_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // Resets the context, which an aborted evaluation leaves in any state.
  xmlXPathContextPtr context(bool pairing) {
    xmlXPathContextPtr context = context_of_thread();
    context->doc = tree_;
    context->node = xmlDocGetRootElement(tree_);
    context->contextSize = context->proximityPosition = 1;
    context->opLimit = pairing ? most_pairing_steps : steps_;
    context->opCount = 0;
    context->depth = 0;
    return context;
  }

  [[nodiscard]] std::chrono::nanoseconds time() const { return time_; }
  [[nodiscard]] std::size_t memory() const { return sizeof *this + memory_; }

 private:
  xmlDocPtr tree_;
  std::size_t memory_;
  unsigned long steps_;
  std::chrono::nanoseconds time_;
};

namespace {

// Whether the texts of all elements stay within the limit; each node counts as 64 bytes.
bool affordable(xmlDocPtr tree, std::size_t bytes) {
  const std::size_t most =
      std::min<std::size_t>(text_of_a_small_tree + bytes * most_text_a_byte, most_text_of_a_tree);
  std::size_t cost = 0;
  std::size_t depth = 1;
  for (const xmlNode* node = tree->children; node != nullptr && cost <= most;) {
    const bool has_text = node->type == XML_TEXT_NODE && node->content != nullptr;
    cost += depth * (64 + (has_text ? std::strlen(reinterpret_cast<char*>(node->content)) : 0));
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      node = node->children;
      ++depth;
      continue;
    }
    while (node->next == nullptr && depth > 1) {
      node = node->parent;
      --depth;
    }
    node = node->next;
  }
  return cost <= most;
}

// Makes a tree of what libxml2 reads, without the parts that would make evaluations too expensive.
class TreeBuilder {
 public:
  TreeBuilder() : parser_(xmlNewParserCtxt()) {
    require(parser_);
    parser_->_private = this;
    // Stops at a DTD: an entity that it declares can stand for any amount of text.
    parser_->sax->internalSubset = [](void* self, Chars, Chars, Chars) { stop(self); };
    parser_->sax->startElementNs = start;
    parser_->sax->comment = [](void* self, Chars text) {
      if (of(self).takes_remark()) xmlSAX2Comment(self, text);
    };
    parser_->sax->processingInstruction = [](void* self, Chars target, Chars data) {
      if (of(self).takes_remark()) xmlSAX2ProcessingInstruction(self, target, data);
    };
  }
  ~TreeBuilder() { xmlFreeParserCtxt(parser_); }
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;

  // The caller owns the tree; null if there is none.
  xmlDocPtr tree_of(std::string_view bytes) {
    xmlDocPtr tree =
        xmlCtxtReadMemory(parser_, bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr,
                          XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    const bool well_formed = parser_->wellFormed != 0 && parser_->nsWellFormed != 0 &&
                             parser_->errNo != XML_ERR_USER_STOP;
    if (tree == nullptr || (well_formed && affordable(tree, bytes.size()))) return tree;
    xmlFreeDoc(tree);
    return nullptr;
  }

 private:
  static TreeBuilder& of(void* self) {
    return *static_cast<TreeBuilder*>(static_cast<xmlParserCtxtPtr>(self)->_private);
  }
  static void stop(void* self) { xmlStopParser(static_cast<xmlParserCtxtPtr>(self)); }
  static void start(void* self, Chars name, Chars prefix, Chars uri, int namespaces,
                    Chars* declared, int attributes, int defaulted, Chars* values) {
    if (attributes > most_tree_attributes) return stop(self);
    xmlSAX2StartElementNs(self, name, prefix, uri, namespaces, declared, attributes, defaulted,
                          values);
  }

  // Limited because, to sort a set of nodes, libxml2 walks from a text or remark (a comment or
  // processing instruction) back to the next element.
  bool takes_remark() { return ++remarks_ <= most_tree_remarks; }

  xmlParserCtxtPtr parser_;
  int remarks_ = 0;
};

// The tree, or null.
xmlDocPtr parse(std::string_view bytes) {
  if (bytes.size() > INT_MAX / 2) return nullptr;
  initialize();
  const Errors errors;
  return TreeBuilder().tree_of(bytes);
}

}  // namespace

EventTree::EventTree(std::string_view bytes) {
  const Held held;
  xmlDocPtr tree = parse(bytes);
  if (tree == nullptr) return;
  // Numbers the elements, so that sorting a set of them need not walk the tree.
  xmlXPathOrderDocElems(tree);
  document_ = std::make_unique<Document>(tree, bytes.size(), held.bytes());
}

EventTree::~EventTree() = default;

std::size_t EventTree::memory() const {
  return sizeof *this + (document_ ? document_->memory() : 0);
}

FilterOutcome EventTree::evaluate(Filter& filter) {
  if (!document_) return {};
  const Filter::Expression& expression = *filter.expression_;
  const Errors errors;
  xmlXPathContextPtr context = document_->context(expression.pairing);
  const Meter meter(context, most_filter_memory, document_->time());
  const int truth = xmlXPathCompiledEvalToBoolean(expression.code, context);
  if (!errors.any()) return {.positive = truth == 1, .trouble = {}};
  constexpr int too_much = int{XML_XPATH_EXPRESSION_OK} + int{XPATH_OP_LIMIT_EXCEEDED};
  return {.positive = false,
          .trouble = errors.code() == too_much ? "takes too long" : "fails: " + errors.text()};
}

}  // namespace vtp
