#include "lib/base/secret.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <fmt/format.h>

namespace vtp {
namespace {

constexpr uid_t root = 0;

bool others_can_read(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return false;
  const bool counts_group = status.st_uid != root;
  return (status.st_mode & (S_IROTH | (counts_group ? S_IRGRP : 0U))) != 0;
}

}  // namespace

std::optional<std::string> warning_of_readable_secret(const std::string& file) {
  if (!others_can_read(file)) return std::nullopt;
  return fmt::format("{} contains a secret, and other users can read it; type: chmod go= {}", file,
                     file);
}

// A limit of core dumps (RLIMIT_CORE) would not do: the kernel ignores it if it hands core dumps to
// a program (core(5)), and commands would inherit it. Keeping the secrets out of core dumps one by
// one (MADV_DONTDUMP) would not do either: the libraries copy them.
void keep_memory_secret() { ::prctl(PR_SET_DUMPABLE, 0); }

}  // namespace vtp
