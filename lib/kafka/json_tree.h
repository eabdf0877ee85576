// JSON from strangers as a tree, with limits: its memory is bounded by the length of the text, and
// neither parsing nor destruction recurses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// Arrays and objects within one another. A VOEvent in hop's older encodings needs 12 at most.
inline constexpr std::size_t deepest_json = 32;

// Values of all kinds in one document. An event of 4 MB has 150,000 or so; each takes 28 bytes.
inline constexpr std::size_t most_json_values = 500'000;

enum class JsonKind : std::uint8_t {
  object,
  array,
  text,  // a string, a number, true or false
  null
};

// The number of a value in its tree. The root is 0.
using JsonIndex = std::uint32_t;

// Immutable: any thread.
class JsonTree {
 public:
  // Parses one JSON document (RFC 8259) in UTF-8, to the end of the text. If it has a problem, the
  // tree holds what came before that, and no more than the root of it is certain.
  explicit JsonTree(std::string_view json);

  // One line that says why the text was not taken; empty if it was. Refused are: anything that is not
  // JSON, which includes bytes that are not UTF-8, NaN and numbers too large for a double; an object
  // with the same key twice, which readers understand differently; and what exceeds a limit above.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // False if the problem came before the first value.
  [[nodiscard]] bool has_root() const { return !nodes_.empty(); }

  // These may be called with the number of a value in the tree.
  [[nodiscard]] JsonKind kind(JsonIndex index) const { return nodes_[index].kind; }

  // The key of an object's member; empty for every other value. Valid as long as the tree.
  [[nodiscard]] std::string_view key(JsonIndex index) const { return view(nodes_[index].key); }

  // The text of a value of that kind: a string without escapes, a number as the document has it, but
  // "0" for "-0"; "true" or "false". Valid as long as the tree.
  [[nodiscard]] std::string_view text(JsonIndex index) const { return view(nodes_[index].text); }

  // The first item of an array or member of an object, and the one after it, in the document's
  // order; 0 if there is none.
  [[nodiscard]] JsonIndex first(JsonIndex index) const { return nodes_[index].first; }
  [[nodiscard]] JsonIndex next(JsonIndex index) const { return nodes_[index].next; }

  // The member of an object with that key; 0 if there is none, or the value is no object.
  [[nodiscard]] JsonIndex find(JsonIndex object, std::string_view key) const;

 private:
  class Builder;
  struct Piece {  // of texts_
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  struct Node {
    Piece key;
    Piece text;
    JsonIndex first = 0;
    JsonIndex next = 0;
    JsonKind kind = JsonKind::null;
  };
  [[nodiscard]] std::string_view view(Piece piece) const {
    return std::string_view(texts_).substr(piece.begin, piece.size);
  }

  std::string texts_;  // of all keys and values, one after the other
  std::vector<Node> nodes_;
  std::string problem_;
};

}  // namespace vtp
