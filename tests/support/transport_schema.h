// The published schema of Transport documents, for libxml2's validator.
#pragma once

#include <stdexcept>
#include <string>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

namespace vtp::test {

class TransportSchema {
 public:
  // Throws std::runtime_error if there is no schema at the path.
  explicit TransportSchema(const std::string& path) {
    const xmlSchemaParserCtxtPtr context = xmlSchemaNewParserCtxt(path.c_str());
    schema_ = xmlSchemaParse(context);
    xmlSchemaFreeParserCtxt(context);
    if (schema_ == nullptr) throw std::runtime_error(path + ": not a schema");
  }
  ~TransportSchema() { xmlSchemaFree(schema_); }
  TransportSchema(const TransportSchema&) = delete;
  TransportSchema& operator=(const TransportSchema&) = delete;

  // The first error, one line; empty if the document is valid.
  [[nodiscard]] std::string complaint(const std::string& document) const {
    const xmlDocPtr tree =
        xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr, nullptr,
                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (tree == nullptr) return "not well-formed";
    std::string first;
    const xmlSchemaValidCtxtPtr validation = xmlSchemaNewValidCtxt(schema_);
    xmlSchemaSetValidStructuredErrors(validation, keep_first, &first);
    if (xmlSchemaValidateDoc(validation, tree) != 0 && first.empty()) first = "not valid";
    xmlSchemaFreeValidCtxt(validation);
    xmlFreeDoc(tree);
    return first;
  }

 private:
  static void keep_first(void* kept, auto* error) {
    auto& first = *static_cast<std::string*>(kept);
    if (first.empty() && error->message != nullptr) first = error->message;
    while (first.ends_with('\n'))
      first.pop_back();
  }

  xmlSchemaPtr schema_;
};

}  // namespace vtp::test
