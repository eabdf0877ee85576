#include "tests/e2e/crash_peers.h"

#include <cstring>
#include <sys/un.h>
#include <thread>

#include "lib/voevent/event.h"
#include "lib/vtp/nak_reasons.h"
#include "lib/vtp/transport.h"
#include "tests/support/loopback.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

constexpr const char* first_time = "2000-01-01T00:00:00";  // before all events
constexpr milliseconds redial{5};

// A connection to the broker, if it is there.
std::optional<RawPeer> call(const std::string& place) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (place.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + place);
  std::strcpy(address.sun_path, place.c_str());
  RawPeer peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(peer.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;
  peer.set_timeout(crash_timeout);
  return peer;
}

std::string event_text(std::uint64_t number, std::mt19937& random) {
  const std::size_t size = random() % 8 == 0 ? random() % 20'000 : random() % 1'000;
  const char* role = random() % 2 == 0 ? "observation" : "test";
  return "<?xml version='1.0'?><voe:VOEvent xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' "
         "version='2.0' role='" +
         std::string(role) + "' ivorn='ivo://crash.test/events#" + std::to_string(number) +
         "'><Who><AuthorIVORN>ivo://crash.test/author</AuthorIVORN></Who><Description>" +
         std::string(size, 'x') + "</Description></voe:VOEvent>";
}

std::string reply(TransportRole role, const std::string& origin, std::vector<Param> params = {}) {
  Transport message;
  message.role = role;
  message.origin = origin;
  message.params = std::move(params);
  return to_xml(message, Clock().now());
}

std::string param_in(const Transport& message, std::string_view name) {
  for (const Param& param : message.params)
    if (param.name == name) return param.value;
  return "";
}

}  // namespace

bool is_observation(const std::string& event) {
  return event.find("role='observation'") != std::string::npos;
}

std::string Events::next(std::size_t author, std::mt19937& random) {
  const std::lock_guard lock(mutex_);
  if (!offered_[author].empty()) {
    std::string event = std::move(offered_[author].front());
    offered_[author].pop_front();
    return event;
  }
  std::string event = event_text(++made_, random);
  if (random() % 3 == 0) offered_[(author + 1) % offered_.size()].push_back(event);
  return event;
}

// A connection that an author keeps.
class CrashAuthor::Line {
 public:
  explicit Line(RawPeer peer) : peer_(std::move(peer)) {}
  std::optional<std::string> ask(const std::string& event) {
    return peer_.send_frame(event) ? peer_.read_frame() : std::nullopt;
  }

 private:
  RawPeer peer_;
};

void CrashAuthor::run(Events& events, const std::atomic<bool>& stop) {
  while (!stop) {
    if (random_() % 20 == 0) line_.reset();
    submit(events.next(number_, random_));
  }
  line_.reset();
}

void CrashAuthor::submit(const std::string& event) {
  Told result;
  const auto give_up = std::chrono::steady_clock::now() + crash_timeout;
  while (std::chrono::steady_clock::now() < give_up) {
    if (!line_) {
      auto peer = call(place_);
      if (!peer) {
        std::this_thread::sleep_for(redial);
        continue;
      }
      line_ = std::make_shared<Line>(*std::move(peer));
    }
    const auto answer = line_->ask(event);
    if (!answer) {
      line_.reset();
      result.unanswered = true;
      continue;
    }
    const auto message = parse_transport(*answer);
    if (message && message->role == TransportRole::ack) {
      result.acked = true;
    } else if (!message || message->result != rejection(previously_seen)) {
      faults.push_back("an author was told " + *answer);
      return;
    }
    told[event] = result;
    return;
  }
  faults.push_back("an author had no answer for a long time");
}

void CrashListener::run(const std::atomic<bool>& stop) {
  while (!stop) {
    listen(stop);
    std::this_thread::sleep_for(redial);
  }
}

void CrashListener::listen(const std::atomic<bool>& stop) {
  auto peer = call(place_);
  if (!peer) return;
  ++connections_;
  peer->set_timeout(milliseconds(50));
  const bool parts_early = kind.resumes && random_() % 4 == 0;
  std::size_t left = parts_early ? 1 + random_() % 30 : SIZE_MAX;
  auto heard = std::chrono::steady_clock::now();
  while (!stop) {
    // A pause between messages is not the end; one within a message would be, but there is none long enough.
    pollfd ready{peer->fd(), POLLIN, 0};
    if (::poll(&ready, 1, 50) == 0) {
      if (std::chrono::steady_clock::now() > heard + crash_timeout) return;
      continue;
    }
    peer->set_timeout(crash_timeout);
    const auto payload = peer->read_frame();
    if (!payload) return;
    heard = std::chrono::steady_clock::now();
    if (const auto message = parse_transport(*payload)) {
      std::vector<Param> params;
      if (message->role == TransportRole::authenticate) {
        if (kind.is_choosy)
          params.push_back({std::string(xpath_filter_param), "/*[@role='observation']"});
        if (kind.resumes) {
          params.push_back({std::string(resume_after_param), last_});
          params.push_back({std::string(since_param), first_time});
        }
      } else if (message->role == TransportRole::iamalive && kind.resumes) {
        const std::string caught_up = param_in(*message, caught_up_param);
        if (!caught_up.empty()) last_ = caught_up;
      }
      if (!peer->send_frame(reply(message->role, message->origin, std::move(params)))) return;
      continue;
    }
    // What has been read counts, whether the broker hears of it or not.
    last_ = digest_of(*payload).hex();
    {
      const std::lock_guard lock(mutex_);
      taken_.push_back(*payload);
    }
    if (kind.pause.count() > 0) std::this_thread::sleep_for(kind.pause);
    if (!peer->send_frame(reply(TransportRole::ack, "ivo://crash.test/events"))) return;
    if (--left == 0) return;
  }
}

std::vector<std::string> CrashListener::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace vtp
