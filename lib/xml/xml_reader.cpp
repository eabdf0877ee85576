#include "lib/xml/xml_reader.h"

#include <climits>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "lib/base/text.h"
#include "lib/xml/datatype.h"
#include "lib/xml/libxml_parser.h"
#include "lib/xml/parser_fields.h"

namespace vtp {
namespace {

using xml::Chars;
using xml::Parser;
using xml::Silence;

std::string_view view(Chars text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}
std::string_view view(Chars first, std::ptrdiff_t length) {
  return {reinterpret_cast<const char*>(first), static_cast<std::size_t>(length)};
}

// Takes the place of every entity that a DTD declares: the entity's content is never kept, so there
// is nothing to expand. A reference to it becomes one character in the document, and none in the
// DTD.
xmlEntity stand_in(xmlEntityType type) {
  static xmlChar content[] = "?";
  xmlEntity entity{};
  entity.type = XML_ENTITY_DECL;
  entity.etype = type;
  entity.length = type == XML_INTERNAL_PARAMETER_ENTITY ? 0 : 1;
  entity.name = content;
  entity.content = entity.orig = content + 1 - entity.length;
  return entity;
}

// A parser whose dictionary has grown beyond these is replaced. So is any before a document of more
// than longest_for_used_parser bytes: a shorter one cannot have most_names names (see below) nor
// fill the dictionary, so that no outcome depends on what was read before.
constexpr int names_to_keep = 2000;
constexpr std::size_t name_bytes_to_keep = 256 * 1024;
constexpr std::size_t longest_for_used_parser = 16 * 1024;

// After a longer document the parser is freed, since it may hold much memory.
constexpr std::size_t longest_to_keep = 1 << 20;

// libxml2 compares each attribute and each namespace of a start tag with all before it, and
// likewise each value in a DTD's enumeration, and gives an element every default attribute of its
// DTD. These limits, far above the needs of any event, bound the cost of a document to a multiple
// of its length.
constexpr int most_attributes = 352;  // a size of libxml2's table, which it doubles as needed
constexpr int most_namespaces = 200;
constexpr int most_defaults = 16;
constexpr int most_errors = 100;  // before the root, or in namespaces: these do not end the reading
constexpr int most_names =
    5000;  // with many times that, the dictionary's hash chains would be long
constexpr std::size_t longest_declaration = 16'000;  // bytes
constexpr std::size_t may_be_full = 1 << 20;  // bytes of a dictionary: libxml2's limit is 10 MB

}  // namespace

// Reads documents with the parser. The callbacks stand in the order in which libxml2 calls them.
class XmlReader::Pass {
 public:
  explicit Pass(Vocabulary names);
  const XmlOutcome& read(std::string_view document, XmlHandler& handler);
  int line() const;

 private:
  void begin(std::string_view document, XmlHandler& handler);
  void parse();
  int hand_on(char* room, int length);

  static xmlSAXHandler callbacks();
  template <auto member, typename... Arguments>
  static void call(void* self, Arguments... arguments);
  void error(const xmlError* error);
  void doctype(Chars, Chars, Chars);
  void declare_attribute(Chars, Chars, int, int, Chars default_value, xmlEnumerationPtr values);
  void declare_entity(Chars name, int type, Chars, Chars, xmlChar*);
  template <char mark>
  static xmlEntityPtr find_entity(void* self, Chars name) {
    xmlEntityPtr found = nullptr;
    call<&Pass::find_entity_into>(self, mark, name, &found);
    return found;
  }
  void find_entity_into(char mark, Chars name, xmlEntityPtr* found);
  void end_of_dtd(Chars, Chars, Chars);
  void start(Chars local_name, Chars, Chars uri, int, Chars*, int attributes, int, Chars* fields);
  void text(Chars piece, int length) {
    if (wanted_) handler_->text(view(piece, length), false);
  }
  void cdata(Chars piece, int length) {
    if (wanted_) handler_->text(view(piece, length), true);
  }
  void end(Chars, Chars, Chars) {
    if (wanted_) handler_->end();
  }
  void start_root(Chars local_name, Chars uri);
  Space space_of(Chars uri) const;
  Space space_of_type(std::string_view value) const;

  Vocabulary names_;
  std::unique_ptr<Parser> parser_;
  xmlDoc no_document_{};  // so that libxml2 does not make one of its own for entities

  XmlHandler* handler_ = nullptr;
  std::string_view unread_;
  XmlOutcome outcome_;
  bool cut_short_ = false;
  bool root_seen_ = false;
  bool wanted_ = false;  // the handler wants the content
  Chars root_uri_ = nullptr;
  std::vector<TagAttribute> attributes_;
  std::exception_ptr failure_;

  int names_before_ = 0;  // names_learnt() before the document
  int errors_ = 0;
  int defaults_ = 0;
  std::size_t declaration_begin_ = 0;             // bytes that were unread at its beginning
  std::map<std::string, xmlEntityPtr> entities_;  // by &name or %name; no hash: untrusted names
  xmlEntity internal_ = stand_in(XML_INTERNAL_PREDEFINED_ENTITY);
  xmlEntity external_ = stand_in(XML_EXTERNAL_GENERAL_PARSED_ENTITY);
  xmlEntity parameter_ = stand_in(XML_INTERNAL_PARAMETER_ENTITY);
};

XmlReader::Pass::Pass(Vocabulary names) : names_(names) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  static xmlChar version[] = "1.0";
  no_document_.type = XML_DOCUMENT_NODE;
  no_document_.doc = &no_document_;
  no_document_.version = version;
}

const XmlOutcome& XmlReader::Pass::read(std::string_view document, XmlHandler& handler) {
  begin(document, handler);
  if (document.size() > INT_MAX / 2) {
    outcome_.error = "the document is too large";
    outcome_.well_formed = false;
    return outcome_;
  }
  parse();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  const xmlParserCtxtPtr context = parser_->context;
  outcome_.well_formed = context->wellFormed != 0 && context->nsWellFormed != 0;
  if (cut_short_) outcome_.well_formed = outcome_.error.empty();
  if (!outcome_.well_formed && outcome_.error.empty()) outcome_.error = "not well-formed";
  if (document.size() > longest_to_keep || allocated_attributes(*context) > most_attributes)
    parser_.reset();
  return outcome_;
}

void XmlReader::Pass::begin(std::string_view document, XmlHandler& handler) {
  handler_ = &handler;
  unread_ = document;
  outcome_.error.clear();
  outcome_.has_dtd = false;
  outcome_.error_line = outcome_.dtd_line = 0;
  cut_short_ = root_seen_ = wanted_ = false;
  root_uri_ = nullptr;
  errors_ = 0;
  defaults_ = 0;
  entities_.clear();
}

void XmlReader::Pass::parse() {
  if (parser_ &&
      (unread_.size() > longest_for_used_parser || parser_->names_learnt() > names_to_keep ||
       parser_->name_bytes() > name_bytes_to_keep))
    parser_.reset();
  if (!parser_) parser_ = std::make_unique<Parser>(names_, callbacks(), this);
  names_before_ = parser_->names_learnt();
  const Silence silence;
  xmlParserCtxtPtr context = parser_->context;
  reset(*context);
  xmlCtxtUseOptions(context, XML_PARSE_NONET);
  // Until the root is read, errors do not end the reading: a reply to the author names the event.
  set_recovery(*context, true);
  xmlParserInputBufferPtr buffer = xmlParserInputBufferCreateIO(
      [](void* self, char* room, int length) {
        return static_cast<Pass*>(self)->hand_on(room, length);
      },
      nullptr, this, XML_CHAR_ENCODING_NONE);
  Parser::require(buffer);
  xmlParserInputPtr input = xmlNewIOInputStream(context, buffer, XML_CHAR_ENCODING_NONE);
  Parser::require(input);
  inputPush(context, input);
  context->myDoc = &no_document_;
  xmlParseDocument(context);
  context->myDoc = nullptr;
  // The same error also means that the dictionary is full, which is the document's fault.
  if (context->errNo == XML_ERR_NO_MEMORY && parser_->name_bytes() < may_be_full)
    throw std::bad_alloc();
}

// Gives the parser the document piece by piece, so that reading a costly one can be ended early.
int XmlReader::Pass::hand_on(char* room, int length) {
  if (unread_.empty()) return 0;
  const xmlParserCtxtPtr context = parser_->context;
  const bool long_declaration = outcome_.has_dtd && context->inSubset != 0 &&
                                declaration_begin_ - unread_.size() > longest_declaration;
  const bool many_attributes = allocated_attributes(*context) > most_attributes;
  const bool many_namespaces = namespace_count(*context) > most_namespaces;
  const bool many_names = parser_->names_learnt() - names_before_ > most_names;
  if (long_declaration || many_attributes || many_namespaces || many_names) {
    cut_short_ = true;
    if (!long_declaration && outcome_.error.empty()) {
      outcome_.error = many_attributes   ? "too many attributes in one element"
                       : many_namespaces ? "too many namespace declarations"
                                         : "too many different names";
      outcome_.error_line = line();
    }
    return 0;
  }
  const std::size_t piece = unread_.copy(room, static_cast<std::size_t>(length));
  unread_.remove_prefix(piece);
  return static_cast<int>(piece);
}

// Forwards a callback of libxml2 to a member function. An exception must not unwind through
// libxml2, which is C: it is stored, and the rest of the document is skipped.
template <auto member, typename... Arguments>
void XmlReader::Pass::call(void* self, Arguments... arguments) {
  Pass& pass = *static_cast<Pass*>(self);
  if (pass.failure_) return;
  try {
    (pass.*member)(arguments...);
  } catch (...) {
    pass.failure_ = std::current_exception();
    disable_callbacks(*pass.parser_->context);
    pass.unread_ = {};
  }
}

xmlSAXHandler XmlReader::Pass::callbacks() {
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.serror = call<&Pass::error>;
  sax.internalSubset = call<&Pass::doctype>;
  sax.attributeDecl = call<&Pass::declare_attribute>;
  sax.entityDecl = call<&Pass::declare_entity>;
  sax.getEntity = find_entity<'&'>;
  sax.getParameterEntity = find_entity<'%'>;
  sax.externalSubset = call<&Pass::end_of_dtd>;
  sax.startElementNs = call<&Pass::start>;
  sax.characters = call<&Pass::text>;
  sax.ignorableWhitespace = sax.characters;  // so libxml2 does not check whether it is
  sax.cdataBlock = call<&Pass::cdata>;
  sax.endElementNs = call<&Pass::end>;
  return sax;
}

// Counts only errors that make a document malformed, not warnings and not validity errors.
void XmlReader::Pass::error(const xmlError* error) {
  const bool counts = error->level == XML_ERR_FATAL ||
                      (error->level == XML_ERR_ERROR && error->domain == XML_FROM_NAMESPACE);
  if (!counts || cut_short_) return;
  // Once a document is malformed, only its root is still needed. An error costs as much time as
  // about a hundred bytes, so their number is limited.
  if ((error->level == XML_ERR_FATAL && root_seen_) || ++errors_ > most_errors) unread_ = {};
  if (!outcome_.error.empty()) return;
  outcome_.error = shortened(trimmed(view(reinterpret_cast<Chars>(error->message))), 160);
  outcome_.error_line = error->line;
}

void XmlReader::Pass::doctype(Chars, Chars, Chars) {
  outcome_.has_dtd = true;
  outcome_.dtd_line = line();
  declaration_begin_ = unread_.size();
}

void XmlReader::Pass::declare_attribute(Chars, Chars, int, int, Chars default_value,
                                        xmlEnumerationPtr values) {
  xmlFreeEnumeration(values);
  declaration_begin_ = unread_.size();
  if (default_value != nullptr) ++defaults_;
}

// The first declaration of a name counts (XML 1.0, section 4.2).
void XmlReader::Pass::declare_entity(Chars name, int type, Chars, Chars, xmlChar*) {
  declaration_begin_ = unread_.size();
  const bool general = type == XML_INTERNAL_GENERAL_ENTITY;
  if (general || type == XML_EXTERNAL_GENERAL_PARSED_ENTITY)
    entities_.emplace('&' + std::string(view(name)), general ? &internal_ : &external_);
  else
    entities_.emplace('%' + std::string(view(name)), &parameter_);
}

void XmlReader::Pass::find_entity_into(char mark, Chars name, xmlEntityPtr* found) {
  const auto declared = entities_.find(mark + std::string(view(name)));
  if (declared != entities_.end()) *found = declared->second;
}

// Drops the default attributes if there are too many: they would be added to every element of the
// name.
void XmlReader::Pass::end_of_dtd(Chars, Chars, Chars) {
  if (defaults_ <= most_defaults) return;
  forget_default_attributes(*parser_->context);
}

// fields: five pointers per attribute: local name, prefix, URI, begin and end of the value.
void XmlReader::Pass::start(Chars local_name, Chars, Chars uri, int, Chars*, int attributes, int,
                            Chars* fields) {
  if (!root_seen_) start_root(local_name, uri);
  if (!wanted_) return;
  Tag tag{.name = parser_->names.find(local_name),
          .space = space_of(uri),
          .local_name = reinterpret_cast<const char*>(local_name),
          .attributes = {}};
  attributes_.clear();
  for (int i = 0; i < attributes; ++i, fields += 5) {
    TagAttribute& attribute = attributes_.emplace_back();
    attribute.name = parser_->names.find(fields[0]);
    attribute.space = space_of(fields[2]);
    attribute.local_name = reinterpret_cast<const char*>(fields[0]);
    attribute.raw_value = view(fields[3], fields[4] - fields[3]);
    if (attribute.space == Space::instance && fields[0] == parser_->type)
      tag.type_space = space_of_type(attribute.raw_value);
  }
  tag.attributes = attributes_;
  handler_->start(tag);
}

void XmlReader::Pass::start_root(Chars local_name, Chars uri) {
  root_seen_ = true;
  root_uri_ = uri;
  wanted_ = handler_->root(view(local_name), view(uri));
  xmlParserCtxtPtr context = parser_->context;
  set_recovery(*context, false);
  if (context->wellFormed == 0) disable_callbacks(*context);
}

Space XmlReader::Pass::space_of(Chars uri) const {
  if (uri == nullptr) return Space::none;
  if (uri == root_uri_) return Space::root;
  if (uri == parser_->instance) return Space::instance;
  if (uri == parser_->xml_schema) return Space::xml_schema;
  return Space::other;
}

// The namespace of the prefix in an xsi:type value, in the scope of the element that begins.
Space XmlReader::Pass::space_of_type(std::string_view value) const {
  const auto colon = value.find(':');
  const std::string_view prefix =
      colon == std::string_view::npos ? std::string_view() : value.substr(0, colon);
  const xmlParserCtxtPtr context = parser_->context;
  for (int i = namespace_count(*context) - 1; i >= 0; --i)
    if (view(namespace_prefix(*context, i)) == prefix) return space_of(namespace_uri(*context, i));
  return Space::other;
}

int XmlReader::Pass::line() const {
  return parser_ && parser_->context->input != nullptr ? parser_->context->input->line : 0;
}

XmlReader::XmlReader(Vocabulary names) : pass_(std::make_unique<Pass>(names)) {}
XmlReader::~XmlReader() = default;

const XmlOutcome& XmlReader::read(std::string_view document, XmlHandler& handler) {
  return pass_->read(document, handler);
}

int XmlReader::line() const { return pass_->line(); }

}  // namespace vtp
