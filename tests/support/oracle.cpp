#include "tests/support/oracle.h"

#include <stdexcept>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

namespace vtp::test {
namespace {

void keep_first(void* kept, auto* error) {
  auto& complaint = *static_cast<std::string*>(kept);
  if (!complaint.empty() || error->message == nullptr) return;
  complaint = error->message;
  while (complaint.ends_with('\n'))
    complaint.pop_back();
}

xmlSchemaPtr read_schema(const std::string& path) {
  const xmlSchemaParserCtxtPtr context = xmlSchemaNewParserCtxt(path.c_str());
  const xmlSchemaPtr schema = xmlSchemaParse(context);
  xmlSchemaFreeParserCtxt(context);
  if (schema == nullptr) throw std::runtime_error(path + ": not a schema");
  return schema;
}

}  // namespace

struct Oracle::Schemas {
  xmlSchemaPtr v2_0;
  xmlSchemaPtr v2_1;
  ~Schemas() {
    xmlSchemaFree(v2_0);
    xmlSchemaFree(v2_1);
  }
};

Oracle::Oracle(const std::string& schema_folder)
    : schemas_(new Schemas{read_schema(schema_folder + "/VOEvent-v2.0.xsd"),
                           read_schema(schema_folder + "/VOEvent-v2.1.xsd")}) {}
Oracle::~Oracle() = default;

Judgement Oracle::judge(std::string_view text) const {
  Judgement judgement{Verdict::malformed, ""};
  const xmlParserCtxtPtr context = xmlNewParserCtxt();
  xmlSetStructuredErrorFunc(&judgement.complaint, keep_first);
  const xmlDocPtr document = xmlCtxtReadMemory(context, text.data(), static_cast<int>(text.size()),
                                               nullptr, nullptr, XML_PARSE_NONET);
  if (document != nullptr && context->wellFormed != 0 && context->nsWellFormed != 0) {
    judgement.complaint.clear();
    const xmlNodePtr root = xmlDocGetRootElement(document);
    const bool is_2_1 =
        root->ns != nullptr &&
        std::string_view(reinterpret_cast<const char*>(root->ns->href)).ends_with("/v2.1");
    const xmlSchemaValidCtxtPtr validation =
        xmlSchemaNewValidCtxt(is_2_1 ? schemas_->v2_1 : schemas_->v2_0);
    xmlSchemaSetValidStructuredErrors(validation, keep_first, &judgement.complaint);
    const bool valid = xmlSchemaValidateDoc(validation, document) == 0;
    xmlSchemaFreeValidCtxt(validation);
    if (document->intSubset != nullptr)
      judgement.verdict = Verdict::dtd;
    else if (valid)
      judgement.verdict = Verdict::valid;
    else if (judgement.complaint.find("No matching global declaration") != std::string::npos)
      judgement.verdict = Verdict::other;
    else
      judgement.verdict = Verdict::invalid;
  }
  xmlFreeDoc(document);
  xmlFreeParserCtxt(context);
  xmlSetStructuredErrorFunc(nullptr, nullptr);
  return judgement;
}

}  // namespace vtp::test
