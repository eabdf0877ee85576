#include "lib/kafka/json_tree.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

// byte: its number, from 1.
std::string not_json_at(std::size_t byte) { return fmt::format("it is not JSON: byte {}", byte); }

}  // namespace

// Each function returns false to stop the parser; the problem is set then.
class JsonTree::Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(JsonTree& tree) : tree_(tree) {}

  bool null() override { return add(JsonKind::null); }
  bool boolean(bool value) override { return add(JsonKind::text, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return add(JsonKind::text, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add(JsonKind::text, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return add(JsonKind::text, text);
  }
  bool string(string_t& text) override { return add(JsonKind::text, text); }
  bool binary(binary_t&) override { return fail("the JSON is binary"); }
  bool key(string_t& key) override {
    key_ = kept(key);
    return true;
  }
  bool start_object(std::size_t) override { return open(JsonKind::object); }
  bool start_array(std::size_t) override { return open(JsonKind::array); }
  bool end_object() override {
    const JsonIndex object = open_.back().container;
    open_.pop_back();
    return has_unique_keys(object);
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    // 406: a number is out of range.
    return fail(error.id == 406 ? fmt::format("a number before byte {} is too large", position + 1)
                                : not_json_at(position));
  }

 private:
  struct Open {
    JsonIndex container;
    JsonIndex last = 0;  // its last value so far
  };

  bool fail(std::string problem) {
    tree_.problem_ = std::move(problem);
    return false;
  }

  Piece kept(std::string_view text) {
    const Piece piece{static_cast<std::uint32_t>(tree_.texts_.size()),
                      static_cast<std::uint32_t>(text.size())};
    tree_.texts_ += text;
    return piece;
  }

  bool add(JsonKind kind, std::string_view text = {}) {
    if (tree_.nodes_.size() == most_json_values)
      return fail(fmt::format("the JSON has more than {} values", most_json_values));
    const auto index = static_cast<JsonIndex>(tree_.nodes_.size());
    tree_.nodes_.push_back({.key = key_, .text = kept(text), .kind = kind});
    key_ = {};
    if (open_.empty()) return true;
    Open& within = open_.back();
    (within.last == 0 ? tree_.nodes_[within.container].first : tree_.nodes_[within.last].next) =
        index;
    within.last = index;
    return true;
  }

  bool open(JsonKind kind) {
    if (open_.size() == deepest_json)
      return fail(fmt::format("the JSON is nested deeper than {} levels", deepest_json));
    if (!add(kind)) return false;
    open_.push_back({static_cast<JsonIndex>(tree_.nodes_.size() - 1)});
    return true;
  }

  bool has_unique_keys(JsonIndex object) {
    keys_.clear();
    for (JsonIndex member = tree_.first(object); member != 0; member = tree_.next(member))
      keys_.push_back(tree_.key(member));
    std::sort(keys_.begin(), keys_.end());
    const auto twice = std::adjacent_find(keys_.begin(), keys_.end());
    return twice == keys_.end() || fail(fmt::format("the key \"{}\" occurs twice in an object",
                                                    printable(shortened(*twice))));
  }

  JsonTree& tree_;
  Piece key_;                           // of the next value
  std::vector<Open> open_;              // from the outermost
  std::vector<std::string_view> keys_;  // reused
};

JsonTree::JsonTree(std::string_view json) {
  // Pieces have 32 bits.
  if (json.size() > std::numeric_limits<std::uint32_t>::max()) {
    problem_ = "the JSON is larger than 4 GB";
    return;
  }
  // nlohmann's parser takes a NUL for the end of the text.
  if (const std::size_t nul = json.find('\0'); nul != std::string_view::npos) {
    problem_ = not_json_at(nul + 1);
    return;
  }
  Builder builder(*this);
  // Iterative in nlohmann's parser. No exceptions: parse_error takes all errors.
  (void)nlohmann::json::sax_parse(json.begin(), json.end(), &builder);
}

JsonIndex JsonTree::find(JsonIndex object, std::string_view key) const {
  if (kind(object) != JsonKind::object) return 0;
  for (JsonIndex member = first(object); member != 0; member = next(member))
    if (this->key(member) == key) return member;
  return 0;
}

}  // namespace vtp
