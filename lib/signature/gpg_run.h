// Waits for gpg(1) with a deadline, in an interruptible way. GPGME's own loop does neither: it takes
// notice of gpgme_cancel_async() only when gpg says something.
#pragma once

#include <chrono>
#include <list>
#include <vector>

#include "lib/base/descriptor.h"
#include "lib/signature/gpg.h"

namespace vtp {

// For one context, which must live longer and is used by nobody else. One thread at a time, but for
// interrupt().
class GpgRun {
 public:
  // The context's operations without "_start" in their names do not use it.
  explicit GpgRun(gpgme_ctx_t context);
  GpgRun(const GpgRun&) = delete;
  GpgRun& operator=(const GpgRun&) = delete;

  // After an operation has been started: waits until it has ended, and returns its error;
  // GPG_ERR_TIMEOUT if it took too long, and GPG_ERR_CANCELED if it was interrupted.
  [[nodiscard]] gpgme_error_t wait(std::chrono::milliseconds timeout);

  // The keys that the last operation listed.
  [[nodiscard]] std::vector<GpgKey>& keys() { return keys_; }

  // Ends the wait that is under way, and all later ones at once. Any thread.
  void interrupt();

 private:
  struct Watch {
    GpgRun* owner;
    int fd;
    bool to_read;
    gpgme_io_cb_t call;
    void* data;
  };
  static gpgme_error_t add(void* self, int fd, int to_read, gpgme_io_cb_t call, void* data,
                           void** tag);
  static void remove(void* tag);
  static void take_event(void* self, gpgme_event_io_t type, void* data);
  void serve(const std::vector<Watch*>& watches);

  gpgme_ctx_t context_;
  Descriptor interruption_;  // readable after interrupt()
  std::list<Watch> watches_;
  std::vector<GpgKey> keys_;
  gpgme_error_t error_ = 0;
  bool ended_ = false;
};

}  // namespace vtp
