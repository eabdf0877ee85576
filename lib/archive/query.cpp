#include "lib/archive/query.h"

#include "lib/xml/datatype.h"

namespace vtp {

bool is_role(std::string_view text) { return conforms(Datatype::role, text); }

}  // namespace vtp
