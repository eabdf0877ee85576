// A name of a vocabulary, as a small number: a parser looks a name up once, and everything after that compares
// numbers. A vocabulary is an array of texts, of which the first stands for every name that it does not have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vtp {

// Any other than unknown is an index in the vocabulary.
enum class Name : std::uint8_t { unknown = 0 };

using Vocabulary = std::span<const std::string_view>;

// Names in a vocabulary, with the first.
inline constexpr std::size_t largest_vocabulary = 256;

}  // namespace vtp
