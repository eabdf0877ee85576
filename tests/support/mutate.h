// Makes wrong, odd and still valid events out of good ones, the same for the same seed everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace vtp::test {

// Numbers that do not depend on the standard library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  // From 0 to below `sides`.
  std::size_t roll(std::size_t sides) { return static_cast<std::size_t>(engine_() % sides); }
  bool one_in(std::size_t sides) { return roll(sides) == 0; }
  template <typename List>
  auto& pick(List& list) {
    return list[roll(std::size(list))];
  }

 private:
  std::mt19937_64 engine_;
};

// A piece of a document as it is written: not more structure than changing it needs.
struct Node {
  std::string tag;   // empty for what is no element
  std::string text;  // markup of what is no element, as it is written
  std::vector<std::pair<std::string, std::string>> attributes;  // values as written, without quotes
  std::vector<Node> children;
};

// A good event's root; what stands before and after it is left out.
[[nodiscard]] Node read_tree(std::string_view document);
[[nodiscard]] std::string write_tree(const Node& root);

void mutate_tree(Node& root, Dice& dice);
[[nodiscard]] std::string mutate_bytes(std::string document, Dice& dice);

// One to three changes to the tree, often none to the bytes.
[[nodiscard]] std::string mutant_of(std::string_view document, Dice& dice);

}  // namespace vtp::test
