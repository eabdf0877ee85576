#include "lib/signature/gpg_run.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vtp {
namespace {

using std::chrono::steady_clock;

gpgme_error_t error_of(gpg_err_code_t code) { return gpgme_err_make(GPG_ERR_SOURCE_USER_1, code); }

// Rounded up; at least 0.
int left_until(steady_clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 1'000'000));
}

}  // namespace

GpgRun::GpgRun(gpgme_ctx_t context)
    : context_(context), interruption_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (interruption_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  gpgme_io_cbs calls{add, this, remove, take_event, this};
  gpgme_set_io_cbs(context_, &calls);
}

gpgme_error_t GpgRun::wait(std::chrono::milliseconds timeout) {
  const auto end = steady_clock::now() + timeout;
  while (!ended_) {
    std::vector<Watch*> watches;
    std::vector<pollfd> fds{{interruption_.get(), POLLIN, 0}};
    for (Watch& watch : watches_) {
      watches.push_back(&watch);
      fds.push_back({watch.fd, static_cast<short>(watch.to_read ? POLLIN : POLLOUT), 0});
    }
    const int count = ::poll(fds.data(), fds.size(), left_until(end));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || fds.front().revents != 0) {
      const auto why = count == 0 ? GPG_ERR_TIMEOUT : GPG_ERR_CANCELED;
      gpgme_cancel(context_);
      watches_.clear();
      return error_of(why);
    }
    std::vector<Watch*> ready;
    for (std::size_t i = 0; i < watches.size(); ++i)
      if (fds[i + 1].revents != 0) ready.push_back(watches[i]);
    serve(ready);
  }
  return error_;
}

// Each call may remove any watch.
void GpgRun::serve(const std::vector<Watch*>& watches) {
  for (const Watch* ready : watches) {
    const auto found =
        std::ranges::find_if(watches_, [ready](const Watch& watch) { return &watch == ready; });
    if (found != watches_.end()) found->call(found->data, found->fd);
  }
}

void GpgRun::interrupt() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(interruption_.get(), &one, sizeof one));
}

gpgme_error_t GpgRun::add(void* self, int fd, int to_read, gpgme_io_cb_t call, void* data,
                          void** tag) {
  auto& run = *static_cast<GpgRun*>(self);
  *tag = &run.watches_.emplace_back(Watch{&run, fd, to_read != 0, call, data});
  return 0;
}

void GpgRun::remove(void* tag) {
  auto& watches = static_cast<Watch*>(tag)->owner->watches_;
  watches.remove_if([tag](const Watch& watch) { return &watch == tag; });
}

void GpgRun::take_event(void* self, gpgme_event_io_t type, void* data) {
  auto& run = *static_cast<GpgRun*>(self);
  if (type == GPGME_EVENT_START) {
    run.ended_ = false;
    run.keys_.clear();
  } else if (type == GPGME_EVENT_NEXT_KEY) {
    run.keys_.emplace_back(static_cast<gpgme_key_t>(data));
  } else if (type == GPGME_EVENT_DONE) {
    const auto& done = *static_cast<gpgme_io_event_done_data_t>(data);
    run.error_ = done.err != 0 ? done.err : done.op_err;
    run.ended_ = true;
  }
}

}  // namespace vtp
