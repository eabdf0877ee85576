#include "lib/filter.h"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <malloc.h>
#include <mutex>
#include <new>
#include <utility>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "lib/filter_text.h"

namespace vtp {
namespace {

using Chars = const xmlChar*;
using Call = xmlXPathParserContextPtr;  // of one of XPath's functions

void require(const void* made) {
  if (made == nullptr) throw std::bad_alloc();
}

void say_nothing(void*, const char*, ...) {}

// Keeps the first error of this thread, as long as it lives, and libxml2 off stderr.
class Errors {
 public:
  Errors()
      : structured_(xmlStructuredError),
        structured_context_(xmlStructuredErrorContext),
        generic_(xmlGenericError),
        generic_context_(xmlGenericErrorContext) {
    xmlSetStructuredErrorFunc(
        this, [](void* self, xmlErrorPtr error) { static_cast<Errors*>(self)->take(*error); });
    xmlSetGenericErrorFunc(nullptr, say_nothing);
  }
  ~Errors() {
    xmlSetGenericErrorFunc(generic_context_, generic_);
    xmlSetStructuredErrorFunc(structured_context_, structured_);
  }
  Errors(const Errors&) = delete;
  Errors& operator=(const Errors&) = delete;

  [[nodiscard]] bool any() const { return code_ != XML_ERR_OK; }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] std::string text() const {
    std::string text = message_;
    while (!text.empty() && text.back() == '\n')
      text.pop_back();
    return text;
  }
  [[nodiscard]] int place() const { return place_; }

 private:
  // Called from C, which no exception may cross: hence the room of a fixed size.
  void take(const xmlError& error) {
    if (any()) return;
    code_ = error.code;
    place_ = error.int1 + 1;
    if (error.message != nullptr) std::strncpy(message_, error.message, sizeof message_ - 1);
  }

  xmlStructuredErrorFunc structured_;
  void* structured_context_;
  xmlGenericErrorFunc generic_;
  void* generic_context_;
  int code_ = XML_ERR_OK;
  int place_ = 0;
  char message_[160] = {};
};

std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// Counts the bytes that libxml2 allocates on this thread, as long as it lives, less those that it gives
// back: what is held by what it has made meanwhile.
class Held {
 public:
  Held() { current = this; }
  ~Held() { current = nullptr; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  [[nodiscard]] std::size_t bytes() const {
    return bytes_ > 0 ? static_cast<std::size_t>(bytes_) : 0;
  }

  // A block that is there, or is about to be gone.
  static void take(void* block) {
    if (current != nullptr) current->bytes_ += size_of(block);
  }
  static void give_back(void* block) {
    if (current != nullptr) current->bytes_ -= size_of(block);
  }

 private:
  static std::int64_t size_of(void* block) {
    constexpr std::size_t of_allocator = sizeof(std::size_t);
    return block == nullptr ? 0
                            : static_cast<std::int64_t>(malloc_usable_size(block) + of_allocator);
  }

  static thread_local Held* current;
  std::int64_t bytes_ = 0;
};

thread_local Held* Held::current = nullptr;

// Watches what an evaluation allocates, and the time when it does: wherever libxml2 copies an
// event's text or walks through it without counting, it allocates before long. One that goes on too
// far has no operations left, which libxml2 sees at its next.
class Meter {
 public:
  explicit Meter(xmlXPathContextPtr context)
      : context_(context), end_(processor_time() + most_filter_time) {
    current = this;
  }
  ~Meter() { current = nullptr; }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  static void* allocate(std::size_t size) {
    if (current != nullptr) current->count(size);
    void* block = std::malloc(size);
    Held::take(block);
    return block;
  }
  static void* reallocate(void* memory, std::size_t size) {
    // libxml2 lets a text grow a little at a time.
    const std::size_t had = malloc_usable_size(memory);
    if (current != nullptr) current->count(size > had ? size - had : 0);
    Held::give_back(memory);
    void* block = std::realloc(memory, size);
    Held::take(block != nullptr ? block : memory);  // if there is no other, this one stays
    return block;
  }
  static void release(void* memory) {
    Held::give_back(memory);
    std::free(memory);
  }
  static char* duplicate(const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    void* copy = allocate(size);
    return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text, size));
  }

 private:
  void count(std::size_t size) {
    constexpr unsigned between_looks = 8;  // a look at the time costs as much as some allocations
    allocated_ += size;
    const bool look = ++calls_ % between_looks == 0;
    if (allocated_ > most_filter_memory || (look && processor_time() > end_))
      context_->opCount = context_->opLimit;
  }

  static thread_local Meter* current;
  xmlXPathContextPtr context_;
  std::chrono::nanoseconds end_;
  std::size_t allocated_ = 0;
  unsigned calls_ = 0;
};

thread_local Meter* Meter::current = nullptr;

// libxml2 knows one allocator in the process: it stays malloc, and can be given before main() only,
// when no other thread may be using it.
[[maybe_unused]] const int meter_installed =
    xmlMemSetup(Meter::release, Meter::allocate, Meter::reallocate, Meter::duplicate);

// What a function costs, in operations: it reads this many bytes for one.
constexpr std::size_t bytes_a_step = 64;

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

// A function's arguments, the first one first; each as text, in place. False: that was too much.
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

// libxml2 copies what it has so far for every argument.
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

// libxml2 looks for every character of the text among those to replace, one after another.
void translate(Call call, int arguments) {
  if (arguments == 3) {
    if (!make_texts(call, 3)) return;
    const std::size_t characters = argument(call, 3, 1).size() + argument(call, 3, 2).size();
    if (!charge(call, argument(call, 3, 0).size() * characters / bytes_a_step / 4)) return;
  }
  xmlXPathTranslateFunction(call, arguments);
}

// libxml2's search takes the product of the lengths, where both repeat themselves; memmem takes
// their sum.
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

xmlXPathContextPtr new_context(xmlDocPtr document) {
  xmlXPathContextPtr context = xmlXPathNewContext(document);
  require(context);
  const auto replace = [context](const char* name, xmlXPathFunction function) {
    xmlXPathRegisterFunc(context, chars(name), nullptr);  // the old one has to go first
    if (xmlXPathRegisterFunc(context, chars(name), function) != 0) throw std::bad_alloc();
  };
  replace("concat", concat);
  replace("contains", search<Part::found>);
  replace("id", id);
  replace("substring-after", search<Part::after>);
  replace("substring-before", search<Part::before>);
  replace("translate", translate);
  return context;
}

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
  std::size_t memory;  // that the code takes
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
    return Problem{errors.text() + ", at character " + std::to_string(errors.place())};
  }
  xmlXPathFreeCompExpr(judged);
  // For a simple path libxml2 has a second evaluator, which knows no limit. Parentheses keep it
  // away; they would also make an expression of what is none, and so had to wait.
  const std::string shielded = "(" + plain + ")";
  const Held held;
  xmlXPathCompExprPtr code = xmlXPathCompile(chars(shielded.c_str()));
  if (code == nullptr) return Problem{"too deeply nested"};
  auto expression = std::make_unique<Expression>(code, may_pair_nodes(plain), held.bytes());
  return std::shared_ptr<Filter>(new Filter(std::move(plain), std::move(expression)));
}

class EventTree::Document {
 public:
  // memory: bytes that the tree takes.
  Document(xmlDocPtr tree, std::size_t bytes, std::size_t memory)
      : tree_(tree),
        memory_(memory),
        context_(new_context(tree)),
        steps_(std::min<unsigned long>(least_filter_steps + bytes, most_filter_steps)),
        pairing_steps_(std::clamp(400'000'000UL / (bytes + 1), 100UL, most_pairing_steps)) {}
  ~Document() {
    xmlXPathFreeContext(context_);
    xmlFreeDoc(tree_);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // An evaluation that is broken off leaves the context anywhere.
  xmlXPathContextPtr context(bool pairing) {
    context_->doc = tree_;
    context_->node = xmlDocGetRootElement(tree_);
    context_->contextSize = context_->proximityPosition = 1;
    context_->opLimit = pairing ? pairing_steps_ : steps_;
    context_->opCount = 0;
    return context_;
  }

  [[nodiscard]] std::size_t memory() const { return sizeof *this + memory_; }

 private:
  xmlDocPtr tree_;
  std::size_t memory_;
  xmlXPathContextPtr context_;
  unsigned long steps_;
  unsigned long pairing_steps_;
};

namespace {

// What it costs at most to ask every element for its text; for each node as for 64 bytes.
bool affordable(xmlDocPtr tree) {
  constexpr std::size_t most = 256 << 20;
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

// The tree, or nothing.
xmlDocPtr parse(std::string_view bytes) {
  if (bytes.size() > INT_MAX / 2) return nullptr;
  initialize();
  const Errors errors;
  xmlParserCtxtPtr parser = xmlNewParserCtxt();
  require(parser);
  // A declared entity can stand for any amount of text: no DTD is even read.
  parser->sax->internalSubset = [](void* self, Chars, Chars, Chars) {
    xmlStopParser(static_cast<xmlParserCtxtPtr>(self));
  };
  xmlDocPtr tree =
      xmlCtxtReadMemory(parser, bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr,
                        XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
  const bool well_formed =
      parser->wellFormed != 0 && parser->nsWellFormed != 0 && parser->errNo != XML_ERR_USER_STOP;
  xmlFreeParserCtxt(parser);
  if (tree == nullptr || (well_formed && affordable(tree))) return tree;
  xmlFreeDoc(tree);
  return nullptr;
}

}  // namespace

EventTree::EventTree(std::string_view bytes) {
  const Held held;
  xmlDocPtr tree = parse(bytes);
  if (tree == nullptr) return;
  // Numbers the elements, so that to sort a set of them is not to walk from one to the other.
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
  const Meter meter(context);
  const int truth = xmlXPathCompiledEvalToBoolean(expression.code, context);
  if (!errors.any()) return {.positive = truth == 1, .trouble = {}};
  constexpr int too_much = int{XML_XPATH_EXPRESSION_OK} + int{XPATH_OP_LIMIT_EXCEEDED};
  return {.positive = false,
          .trouble = errors.code() == too_much ? "takes too long" : "fails: " + errors.text()};
}

}  // namespace vtp
