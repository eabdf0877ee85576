// The judge that check is held to: libxml2's tree parser and its XML Schema validator, with the
// published schemas. For tests only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/voevent/check.h"

namespace vtp::test {

struct Judgement {
  Verdict verdict;
  std::string complaint;  // libxml2's own words
};

class Oracle {
 public:
  // Reads VOEvent-v2.0.xsd and VOEvent-v2.1.xsd; throws std::runtime_error if it cannot.
  explicit Oracle(const std::string& schema_folder);
  ~Oracle();

  // A document that is well-formed in itself and in its namespaces is judged by the schema of its
  // root's namespace, by 2.0's if that is neither; if it has a DTD, that is the verdict.
  [[nodiscard]] Judgement judge(std::string_view document) const;

 private:
  struct Schemas;
  std::unique_ptr<Schemas> schemas_;
};

}  // namespace vtp::test
