#include "lib/check.h"

#include <array>
#include <climits>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "lib/headline.h"
#include "lib/schema.h"
#include "lib/tag.h"
#include "lib/validator.h"

namespace vtp {
namespace {

using Chars = const xmlChar*;

std::string_view view(Chars text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}
std::string_view view(Chars first, std::ptrdiff_t length) {
  return {reinterpret_cast<const char*>(first), static_cast<std::size_t>(length)};
}

// What libxml2's dictionary has for every text that means something to us. A dictionary holds a
// text once, so that from here on comparing texts is comparing pointers.
class KnownTexts {
 public:
  explicit KnownTexts(xmlDictPtr dict) {
    for (std::size_t i = 1; i < known_names.size(); ++i) {
      const Chars text = intern(dict, known_names[i]);
      std::size_t slot = slot_of(text);
      while (slots_[slot].text != nullptr)
        slot = (slot + 1) % slots_.size();
      slots_[slot] = {text, static_cast<Name>(i)};
    }
    instance = intern(dict, "http://www.w3.org/2001/XMLSchema-instance");
    xml_schema = intern(dict, "http://www.w3.org/2001/XMLSchema");
    v1_1 = intern(dict, "http://www.ivoa.net/xml/VOEvent/v1.1");
    v2_0 = intern(dict, voevent_2_0().xml_namespace);
    v2_1 = intern(dict, voevent_2_1().xml_namespace);
    type = intern(dict, "type");
  }

  [[nodiscard]] Name name_of(Chars text) const {
    std::size_t slot = slot_of(text);
    while (slots_[slot].text != nullptr) {
      if (slots_[slot].text == text) return slots_[slot].name;
      slot = (slot + 1) % slots_.size();
    }
    return Name::unknown;
  }

  Chars instance;
  Chars xml_schema;
  Chars v1_1;
  Chars v2_0;
  Chars v2_1;
  Chars type;

 private:
  struct Slot {
    Chars text = nullptr;
    Name name = Name::unknown;
  };

  static Chars intern(xmlDictPtr dict, std::string_view text) {
    const Chars found =
        xmlDictLookup(dict, reinterpret_cast<Chars>(text.data()), static_cast<int>(text.size()));
    if (found == nullptr) throw std::bad_alloc();
    return found;
  }
  static std::size_t slot_of(Chars text) {
    return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(text) * 0x9e3779b97f4a7c15u >>
                                    55);
  }

  std::array<Slot, 512> slots_{};  // 9 bits, see slot_of
};

// libxml2's parser and what is made anew with it: its dictionary never forgets a name.
struct Parser {
  explicit Parser(const xmlSAXHandler& handler, void* user_data)
      : context(xmlNewParserCtxt()), known((require(context), context->dict)) {
    *context->sax = handler;
    context->userData = user_data;
    initial_names = xmlDictSize(context->dict);
  }
  ~Parser() { xmlFreeParserCtxt(context); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  static void require(const void* made) {
    if (made == nullptr) throw std::bad_alloc();
  }

  xmlParserCtxtPtr context;
  KnownTexts known;
  int initial_names = 0;
};

// Errors in an encoding know no parser, so that libxml2 would say them on stderr; this makes it say
// nothing on this thread as long as it lives.
class Silence {
 public:
  Silence() : handler_(xmlStructuredError), context_(xmlStructuredErrorContext) {
    xmlSetStructuredErrorFunc(nullptr, [](void*, xmlErrorPtr) {});
  }
  ~Silence() { xmlSetStructuredErrorFunc(context_, handler_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  xmlStructuredErrorFunc handler_;
  void* context_;
};

// A stand-in for every entity that a DTD declares: its content is never kept, so that there is
// nothing to expand, and it goes by one character wherever it is used.
xmlEntity stand_in(xmlEntityType type) {
  static xmlChar content[] = "?";
  static xmlChar nothing[] = "";
  xmlEntity entity{};
  entity.type = XML_ENTITY_DECL;
  entity.name = content;
  entity.etype = type;
  const bool parameter = type == XML_INTERNAL_PARAMETER_ENTITY;
  entity.content = entity.orig = parameter ? nothing : content;
  entity.length = parameter ? 0 : 1;
  return entity;
}

constexpr std::size_t enough_names = 2000;
constexpr std::size_t enough_bytes = 1 << 20;
constexpr int enough_defaults = 64;

}  // namespace

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

// The parser's callbacks, in the order in which a document has them.
class Checker::Pass {
 public:
  Pass();
  const CheckResult& check(std::string_view document);

 private:
  static xmlSAXHandler callbacks();
  template <typename Action>
  static void guarded(void* self, Action action);

  void begin();
  void parse(std::string_view document);
  void conclude();
  void error(const xmlError& error);
  void doctype();
  void declare_entity(Chars name, int type);
  xmlEntityPtr find_entity(Chars name, bool parameter);
  void end_of_dtd();
  void start(Chars local_name, Chars uri, int attributes, Chars* fields);
  void start_root(Chars local_name, Chars uri);
  Space space_of(Chars uri) const;
  Space space_of_type(std::string_view value) const;
  void text(std::string_view piece, bool cdata);
  void end();
  void note_complaint();
  int line() const;

  std::unique_ptr<Parser> parser_;
  xmlDoc no_document_{};  // keeps libxml2 from making one of its own to hold entities
  Validator validator_;
  HeadlineReader headline_reader_;
  std::vector<TagAttribute> attributes_;
  CheckResult result_;
  const Schema* schema_ = nullptr;  // the one to validate with; nullptr for none
  Chars root_uri_ = nullptr;
  bool root_seen_ = false;
  bool validating_ = false;
  std::exception_ptr failure_;

  // The first complaint of each kind.
  std::string malformed_;
  int malformed_line_ = 0;
  int invalid_line_ = 0;
  int dtd_line_ = 0;
  int root_line_ = 0;
  std::string root_name_;

  bool has_dtd_ = false;
  int defaults_ = 0;
  std::map<std::string, xmlEntityType, std::less<>> entities_;  // sorted: an author chooses them
  std::map<std::string, xmlEntityType, std::less<>> parameter_entities_;
  xmlEntity internal_ = stand_in(XML_INTERNAL_PREDEFINED_ENTITY);
  xmlEntity external_ = stand_in(XML_EXTERNAL_GENERAL_PARSED_ENTITY);
  xmlEntity unparsed_ = stand_in(XML_EXTERNAL_GENERAL_UNPARSED_ENTITY);
  xmlEntity parameter_ = stand_in(XML_INTERNAL_PARAMETER_ENTITY);
};

Checker::Pass::Pass() {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  static xmlChar version[] = "1.0";
  no_document_.type = XML_DOCUMENT_NODE;
  no_document_.doc = &no_document_;
  no_document_.version = version;
}

const CheckResult& Checker::Pass::check(std::string_view document) {
  begin();
  if (document.size() > INT_MAX / 2) {
    malformed_ = "the document is too large";
    result_.verdict = Verdict::malformed;
    result_.reason = malformed_;
    return result_;
  }
  parse(document);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  conclude();
  if (document.size() > enough_bytes) parser_.reset();
  return result_;
}

void Checker::Pass::begin() {
  result_.line = 0;
  result_.reason.clear();
  result_.is_voevent = false;
  result_.headline.clear();
  schema_ = nullptr;
  root_uri_ = nullptr;
  root_seen_ = validating_ = has_dtd_ = false;
  malformed_.clear();
  malformed_line_ = invalid_line_ = dtd_line_ = root_line_ = defaults_ = 0;
  entities_.clear();
  parameter_entities_.clear();
}

void Checker::Pass::parse(std::string_view document) {
  if (parser_ && xmlDictSize(parser_->context->dict) - parser_->initial_names > int{enough_names})
    parser_.reset();
  if (!parser_) parser_ = std::make_unique<Parser>(callbacks(), this);
  xmlParserCtxtPtr context = parser_->context;
  const Silence silence;
  xmlCtxtReset(context);
  context->nsNr = 0;
  xmlCtxtUseOptions(context, XML_PARSE_NONET);
  // Until the root is read, an error is no reason to stop: its author is told which event it was.
  context->recovery = 1;
  xmlParserInputBufferPtr buffer = xmlParserInputBufferCreateMem(
      document.data(), static_cast<int>(document.size()), XML_CHAR_ENCODING_NONE);
  Parser::require(buffer);
  xmlParserInputPtr input = xmlNewIOInputStream(context, buffer, XML_CHAR_ENCODING_NONE);
  Parser::require(input);
  inputPush(context, input);
  context->myDoc = &no_document_;
  xmlParseDocument(context);
  context->myDoc = nullptr;
  if (context->errNo == XML_ERR_NO_MEMORY) throw std::bad_alloc();
}

void Checker::Pass::conclude() {
  const xmlParserCtxtPtr context = parser_->context;
  if (context->wellFormed == 0 || context->nsWellFormed == 0) {
    result_.verdict = Verdict::malformed;
    result_.line = malformed_line_;
    result_.reason = malformed_.empty() ? "not well-formed" : malformed_;
  } else if (has_dtd_) {
    result_.verdict = Verdict::dtd;
    result_.line = dtd_line_;
    result_.reason = "a document type declaration is not allowed";
  } else if (schema_ == nullptr) {
    result_.verdict = Verdict::other;
    result_.line = root_line_;
    result_.reason = fmt::format("the root is {}, not a VOEvent 2.0 or 2.1", root_name_);
  } else if (!validator_.valid()) {
    result_.verdict = Verdict::invalid;
    result_.line = invalid_line_;
    result_.reason = validator_.complaint();
  } else {
    result_.verdict = Verdict::valid;
  }
}

// A failure in a callback must not unwind through libxml2, which is C.
template <typename Action>
void Checker::Pass::guarded(void* self, Action action) {
  Pass& pass = *static_cast<Pass*>(self);
  if (pass.failure_) return;
  try {
    action(pass);
  } catch (...) {
    pass.failure_ = std::current_exception();
    xmlStopParser(pass.parser_->context);
  }
}

xmlSAXHandler Checker::Pass::callbacks() {
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.serror = [](void* self, xmlErrorPtr error) {
    guarded(self, [&](Pass& pass) { pass.error(*error); });
  };
  sax.internalSubset = [](void* self, Chars, Chars, Chars) {
    guarded(self, [](Pass& pass) { pass.doctype(); });
  };
  sax.entityDecl = [](void* self, Chars name, int type, Chars, Chars, xmlChar*) {
    guarded(self, [&](Pass& pass) { pass.declare_entity(name, type); });
  };
  sax.unparsedEntityDecl = [](void* self, Chars name, Chars, Chars, Chars) {
    guarded(self,
            [&](Pass& pass) { pass.declare_entity(name, XML_EXTERNAL_GENERAL_UNPARSED_ENTITY); });
  };
  sax.attributeDecl = [](void* self, Chars, Chars, int, int, Chars default_value,
                         xmlEnumerationPtr values) {
    xmlFreeEnumeration(values);
    guarded(self, [&](Pass& pass) { pass.defaults_ += default_value != nullptr; });
  };
  sax.externalSubset = [](void* self, Chars, Chars, Chars) {
    guarded(self, [](Pass& pass) { pass.end_of_dtd(); });
  };
  sax.getEntity = [](void* self, Chars name) -> xmlEntityPtr {
    xmlEntityPtr found = nullptr;
    guarded(self, [&](Pass& pass) { found = pass.find_entity(name, false); });
    return found;
  };
  sax.getParameterEntity = [](void* self, Chars name) -> xmlEntityPtr {
    xmlEntityPtr found = nullptr;
    guarded(self, [&](Pass& pass) { found = pass.find_entity(name, true); });
    return found;
  };
  sax.startElementNs = [](void* self, Chars local_name, Chars, Chars uri, int, Chars*,
                          int attributes, int, Chars* fields) {
    guarded(self, [&](Pass& pass) { pass.start(local_name, uri, attributes, fields); });
  };
  sax.endElementNs = [](void* self, Chars, Chars, Chars) {
    guarded(self, [](Pass& pass) { pass.end(); });
  };
  sax.characters = [](void* self, Chars text, int length) {
    guarded(self, [&](Pass& pass) { pass.text(view(text, length), false); });
  };
  sax.ignorableWhitespace = sax.characters;  // spares libxml2 the question whether it is
  sax.cdataBlock = [](void* self, Chars text, int length) {
    guarded(self, [&](Pass& pass) { pass.text(view(text, length), true); });
  };
  return sax;
}

// What makes a document malformed, but neither a warning nor an error of validity.
void Checker::Pass::error(const xmlError& error) {
  const bool counts = error.level == XML_ERR_FATAL ||
                      (error.level == XML_ERR_ERROR && error.domain == XML_FROM_NAMESPACE);
  if (!counts || !malformed_.empty()) return;
  malformed_ = shortened(trimmed(view(reinterpret_cast<Chars>(error.message))));
  malformed_line_ = error.line;
}

void Checker::Pass::doctype() {
  has_dtd_ = true;
  dtd_line_ = line();
}

// The first declaration of a name is the one that counts (XML 1.0, section 4.2).
void Checker::Pass::declare_entity(Chars name, int type) {
  const bool parameter =
      type == XML_INTERNAL_PARAMETER_ENTITY || type == XML_EXTERNAL_PARAMETER_ENTITY;
  (parameter ? parameter_entities_ : entities_)
      .emplace(view(name), static_cast<xmlEntityType>(type));
}

xmlEntityPtr Checker::Pass::find_entity(Chars name, bool parameter) {
  const auto& declared = parameter ? parameter_entities_ : entities_;
  const auto found = declared.find(view(name));
  if (found == declared.end()) return parameter ? nullptr : xmlGetPredefinedEntity(name);
  switch (found->second) {
    case XML_EXTERNAL_GENERAL_PARSED_ENTITY:
      return &external_;
    case XML_EXTERNAL_GENERAL_UNPARSED_ENTITY:
      return &unparsed_;
    case XML_INTERNAL_PARAMETER_ENTITY:
    case XML_EXTERNAL_PARAMETER_ENTITY:
      return &parameter_;
    default:
      return &internal_;
  }
}

// Default attributes are added to every element of a name: many times many of them is too much.
void Checker::Pass::end_of_dtd() {
  if (defaults_ <= enough_defaults) return;
  xmlParserCtxtPtr context = parser_->context;
  xmlHashFree(context->attsDefault, [](void* defaults, Chars) { xmlFree(defaults); });
  context->attsDefault = nullptr;
}

// fields: for each attribute local name, prefix, URI, the value's first byte and one past its last.
void Checker::Pass::start(Chars local_name, Chars uri, int attributes, Chars* fields) {
  if (!root_seen_) start_root(local_name, uri);
  if (!result_.is_voevent) return;
  const KnownTexts& known = parser_->known;
  Tag tag{.name = known.name_of(local_name),
          .space = space_of(uri),
          .local_name = view(local_name),
          .attributes = {}};
  attributes_.clear();
  for (int i = 0; i < attributes; ++i, fields += 5) {
    TagAttribute& attribute = attributes_.emplace_back();
    attribute.name = known.name_of(fields[0]);
    attribute.space = space_of(fields[2]);
    attribute.local_name = view(fields[0]);
    attribute.raw_value = view(fields[3], fields[4] - fields[3]);
    if (attribute.space == Space::instance && fields[0] == known.type)
      tag.type_space = space_of_type(attribute.raw_value);
  }
  tag.attributes = attributes_;
  headline_reader_.start(tag);
  if (!validating_) return;
  validator_.start(tag);
  note_complaint();
}

void Checker::Pass::start_root(Chars local_name, Chars uri) {
  const KnownTexts& known = parser_->known;
  xmlParserCtxtPtr context = parser_->context;
  root_seen_ = true;
  root_line_ = line();
  root_uri_ = uri;
  if (known.name_of(local_name) == known_name("VOEvent")) {
    if (uri == known.v2_0) schema_ = &voevent_2_0();
    if (uri == known.v2_1) schema_ = &voevent_2_1();
    result_.is_voevent = schema_ != nullptr || (uri != nullptr && uri == known.v1_1);
  }
  if (schema_ == nullptr) {
    root_name_ = uri == nullptr ? std::string() : fmt::format("{{{}}}", shortened(view(uri)));
    root_name_ += shortened(view(local_name));
  }
  if (result_.is_voevent) headline_reader_.reset(result_.headline);
  validating_ = schema_ != nullptr && !has_dtd_ && context->wellFormed != 0;
  if (validating_) validator_.reset(*schema_);
  context->recovery = 0;
  if (context->wellFormed == 0) context->disableSAX = 1;
}

Space Checker::Pass::space_of(Chars uri) const {
  if (uri == nullptr) return Space::none;
  if (uri == root_uri_) return Space::voevent;
  if (uri == parser_->known.instance) return Space::instance;
  if (uri == parser_->known.xml_schema) return Space::xml_schema;
  return Space::other;
}

// Of the prefix in an xsi:type attribute, in the scope of the element that is being started.
Space Checker::Pass::space_of_type(std::string_view value) const {
  const auto colon = value.find(':');
  const std::string_view prefix =
      colon == std::string_view::npos ? std::string_view() : value.substr(0, colon);
  const xmlParserCtxtPtr context = parser_->context;
  for (int i = context->nsNr - 2; i >= 0; i -= 2)
    if (view(context->nsTab[i]) == prefix) return space_of(context->nsTab[i + 1]);
  return Space::other;
}

void Checker::Pass::text(std::string_view piece, bool cdata) {
  if (!result_.is_voevent) return;
  headline_reader_.text(piece);
  if (!validating_) return;
  validator_.text(piece, cdata);
  note_complaint();
}

void Checker::Pass::end() {
  if (!result_.is_voevent) return;
  headline_reader_.end();
  if (!validating_) return;
  validator_.end();
  note_complaint();
}

void Checker::Pass::note_complaint() {
  if (validator_.valid()) return;
  validating_ = false;
  invalid_line_ = line();
}

int Checker::Pass::line() const {
  const xmlParserInputPtr input = parser_->context->input;
  return input == nullptr ? 0 : input->line;
}

Checker::Checker() : pass_(std::make_unique<Pass>()) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

const CheckResult& Checker::check(std::string_view document) { return pass_->check(document); }

}  // namespace vtp
