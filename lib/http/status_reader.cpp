#include "lib/http/status_reader.h"

#include "lib/net/offload.h"

namespace vtp {

using std::chrono::steady_clock;

asio::awaitable<StatusPtr> StatusReader::status() {
  const auto asked = steady_clock::now();
  while (reading_)
    co_await change_.wait();
  if (last_ && read_at_ > asked - valid_for) co_return last_;
  const Raised reading(reading_, change_);
  const auto begun = steady_clock::now();
  auto read = [this] { return std::make_shared<const BrokerStatus>(read_()); };
  last_ = co_await offload(pool_, std::move(read));
  read_at_ = begun;
  co_return last_;
}

}  // namespace vtp
