#include "lib/store/write_turn.h"

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <thread>
#include <utility>

#include "lib/base/new_file.h"
#include "lib/store/owner_lock.h"

namespace vtp {
namespace {

constexpr std::chrono::microseconds longest_pause{500};
constexpr off_t turn = most_owners;  // the byte

}  // namespace

void pause_before_retry() {
  thread_local std::minstd_rand chance{std::random_device{}()};
  std::uniform_int_distribution<std::chrono::microseconds::rep> pause(longest_pause.count() / 10,
                                                                      longest_pause.count());
  std::this_thread::sleep_for(std::chrono::microseconds(pause(chance)));
}

WriteTurn::WriteTurn(const std::string& database, std::chrono::milliseconds longest)
    : path_(lock_path(database)), longest_(longest) {}

void WriteTurn::lock() {
  if (file_.get() < 0) file_ = std::move(open_or_make_file(path_, group_may_read).file);
  const auto give_up = std::chrono::steady_clock::now() + longest_;
  while (lock_file(file_.get(), turn, 1) == EAGAIN && std::chrono::steady_clock::now() < give_up)
    pause_before_retry();
}

void WriteTurn::unlock() { unlock_file(file_.get(), turn, 1); }

}  // namespace vtp
