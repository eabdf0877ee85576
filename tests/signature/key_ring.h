// A GnuPG home folder for one test, with keys made for it.
#pragma once

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <sys/stat.h>

#include "tests/support/temporary.h"

namespace vtp {

class TestKeyRing {
 public:
  TestKeyRing() { ::mkdir(folder().c_str(), 0700); }
  ~TestKeyRing() {
    try {
      shell("gpgconf --homedir " + folder() + " --kill all");
    } catch (const std::exception&) {
      // then its agent ends when it sees that its folder is gone
    }
  }

  [[nodiscard]] std::string folder() const { return folder_.file("ring"); }

  // Makes a key for signing, and returns its fingerprint. expires: as gpg takes it. An empty
  // passphrase is none.
  std::string make_key(const std::string& user_id, const std::string& expires = "never",
                       const std::string& passphrase = "") {
    gpg("--passphrase '" + passphrase + "' --quick-generate-key '" + user_id + "' ed25519 sign " +
        expires);
    std::string list = gpg("--with-colons --list-keys '=" + user_id + "'");
    const std::size_t at = list.find("fpr:::::::::");
    if (at == std::string::npos) throw std::runtime_error("no key was made: " + list);
    return list.substr(at + 12, list.find(':', at + 12) - at - 12);
  }

  // Runs gpg in this folder; returns what it prints. Throws if it fails.
  std::string gpg(const std::string& arguments) {
    return shell("gpg --homedir " + folder() +
                 " --batch --quiet --no-tty --pinentry-mode loopback " + arguments);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder() + "/" + name; }

  // A detached signature as gpg makes it.
  std::string armour_of(const std::string& bytes, const std::string& key,
                        const std::string& options = "") {
    write("bytes", bytes);
    return gpg(options + " --passphrase '' --local-user " + key +
               " --armor --detach-sign --output - " + path("bytes"));
  }

  void write(const std::string& name, const std::string& bytes) const {
    write_file(path(name), bytes);
  }
  static void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

 private:
  static std::string shell(const std::string& command) {
    FILE* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    if (!pipe) throw std::runtime_error("cannot run " + command);
    std::string out;
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
      out.append(buffer.data(), count);
    if (::pclose(pipe) != 0) throw std::runtime_error("this failed: " + command);
    return out;
  }

  TemporaryFolder folder_;
};

}  // namespace vtp
