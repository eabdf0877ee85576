#include "tests/bench/load_authors.h"

#include <algorithm>

#include "lib/vtp/transport.h"

namespace vtp {

class Authors::Author final : public Watched {
 public:
  explicit Author(Authors& authors) : authors_(authors), socket_(authors.poll_, *this) {}

  [[nodiscard]] bool busy() const { return busy_; }

  // The next event, if there is one.
  void submit() {
    if (authors_.next_ == authors_.events_.size()) return;
    event_ = authors_.next_++;
    busy_ = true;
    if (!socket_.is_open()) socket_.connect(authors_.options_.port);
    authors_.tally_.sent(event_);
    socket_.send(authors_.events_.frame(event_));
  }

  void ready() override {
    socket_.flush();
    const bool open = socket_.read([this](std::string_view payload) { take(payload); });
    if (!open && busy_) answered(LoadTally::Answer::failed);
    if (busy_) return;
    if (!open || !authors_.options_.keep) socket_.close();
    if (authors_.options_.interval.count() == 0) submit();
  }

 private:
  void take(std::string_view payload) {
    using enum LoadTally::Answer;
    const auto role = role_at_a_glance(payload);
    const bool named = authors_.options_.unnamed ||
                       payload.find(authors_.events_.ivorn(event_)) != std::string_view::npos;
    if (!busy_ || !named)
      authors_.tally_.other();
    else if (role == TransportRole::ack)
      answered(accepted);
    else if (role == TransportRole::nak)
      answered(refused);
    else
      authors_.tally_.other();
  }

  void answered(LoadTally::Answer answer) {
    busy_ = false;
    authors_.tally_.answered(event_, answer);
  }

  Authors& authors_;
  FramedSocket socket_;
  std::size_t event_ = 0;
  bool busy_ = false;
};

Authors::Authors(Poll& poll, const LoadEvents& events, LoadTally& tally, AuthorsOptions options)
    : poll_(poll), events_(events), tally_(tally), options_(options), due_(LoadClock::now()) {
  for (std::size_t i = 0; i < std::min(options_.at_once, events_.size()); ++i)
    authors_.emplace_back(*this);
}

Authors::~Authors() = default;

void Authors::submit() {
  const bool at_intervals = options_.interval.count() > 0;
  for (Author& author : authors_) {
    if (author.busy()) continue;
    if (at_intervals) {
      const auto now = LoadClock::now();
      if (now < due_) return;
      due_ = now + options_.interval;
    }
    author.submit();
  }
}

}  // namespace vtp
