// The files of a key ring, and whether they can be read. gpg(1) says the same of a key that is not
// there and of a key ring that it cannot read; this tells the two apart.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// The bytes of a key box of GnuPG 2.1 or later (pubring.kbx: blobs, of which each begins with its
// length), or of an older key ring (pubring.gpg: OpenPGP packets, RFC 4880, section 4.2).
enum class KeyRingFormat { key_box, packets };

// The number of keys, or of packets, in it; nothing if it is damaged, such as truncated. A file
// without bytes has none. Takes any bytes. Linear time.
[[nodiscard]] std::optional<std::size_t> count_entries(std::string_view bytes,
                                                       KeyRingFormat format);

// One thread at a time.
class KeyRingFiles {
 public:
  // What can be seen of the files without reading them: it is another one when any of them has been
  // written, replaced, moved, or given other rights.
  struct Stamp {
    struct File {
      int problem = 0;  // an errno value
      std::uint64_t device = 0;
      std::uint64_t inode = 0;
      std::int64_t size = 0;
      std::time_t modified = 0;
      long modified_nanoseconds = 0;
      std::time_t changed = 0;
      long changed_nanoseconds = 0;
      bool operator==(const File&) const = default;
    };
    std::vector<File> files;
    bool operator==(const Stamp&) const = default;
  };

  // keyring: as for make_context. What is there now is what obstacle() compares with.
  explicit KeyRingFiles(const std::optional<std::string>& keyring);

  [[nodiscard]] Stamp stamp() const;

  // Why the key ring cannot be read now, as "FILE: REASON"; empty if it can. It is also an obstacle if
  // there are no keys, and there have been some before. Reads the files only if they have changed.
  [[nodiscard]] std::string obstacle();

 private:
  [[nodiscard]] std::string look();

  std::string folder_;
  bool has_had_keys_ = false;
  std::optional<Stamp> good_;  // when there was no obstacle
};

}  // namespace vtp
