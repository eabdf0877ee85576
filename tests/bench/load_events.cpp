#include "tests/bench/load_events.h"

#include <chrono>
#include <fcntl.h>
#include <stdexcept>

#include <fmt/format.h>

#include "lib/base/clock.h"
#include "lib/base/descriptor.h"
#include "lib/stream/stream.h"
#include "tests/bench/load_socket.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

// The value of the first attribute of that name; events have it in their first tag.
std::string_view ivorn_in(std::string_view bytes) {
  constexpr std::string_view name = "ivorn=";
  const std::size_t at = bytes.find(name);
  if (at == std::string_view::npos || at + name.size() == bytes.size()) return {};
  const char quote = bytes[at + name.size()];
  bytes.remove_prefix(at + name.size() + 1);
  return bytes.substr(0, bytes.find(quote));
}

}  // namespace

std::string framed(const Transport& message) {
  std::string out;
  append_frame(out, to_xml(message, Clock().now()));
  return out;
}

LoadEvents LoadEvents::make(std::size_t count, std::size_t size) {
  LoadEvents events;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string ivorn = fmt::format("ivo://example.org/load#{}-{}", now, i);
    const auto with = [&](std::string_view description) {
      return event_with(ivorn, fmt::format("<Who><AuthorIVORN>ivo://example.org/load</AuthorIVORN>"
                                           "<Date>2026-01-01T00:00:00</Date></Who>"
                                           "<What><Description>{}</Description>"
                                           "<Param name='seq' value='{}' dataType='int'/></What>",
                                           description, i));
    };
    const std::size_t least = with("").size();
    events.add(with(std::string(size > least ? size - least : 0, '.')));
  }
  return events;
}

LoadEvents LoadEvents::read(const std::string& path, std::size_t count) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw std::runtime_error("cannot open " + path);
  LoadEvents events;
  StreamReader reader(file.get(), default_max_event_size);
  while (events.size() < count) {
    const auto record = reader.next();
    if (!record) throw std::runtime_error("cannot read " + path + ": " + record.problem());
    if (!*record) break;
    events.add((*record)->bytes);
  }
  return events;
}

void LoadEvents::add(std::string_view bytes) {
  Entry entry;
  entry.ivorn = ivorn_in(bytes);
  if (!by_ivorn_.emplace(entry.ivorn, events_.size()).second) return;
  append_frame(entry.frame, bytes);
  Transport ack;
  ack.role = TransportRole::ack;
  ack.origin = entry.ivorn;
  ack.response = "ivo://example.org/subscriber";
  entry.ack = framed(ack);
  events_.push_back(std::move(entry));
}

std::string_view LoadEvents::bytes(std::size_t number) const {
  return frame(number).substr(frame_header_size);
}

std::optional<std::size_t> LoadEvents::find(std::string_view bytes, std::size_t previous) {
  if (events_.empty()) return std::nullopt;
  std::size_t& successor = events_[previous].successor;
  if (this->bytes(successor) == bytes) return successor;
  const auto found = by_ivorn_.find(std::string(ivorn_in(bytes)));
  if (found == by_ivorn_.end() || this->bytes(found->second) != bytes) return std::nullopt;
  return successor = found->second;
}

}  // namespace vtp
