// libxml2's parser, with its dictionary of names; used by xml_reader.cpp only.
#pragma once

#include <cstddef>
#include <new>
#include <string_view>

#include <libxml/parser.h>

#include "lib/xml/name.h"
#include "lib/xml/name_index.h"

namespace vtp::xml {

using Chars = const xmlChar*;

// The dictionary contains every name and namespace once, so that names are compared by comparing
// pointers. It never removes one, so the parser must be replaced from time to time.
struct Parser {
  Parser(Vocabulary vocabulary, const xmlSAXHandler& handler, void* user_data)
      : context(xmlNewParserCtxt()) {
    require(context);
    *context->sax = handler;
    context->userData = user_data;
    for (std::size_t i = 1; i < vocabulary.size(); ++i)
      names.add(intern(vocabulary[i]), static_cast<Name>(i));
    type = intern("type");
    instance = intern("http://www.w3.org/2001/XMLSchema-instance");
    xml_schema = intern("http://www.w3.org/2001/XMLSchema");
    size_when_made = xmlDictSize(context->dict);
  }
  ~Parser() { xmlFreeParserCtxt(context); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  static void require(const void* made) {
    if (made == nullptr) throw std::bad_alloc();
  }
  Chars intern(std::string_view text) {
    const Chars interned = xmlDictLookup(context->dict, reinterpret_cast<Chars>(text.data()),
                                         static_cast<int>(text.size()));
    require(interned);
    return interned;
  }
  [[nodiscard]] int names_learnt() const { return xmlDictSize(context->dict) - size_when_made; }
  [[nodiscard]] std::size_t name_bytes() const { return xmlDictGetUsage(context->dict); }

  xmlParserCtxtPtr context;
  NameIndex names;
  Chars type = nullptr;
  Chars instance = nullptr;
  Chars xml_schema = nullptr;
  int size_when_made = 0;
};

// libxml2 reports an encoding error without a parser, and so prints it on stderr. While this
// exists, libxml2 prints nothing on this thread.
class Silence {
 public:
  Silence() : handler_(xmlStructuredError), context_(xmlStructuredErrorContext) {
    xmlSetStructuredErrorFunc(nullptr, [](void*, auto*) {});
  }
  ~Silence() { xmlSetStructuredErrorFunc(context_, handler_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  xmlStructuredErrorFunc handler_;
  void* context_;
};

}  // namespace vtp::xml
