#include "lib/http/live_streams.h"

#include <exception>
#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "lib/http/event_json.h"

namespace vtp {
namespace {

const SharedText comment = std::make_shared<const std::string>(":\n\n");
const SharedText gap = std::make_shared<const std::string>("event: gap\ndata: {}\n\n");

SharedText text_with(const LogEntry& entry, const std::string& json) {
  return std::make_shared<const std::string>(
      fmt::format("id: {}\ndata: {}\n\n", entry.event->digest.hex(), json));
}

}  // namespace

struct LiveStreams::Stream {
  Stream(HttpExchangePtr its_exchange, EventLog& events, PeerDiagnostics& peers)
      : exchange(std::move(its_exchange)),
        cursor(events),
        diagnostics(peers.session(exchange->request().peer.name)) {}

  HttpExchangePtr exchange;
  LogCursor cursor;
  PeerDiagnostics::Session diagnostics;
  bool busy = false;  // reading or writing
  bool gone = false;
};

LiveStreams::LiveStreams(asio::io_context& context, asio::thread_pool& pool, EventLog& events,
                         std::chrono::milliseconds heartbeat, std::size_t most,
                         const Diagnostics& diagnostics, PeerDiagnostics& peers)
    : context_(context),
      pool_(pool),
      events_(events),
      reader_(events),
      heartbeat_(heartbeat),
      most_(most),
      diagnostics_(diagnostics),
      peers_(peers),
      beat_(context) {
  // One message for all events that come until it is read.
  watch_.emplace(events_, [this, woken = woken_] {
    if (!woken->exchange(true)) asio::post(context_, [this] { wake(); });
  });
  beat();
}

LiveStreams::~LiveStreams() = default;

void LiveStreams::begin(HttpExchangePtr exchange, const std::optional<std::string>& after) {
  if (ended_ || streams_.size() >= most_)
    return exchange->answer(answer_of({503, "there are too many live streams; try again later"}));
  const auto stream = std::make_shared<Stream>(std::move(exchange), events_, peers_);
  streams_.push_back(stream);
  HttpResponse head;
  head.type = "text/event-stream";
  head.fields.emplace_back("Cache-Control", "no-store");
  head.fields.emplace_back("X-Accel-Buffering", "no");  // nginx passes each event on at once
  stream->exchange->begin(std::move(head), [this, weak = std::weak_ptr(stream)] {
    if (const auto there = weak.lock()) remove(there);
  });
  const auto digest = after ? Digest::parse(*after) : std::nullopt;
  if (digest) return resume(stream, *digest);
  std::vector<SharedText> parts{comment};
  if (after) parts.push_back(gap);
  write(stream, std::move(parts));
}

void LiveStreams::resume(const StreamPtr& stream, const Digest& after) {
  stream->busy = true;
  asio::post(pool_, [this, stream, after]() mutable {
    bool known = false;
    std::string problem;
    try {
      known = stream->cursor.resume_if_known(reader_, {after, {}, {}});
    } catch (const std::exception& error) {
      problem = error.what();
    }
    asio::post(context_, [this, stream = std::move(stream), known, problem] {
      stream->busy = false;
      if (!problem.empty()) {
        diagnostics_.warning("Cannot read the log for a live stream: {}", problem);
        return remove(stream);
      }
      std::vector<SharedText> parts{comment};
      if (!known || stream->cursor.take_missed() > 0) parts.push_back(gap);
      write(stream, std::move(parts));
    });
  });
}

void LiveStreams::wake() {
  *woken_ = false;
  const auto all = streams_;  // some may end
  for (const StreamPtr& stream : all)
    go_on(stream);
}

void LiveStreams::go_on(const StreamPtr& stream) {
  if (stream->busy || stream->gone || stream->cursor.at_end()) return;
  if (const auto entries = stream->cursor.next_in_memory(batch))
    send(stream, *entries);
  else
    read(stream);
}

void LiveStreams::read(const StreamPtr& stream) {
  stream->busy = true;
  asio::post(pool_, [this, stream]() mutable {
    std::vector<LogEntry> entries;
    std::string problem;
    try {
      entries = stream->cursor.next(reader_, batch);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    asio::post(context_, [this, stream = std::move(stream), entries = std::move(entries), problem] {
      stream->busy = false;
      if (stream->gone) return;
      if (problem.empty()) return send(stream, entries);
      diagnostics_.warning("Cannot read the log for a live stream: {}", problem);
      remove(stream);
    });
  });
}

void LiveStreams::send(const StreamPtr& stream, const std::vector<LogEntry>& entries) {
  if (stream->cursor.take_missed() > 0) {
    write(stream, {gap});
    return;
  }
  std::vector<SharedText> parts;
  std::vector<LogEntry> taken;
  for (const LogEntry& entry : entries) {
    if (entry.event->bytes.size() > large && !known_text(entry)) {
      if (taken.empty()) return make(stream, entry);
      break;
    }
    parts.push_back(text_of(entry));
    taken.push_back(entry);
  }
  if (!parts.empty()) send_parts(stream, std::move(parts), taken);
}

// One for all streams that come to it meanwhile.
void LiveStreams::make(const StreamPtr& stream, const LogEntry& entry) {
  stream->busy = true;
  auto& waiting = making_[entry.seq];
  waiting.push_back(stream);
  if (waiting.size() > 1) return;
  asio::post(pool_, [this, entry] {
    SharedText text;
    std::string problem;
    try {
      Checker checker;
      text = text_with(entry, listed_json(entry, checker));
    } catch (const std::exception& error) {
      problem = error.what();
    }
    asio::post(context_, [this, entry, text, problem] { made(entry, text, problem); });
  });
}

void LiveStreams::made(const LogEntry& entry, const SharedText& text, const std::string& problem) {
  const auto waiting = std::move(making_.extract(entry.seq).mapped());
  if (!text)
    diagnostics_.warning("Cannot send an event to live streams: {}", problem);
  else
    keep(entry.seq, text);
  for (const StreamPtr& stream : waiting) {
    stream->busy = false;
    if (stream->gone) continue;
    if (text)
      send_parts(stream, {text}, {entry});
    else
      remove(stream);
  }
}

// A reader for whom there is no memory gets one event in short, for which there always is some.
void LiveStreams::send_parts(const StreamPtr& stream, std::vector<SharedText> parts,
                             const std::vector<LogEntry>& entries) {
  if (write(stream, std::move(parts))) {
    for (const LogEntry& entry : entries)
      stream->cursor.pass(entry);
    return;
  }
  const LogEntry& first = entries.front();
  stream->diagnostics.info(
      "The live stream of {} has an event in short: the memory for live streams is used by others",
      stream->exchange->request().peer.name);
  if (write(stream, {text_with(first, short_json(first, checker_))}))
    return stream->cursor.pass(first);
  stream->diagnostics.warning("The live stream of {} ends: there is no memory for it",
                              stream->exchange->request().peer.name);
  remove(stream);
}

// Returns false, and sends nothing, if there is no memory; there is for small texts.
bool LiveStreams::write(const StreamPtr& stream, std::vector<SharedText> parts) {
  if (stream->gone) return true;
  const auto written = [this, stream](bool ok) {
    stream->busy = false;
    if (ok)
      go_on(stream);
    else
      remove(stream);
  };
  stream->busy = stream->exchange->write(std::move(parts), written);
  return stream->busy;
}

void LiveStreams::remove(const StreamPtr& stream) {
  if (std::exchange(stream->gone, true)) return;
  streams_.remove(stream);
  stream->exchange->end();
}

void LiveStreams::beat() {
  const auto all = streams_;
  for (const StreamPtr& stream : all)
    if (!stream->busy) write(stream, {comment});
  beat_.expires_after(heartbeat_);
  beat_.async_wait([this](asio::error_code error) {
    if (!error) beat();
  });
}

void LiveStreams::end() {
  ended_ = true;
  beat_.cancel();
  const auto all = streams_;
  for (const StreamPtr& stream : all)
    remove(stream);
}

SharedText LiveStreams::known_text(const LogEntry& entry) const {
  const auto known = texts_.find(entry.seq);
  return known == texts_.end() ? nullptr : known->second;
}

SharedText LiveStreams::text_of(const LogEntry& entry) {
  if (SharedText known = known_text(entry)) return known;
  SharedText text = text_with(entry, listed_json(entry, checker_));
  keep(entry.seq, text);
  return text;
}

// The oldest texts go first: streams that catch up have no use for them again.
void LiveStreams::keep(Sequence seq, const SharedText& text) {
  if (!texts_.emplace(seq, text).second) return;
  texts_bytes_ += text->size();
  while (texts_bytes_ > kept_texts) {
    texts_bytes_ -= texts_.begin()->second->size();
    texts_.erase(texts_.begin());
  }
}

}  // namespace vtp
