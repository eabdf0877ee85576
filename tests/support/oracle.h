// The reference for our check: libxml2's tree parser and XML Schema validator, with the published
// schemas. Only for tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/voevent/check.h"

namespace vtp::test {

struct Judgement {
  Verdict verdict;
  std::string complaint;  // the message of libxml2
};

class Oracle {
 public:
  // Reads VOEvent-v2.0.xsd and VOEvent-v2.1.xsd; throws std::runtime_error if it cannot.
  explicit Oracle(const std::string& schema_folder);
  ~Oracle();

  // A document that is well-formed, also in its namespaces, is validated by the schema of its
  // root's namespace, or by that of 2.0 if it is neither; if it has a DTD, that is the verdict.
  [[nodiscard]] Judgement judge(std::string_view document) const;

 private:
  struct Schemas;
  std::unique_ptr<Schemas> schemas_;
};

}  // namespace vtp::test
