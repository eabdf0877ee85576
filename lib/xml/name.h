// A name of a vocabulary as a small number: the parser looks a name up once; all code after that
// compares numbers. A vocabulary is an array of texts; the first entry stands for all names that
// are not in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vtp {

// Any value other than `unknown` is an index into the vocabulary.
enum class Name : std::uint8_t { unknown = 0 };

using Vocabulary = std::span<const std::string_view>;

// The largest number of entries in a vocabulary, including the first.
inline constexpr std::size_t largest_vocabulary = 256;

}  // namespace vtp
