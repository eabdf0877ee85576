#include "tests/bench/fairness_pair.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lib/vtp/transport.h"
#include "tests/bench/load_events.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds interval{100};     // between events
constexpr milliseconds longest_wait{20};  // for the network, so that done() is asked often enough
constexpr std::string_view own_name = "ivo://example.org/pair";
constexpr std::size_t head_size = 400;  // bytes in which an event has its ivorn

// An ordinary event, of some 2 kB.
std::string event_of(const std::string& ivorn) {
  std::string params;
  for (int i = 0; i < 20; ++i)
    params += fmt::format("<Param name='quantity{0}' value='{0}.5' ucd='phot.mag;em.opt'/>", i);
  return event_with(ivorn, fmt::format("<Who><AuthorIVORN>{}</AuthorIVORN></Who><What>{}</What>",
                                       own_name, params));
}

std::string filter() { return fmt::format("//Who[AuthorIVORN='{}']", own_name); }

// The number behind that in the head of an event.
std::optional<std::size_t> number_in(std::string_view payload, std::string_view behind) {
  payload = payload.substr(0, head_size);
  const std::size_t at = payload.find(behind);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t number = 0;
  const char* const begin = payload.data() + at + behind.size();
  const auto end = std::from_chars(begin, payload.data() + payload.size(), number);
  return end.ptr == begin ? std::nullopt : std::optional(number);
}

std::string answer_to(const Transport& message, bool filtered) {
  Transport reply;
  reply.role = message.role;
  reply.origin = message.origin;
  if (filtered && message.role == TransportRole::authenticate)
    reply.params.push_back({std::string(xpath_filter_param), filter()});
  return framed(reply);
}

std::string ack_of_anything() {
  Transport ack;
  ack.role = TransportRole::ack;
  ack.origin = own_name;
  return framed(ack);
}

}  // namespace

void Waits::add(LoadClock::duration wait) {
  waits_.push_back(std::chrono::duration<double, std::milli>(wait).count());
}

double Waits::percentile(std::size_t percent) const {
  if (waits_.empty()) return 0;
  std::vector<double> sorted = waits_;
  std::ranges::sort(sorted);
  return sorted[std::max((sorted.size() * percent + 99) / 100, std::size_t{1}) - 1];
}

class FairnessPair::Author final : public Watched {
 public:
  Author(FairnessPair& pair, std::size_t number)
      : pair_(pair), number_(number), socket_(pair.poll_, *this) {}

  [[nodiscard]] bool open() const { return socket_.is_open(); }

  void submit(std::uint16_t port) {
    std::string frame;
    append_frame(frame, event_of(fmt::format("{}#{}-{}", own_name, pair_.run_, number_)));
    socket_.connect(port);
    socket_.send(frame);
  }

  void ready() override {
    using enum Answer;
    if (!open()) return;
    socket_.flush();
    Answer answer = none;
    const bool goes_on = socket_.read([&](std::string_view payload) {
      answer = role_at_a_glance(payload) == TransportRole::ack ? accepted : refused;
    });
    if (answer == none && goes_on) return;
    socket_.close();
    pair_.answered(number_, answer == none ? refused : answer);
  }

 private:
  FairnessPair& pair_;
  std::size_t number_;
  FramedSocket socket_;
};

class FairnessPair::Subscriber final : public Watched {
 public:
  Subscriber(FairnessPair& pair, std::size_t number)
      : pair_(pair), number_(number), socket_(pair.poll_, *this) {}

  [[nodiscard]] bool greeted() const { return greeted_; }

  void connect(std::uint16_t port) {
    socket_.connect(port);
    socket_.no_delay();
  }

  void ready() override {
    if (!socket_.is_open()) return;
    socket_.flush();
    const bool open = socket_.read([this](std::string_view payload) { take(payload); });
    if (!answers_.empty()) socket_.send(answers_);
    answers_.clear();
    if (open) return;
    socket_.close();
    ++pair_.dropped_;
  }

 private:
  void take(std::string_view payload) {
    if (payload.substr(0, head_size).find("VOEvent") != std::string_view::npos) {
      answers_.append(ack_);
      return pair_.delivered(number_, payload);
    }
    const auto message = parse_transport(payload);
    if (!message) return;
    greeted_ = greeted_ || message->role == TransportRole::authenticate;
    if (message->role == TransportRole::authenticate || message->role == TransportRole::iamalive)
      answers_.append(answer_to(*message, number_ > 0));
  }

  FairnessPair& pair_;
  std::size_t number_;
  FramedSocket socket_;
  std::string answers_;
  std::string ack_ = ack_of_anything();
  bool greeted_ = false;
};

FairnessPair::FairnessPair(Poll& poll, std::uint16_t submit, std::uint16_t broadcast)
    : poll_(poll),
      submit_(submit),
      run_(std::to_string(std::chrono::system_clock::now().time_since_epoch().count())),
      due_(LoadClock::now()) {
  for (std::size_t i = 0; i < 2; ++i)
    subscribers_.emplace_back(*this, i).connect(broadcast);
}

FairnessPair::~FairnessPair() = default;

bool FairnessPair::connected() const {
  return std::ranges::all_of(subscribers_, &Subscriber::greeted);
}

void FairnessPair::submit(Phase phase, const std::function<bool()>& done) {
  due_ = std::max(due_, LoadClock::now());
  while (!done()) {
    if (LoadClock::now() >= due_) {
      events_.push_back({LoadClock::now(), phase});
      authors_.remove_if([](const Author& author) { return !author.open(); });
      authors_.emplace_back(*this, events_.size() - 1).submit(submit_);
      due_ += interval;
    }
    const auto left = std::chrono::ceil<milliseconds>(due_ - LoadClock::now());
    poll_.wait(static_cast<int>(std::clamp(left, milliseconds(0), longest_wait).count()));
  }
}

void FairnessPair::settle(milliseconds limit) {
  const auto all_complete = [this] {
    return std::ranges::all_of(events_, [this](const Submitted& event) { return complete(event); });
  };
  for (const auto end = LoadClock::now() + limit; !all_complete() && LoadClock::now() < end;)
    poll_.wait(static_cast<int>(longest_wait.count()));
  for (Submitted& event : events_)
    if (!complete(event)) give_up(event);
}

bool FairnessPair::complete(const Submitted& event) const {
  if (event.settled || event.answer == Answer::refused) return true;
  return event.answer == Answer::accepted && event.has[0] && event.has[1];
}

void FairnessPair::answered(std::size_t number, Answer answer) {
  Submitted& event = events_[number];
  if (event.answer != Answer::none || event.settled) return;
  event.answer = answer;
  waits_[static_cast<std::size_t>(event.phase)].ack.add(LoadClock::now() - event.begin);
  if (answer == Answer::refused) ++refused_;
}

void FairnessPair::delivered(std::size_t subscriber, std::string_view payload) {
  const auto number = number_in(payload, fmt::format("{}#{}-", own_name, run_));
  if (!number || *number >= events_.size()) return;
  Submitted& event = events_[*number];
  if (event.has[subscriber]) ++doubled_;
  if (event.has[subscriber] || event.settled) return;
  event.has[subscriber] = true;
  deliveries(subscriber, event.phase).add(LoadClock::now() - event.begin);
}

void FairnessPair::give_up(Submitted& event) {
  event.settled = true;
  const auto waited = LoadClock::now() - event.begin;
  if (event.answer == Answer::none) {
    ++unanswered_;
    waits_[static_cast<std::size_t>(event.phase)].ack.add(waited);
  }
  for (std::size_t i = 0; i < event.has.size(); ++i) {
    if (event.has[i]) continue;
    deliveries(i, event.phase).add(waited);
    if (event.answer == Answer::accepted) ++lost_;
  }
}

Waits& FairnessPair::deliveries(std::size_t subscriber, Phase phase) {
  PairWaits& waits = waits_[static_cast<std::size_t>(phase)];
  return subscriber == 0 ? waits.delivery : waits.filtered;
}

const PairWaits& FairnessPair::waits(Phase phase) const {
  return waits_[static_cast<std::size_t>(phase)];
}

}  // namespace vtp
