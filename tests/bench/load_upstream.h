// The broker upstream of the one that is under load: has a connection on which it sends events, one behind
// the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/descriptor.h"
#include "tests/bench/load_events.h"
#include "tests/bench/load_socket.h"
#include "tests/bench/load_tally.h"

namespace vtp {

class Upstream final : public Watched {
 public:
  // window: so many events may wait for their ack.
  Upstream(Poll& poll, const LoadEvents& events, LoadTally& tally, std::size_t window);

  // Where it listens.
  [[nodiscard]] std::uint16_t port() const { return port_of(listening_); }
  // The broker is connected, and has said so.
  [[nodiscard]] bool connected() const { return greeted_; }
  // Begins to send.
  void begin();

  // A connection waits.
  void ready() override;

 private:
  // The one connection.
  class Downstream final : public Watched {
   public:
    explicit Downstream(Upstream& upstream) : upstream_(upstream) {}
    void ready() override { upstream_.converse(); }

   private:
    Upstream& upstream_;
  };

  void converse();
  void take(std::string_view payload);
  void send();

  const LoadEvents& events_;
  LoadTally& tally_;
  std::size_t window_;
  Descriptor listening_;
  Downstream downstream_;
  FramedSocket socket_;
  std::string batch_;
  std::size_t sent_ = 0;
  std::size_t acknowledged_ = 0;
  bool greeted_ = false;
  bool begun_ = false;
};

}  // namespace vtp
