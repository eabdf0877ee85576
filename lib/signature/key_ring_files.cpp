#include "lib/signature/key_ring_files.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/descriptor.h"
#include "lib/signature/gpg.h"

namespace vtp {
namespace {

constexpr std::size_t shortest_blob = 5;
constexpr std::size_t magic_at = 8;
constexpr std::string_view magic = "KBXf";
constexpr int key_blob = 2;
// A damaged file is not read into memory without end.
constexpr std::int64_t largest_file = 256 << 20;

struct File {
  const char* name;
  std::optional<KeyRingFormat> format;  // nothing: it is only opened
  bool has_keys;
};

// Those of GnuPG 2.1 and later, of older ones, of the key box daemon, and that of trust, without which
// gpg lists no key.
constexpr std::array<File, 4> files = {{{"pubring.kbx", KeyRingFormat::key_box, true},
                                        {"pubring.gpg", KeyRingFormat::packets, true},
                                        {"public-keys.d/pubring.db", std::nullopt, true},
                                        {"trustdb.gpg", std::nullopt, false}}};

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::optional<std::size_t> count_blobs(std::string_view bytes) {
  std::size_t keys = 0;
  for (bool is_first = true; !bytes.empty(); is_first = false) {
    if (bytes.size() < shortest_blob) return std::nullopt;
    const std::size_t length = number(bytes.substr(0, 4));
    if (length < shortest_blob || length > bytes.size()) return std::nullopt;
    if (is_first &&
        bytes.substr(0, length).substr(0, magic_at + magic.size()).find(magic) != magic_at)
      return std::nullopt;
    if (bytes[4] == key_blob) ++keys;
    bytes.remove_prefix(length);
  }
  return keys;
}

// The bytes of a packet's length, and the length; nothing if they are not all there.
struct Length {
  std::size_t header;
  std::size_t body;
};
std::optional<Length> length_of(std::string_view packet) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(packet[at]); };
  const auto of = [&](std::size_t skip, std::size_t count) -> std::optional<Length> {
    if (packet.size() < skip + count) return std::nullopt;
    return Length{skip + count, number(packet.substr(skip, count))};
  };
  if (packet.size() < 2 || (byte(0) & 0x80) == 0) return std::nullopt;
  if ((byte(0) & 0x40) == 0)
    return (byte(0) & 3) == 3 ? std::nullopt : of(1, std::size_t{1} << (byte(0) & 3));
  if (byte(1) < 192) return of(1, 1);
  if (byte(1) == 255) return of(2, 4);
  if (byte(1) >= 224) return std::nullopt;
  auto length = of(1, 2);
  if (length) length->body -= (192U << 8) - 192;
  return length;
}

std::optional<std::size_t> count_packets(std::string_view bytes) {
  std::size_t count = 0;
  for (; !bytes.empty(); ++count) {
    const auto length = length_of(bytes);
    if (!length || length->body > bytes.size() - length->header) return std::nullopt;
    bytes.remove_prefix(length->header + length->body);
  }
  return count;
}

// Nothing if it cannot be read; then errno says why.
std::optional<std::string> content_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return std::nullopt;
  if (status.st_size > largest_file) {
    errno = EFBIG;
    return std::nullopt;
  }
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

std::string obstacle_of(const std::string& path, int error) {
  return fmt::format("{}: {}", path, std::error_code(error, std::generic_category()).message());
}

}  // namespace

std::optional<std::size_t> count_entries(std::string_view bytes, KeyRingFormat format) {
  return format == KeyRingFormat::key_box ? count_blobs(bytes) : count_packets(bytes);
}

KeyRingFiles::KeyRingFiles(const std::optional<std::string>& keyring) {
  const char* const home = gpgme_get_dirinfo("homedir");
  folder_ = keyring.value_or(home ? home : "");
  static_cast<void>(obstacle());
}

KeyRingFiles::Stamp KeyRingFiles::stamp() const {
  Stamp stamp;
  for (const File& file : files) {
    struct stat status {};
    Stamp::File seen;
    if (::stat((folder_ + "/" + file.name).c_str(), &status) != 0)
      seen.problem = errno;
    else
      seen = {0,
              status.st_dev,
              status.st_ino,
              status.st_size,
              status.st_mtim.tv_sec,
              status.st_mtim.tv_nsec,
              status.st_ctim.tv_sec,
              status.st_ctim.tv_nsec};
    stamp.files.push_back(seen);
  }
  return stamp;
}

std::string KeyRingFiles::obstacle() {
  const Stamp before = stamp();
  if (good_ == before) return {};
  std::string found = look();
  if (found.empty() && stamp() != before) found = fmt::format("{}: it is being changed", folder_);
  if (found.empty()) good_ = before;
  return found;
}

std::string KeyRingFiles::look() {
  bool has_keys = false;
  for (const File& file : files) {
    const std::string path = fmt::format("{}/{}", folder_, file.name);
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.get() < 0) {
      if (errno != ENOENT) return obstacle_of(path, errno);
      continue;
    }
    if (!file.format) {
      has_keys = has_keys || file.has_keys;
      continue;
    }
    const auto bytes = content_of(descriptor.get());
    if (!bytes) return obstacle_of(path, errno);
    const auto count = count_entries(*bytes, *file.format);
    if (!count) return fmt::format("{}: it is damaged", path);
    has_keys = has_keys || *count > 0;
  }
  if (has_had_keys_ && !has_keys)
    return fmt::format("{}: there are no keys in it any more", folder_);
  has_had_keys_ = has_keys;
  return {};
}

}  // namespace vtp
