// Makes invalid, unusual and still valid events from good ones; the same seed gives the same events
// everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace vtp::test {

// Random numbers that do not depend on the standard library.
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

// A piece of a document as written, with only the structure that changing it needs.
struct Node {
  std::string tag;   // empty for anything but an element
  std::string text;  // markup of anything but an element, as written
  std::vector<std::pair<std::string, std::string>> attributes;  // values as written, without quotes
  std::vector<Node> children;
};

// The root of a good event; what is before and after it is dropped.
[[nodiscard]] Node read_tree(std::string_view document);
[[nodiscard]] std::string write_tree(const Node& root);

void mutate_tree(Node& root, Dice& dice);
[[nodiscard]] std::string mutate_bytes(std::string document, Dice& dice);

// Makes one to three changes to the tree, and often none to the bytes.
[[nodiscard]] std::string mutant_of(std::string_view document, Dice& dice);

}  // namespace vtp::test
