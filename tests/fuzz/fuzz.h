// What the fuzz targets share: invariants, bounds on the time that work takes, and inputs that repeat a
// piece of themselves.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

// What libFuzzer calls with each input; a target returns 0, or -1 for an input that is not worth keeping.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace vtp::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the run, and makes the input a finding, if it does not hold. what: the invariant in words;
// detail: values that help to see why it failed.
inline void require(bool holds, std::string_view what, const std::string& detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "INVARIANT: %.*s\n%s\n", static_cast<int>(what.size()), what.data(),
               detail.c_str());
  std::abort();
}

// The same for two texts that must be equal; shows both from shortly before they differ.
inline void require_equal(const std::string& a, const std::string& b, std::string_view what) {
  if (a == b) return;
  constexpr std::size_t before = 100;
  constexpr std::size_t shown = 300;
  const auto differ = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  const std::size_t from = differ < before ? 0 : differ - before;
  require(false, what, "one:\n" + a.substr(from, shown) + "\nother:\n" + b.substr(from, shown));
}

// Of the processor, and of this thread.
inline std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

template <class Work>
std::chrono::nanoseconds time_of(Work&& work) {
  const auto begin = processor_time();
  work();
  return processor_time() - begin;
}

// Requires that the work ends within the bound; it gets three tries, as the machine has other things to
// do. Returns the time of the first.
template <class Work>
std::chrono::nanoseconds require_time(std::chrono::nanoseconds bound, std::string_view what,
                                      Work&& work) {
  const auto first = time_of(work);
  auto least = first;
  for (int again = 0; again < 2 && least > bound; ++again)
    least = std::min(least, time_of(work));
  if (least > bound)
    require(false, what,
            std::to_string(least.count() / 1000) + " us of processor time, where " +
                std::to_string(bound.count() / 1000) + " us is the bound");
  return first;
}

// The bound of work that goes by the number of bytes: some times what it takes in a build with sanitizers,
// but little enough for what goes by the square to exceed it with repeated_size bytes.
inline std::chrono::nanoseconds linear(std::size_t bytes) {
  return std::chrono::milliseconds(10) + bytes * std::chrono::nanoseconds(500);
}

inline constexpr std::size_t repeated_size = 32 * 1024;

// HEAD \1 PIECE \1 TAIL with the piece as often as makes repeated_size bytes of it, and its number, from
// 0, for each \2 in it: a short input is a long document, whose cost shows. Any other input is itself.
inline std::string expanded(std::string_view input) {
  constexpr char mark = '\1';
  constexpr char number = '\2';
  const std::size_t begin = input.find(mark);
  const std::size_t end = input.rfind(mark);
  if (begin == std::string_view::npos || end <= begin + 1) return std::string(input);
  const std::string_view piece = input.substr(begin + 1, end - begin - 1);
  std::string all(input.substr(0, begin));
  for (int i = 0; all.size() < repeated_size; ++i)
    for (const char c : piece)
      if (c == number)
        all += std::to_string(i);
      else
        all += c;
  all += input.substr(end + 1);
  return all;
}

}  // namespace vtp::fuzz
