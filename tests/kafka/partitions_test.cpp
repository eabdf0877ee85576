#include "lib/kafka/partitions.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a partition as text is the same partition") {
  for (const Partition& partition : {Partition{"t", 0}, Partition{"a.b-c_d", 2147483647}})
    CHECK(parse_partition(text_of(partition)) == partition);
  CHECK(text_of(Partition{"t", 3}) == "t[3]");
}

TEST_CASE("other text is no partition") {
  for (const char* text : {"", "t", "t[]", "[3]", "t[3", "t[-1]", "t[x]", "t[3]x", "t[2147483648]"})
    CHECK_FALSE(parse_partition(text));
}

}  // namespace vtp
