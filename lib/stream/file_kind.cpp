#include "lib/stream/file_kind.h"

#include <algorithm>
#include <array>

namespace vtp {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::size_t offset;
  std::string_view bytes;
  std::string_view what;
};

constexpr std::string_view zip = "is a zip archive; extract it first (unzip)";

constexpr auto kinds = std::to_array<Kind>({
    {257, "ustar"sv, "is a tar archive; extract it first (tar -xf)"},
    {0, "\x1F\x8B"sv, "is compressed by gzip; decompress it first (gunzip)"},
    {0, "PK\x03\x04"sv, zip},
    {0, "PK\x05\x06"sv, zip},  // an empty archive
    {0, "BZh"sv, "is compressed by bzip2; decompress it first (bunzip2)"},
    {0,
     "\xFD"
     "7zXZ\0"sv,
     "is compressed by xz; decompress it first (unxz)"},
    {0, "\x28\xB5\x2F\xFD"sv, "is compressed by zstd; decompress it first (unzstd)"},
    {0, "7z\xBC\xAF\x27\x1C"sv, "is a 7z archive; extract it first"},
    {0, "SQLite format 3\0"sv, "is an SQLite database, not a stream of events"},
    {0, "SIMPLE  ="sv, "is a FITS file, not an event"},
    {0, "\x89HDF\r\n"sv, "is an HDF5 file, not an event"},
    {0, "\x89PNG\r\n"sv, "is a picture (PNG), not an event"},
    {0, "\xFF\xD8\xFF"sv, "is a picture (JPEG), not an event"},
    {0, "%PDF-"sv, "is a PDF file, not an event"},
    {0,
     "\x7F"
     "ELF"sv,
     "is a program, not an event"},
});

// A tar archive begins with the first file's name, padded with NULs to 100 bytes. True if the bytes
// may be such a beginning, and are too few to decide.
bool may_be_tar(std::string_view bytes) {
  constexpr std::size_t name_size = 100;
  if (bytes.size() >= file_kind_bytes || bytes.starts_with('\0')) return false;
  const std::string_view name = bytes.substr(0, name_size);
  const std::size_t end = std::min(name.find('\0'), name.size());
  return name.find_first_not_of('\0', end) == std::string_view::npos;
}

}  // namespace

bool begins_as_xml(std::string_view bytes) {
  if (bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xFF\xFE")) return true;
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && bytes[begin] == '<';
}

FileKind kind_of_file(std::string_view first_bytes) {
  if (begins_as_xml(first_bytes)) return {};
  bool may_be_known = may_be_tar(first_bytes);
  for (const Kind& kind : kinds) {
    if (kind.offset == 0 && kind.bytes.starts_with(first_bytes) && kind.bytes != first_bytes)
      may_be_known = true;
    if (first_bytes.size() > kind.offset && first_bytes.substr(kind.offset).starts_with(kind.bytes))
      return {kind.what, false};
  }
  return {{}, may_be_known};
}

}  // namespace vtp
