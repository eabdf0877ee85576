// A stream of events: however its bytes are cut into reads, the same documents come out, which are those
// that vtp-stream(5) describes; and what is written of them is read as it was.
#include "lib/stream/stream.h"

#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "lib/base/descriptor.h"
#include "lib/xml/encoding.h"
#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

// As text, to compare them; `alone` goes by what is known at the time, and is left out.
struct Records {
  std::vector<std::string> bytes;
  std::string all;

  void add(const std::string& what, std::uint64_t number, std::uint64_t offset, bool too_large) {
    all += std::to_string(number) + " at " + std::to_string(offset) +
           (too_large ? " too large" : ": " + what) + "\n";
    if (!too_large) bytes.push_back(what);
  }
  void add(const StreamRecord& record) {
    add(record.bytes, record.number, record.offset, record.too_large);
  }
};

bool is_blank(std::string_view bytes) {
  return bytes.find_first_not_of(std::string_view("\0\t\n\r ", 5)) == std::string_view::npos;
}

// What the manual says, with the whole input at hand.
Records expected(std::string_view input, std::size_t max_size) {
  Records records;
  std::uint64_t number = 0;
  for (std::size_t at = 0; at < input.size();) {
    const std::string_view rest = input.substr(at);
    const std::size_t width = begins_as_utf16(rest) ? 2 : 1;
    std::size_t size = 0;
    while (size + width <= rest.size() && !(rest[size] == '\0' && rest[size + width - 1] == '\0'))
      size += width;
    std::size_t end = width;
    if (size + width > rest.size()) {  // it ends with the input
      const bool odd_nul = width == 2 && rest.size() % 2 == 1 && rest.back() == '\0';
      end = odd_nul ? 1 : 0;
      size = rest.size() - end;
    }
    const std::string_view record = rest.substr(0, size);
    if (record.size() > max_size || !is_blank(record))
      records.add(std::string(record), ++number, at, record.size() > max_size);
    at += size + end;
  }
  return records;
}

Records read_through_pipe(std::string_view input, std::size_t max_size, FuzzedDataProvider& cuts) {
  int ends[2];
  require(::pipe(ends) == 0, "there is a pipe");
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  StreamReader reader(reading.get(), max_size);
  Records records;
  const auto take_all = [&] {
    while (reader.ready() && !reader.ended()) {
      const auto record = reader.next();
      require(record && *record, "a record that is ready is there");
      records.add(**record);
    }
  };
  while (!input.empty()) {
    std::size_t count = std::min<std::size_t>(input.size(), 32 * 1024);
    if (cuts.remaining_bytes() > 0)
      count = std::min(count, cuts.ConsumeIntegralInRange<std::size_t>(1, 64));
    require(write_all(writing.get(), input.substr(0, count)) == 0, "a pipe takes it");
    input.remove_prefix(count);
    take_all();
  }
  writing = Descriptor();
  take_all();
  require(reader.ended(), "the stream ends with its input");
  return records;
}

Descriptor file_of(std::string_view bytes) {
  Descriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  require(file.get() >= 0 && write_all(file.get(), bytes) == 0, "there is memory for a file");
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

Records read_file(const Descriptor& file, std::size_t max_size) {
  StreamReader reader(file.get(), max_size);
  Records records;
  while (true) {
    const auto record = reader.next();
    require(static_cast<bool>(record), "a file can be read");
    if (!*record) return records;
    const bool last = reader.ended();
    require((*record)->alone == (last && (*record)->number == 1),
            "a lone document is known as one");
    records.add(**record);
  }
}

// Documents in UTF-16 have an even number of bytes; others are no XML, and nobody writes them.
void check_writing(const Records& records, std::size_t max_size) {
  const Descriptor file = file_of("");
  StreamWriter writer(file.get());
  Records written;
  std::uint64_t offset = 0;
  for (const std::string& bytes : records.bytes) {
    const bool utf16 = begins_as_utf16(bytes);
    if (utf16 && bytes.size() % 2 == 1) continue;
    require(!writer.write(bytes), "a file can be written");
    written.add(bytes, written.bytes.size() + 1, offset, false);
    offset += bytes.size() + (utf16 ? 2 : 1);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  fuzz::require_equal(read_file(file, max_size).all, written.all, "what is written is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto max_size = input.ConsumeIntegralInRange<std::size_t>(0, 4096);
  const std::string sizes = input.ConsumeRandomLengthString();
  FuzzedDataProvider cuts(reinterpret_cast<const std::uint8_t*>(sizes.data()), sizes.size());
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  const Records wanted = expected(bytes, max_size);
  fuzz::require_equal(read_file(file_of(bytes), max_size).all, wanted.all,
                      "a file gives its documents");
  fuzz::require_equal(read_through_pipe(bytes, max_size, cuts).all, wanted.all,
                      "any cut gives the same documents");
  check_writing(wanted, max_size);
  return 0;
}
