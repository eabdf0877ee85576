// Replays the frames that were recorded from Comet and pygcn to the side of ours that would have
// got them, and holds what we say to the published transport schema.
//
// A frame's name says who sent it and on what, PEER__WHAT.xml; each WHAT has its rule here, and one
// that has none is a failure, so that no new frame goes unnoticed.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <set>
#include <source_location>
#include <string>
#include <thread>
#include <vector>

#include "lib/sessions/broadcaster.h"
#include "lib/sessions/receiver.h"
#include "lib/subscriber/subscriber.h"
#include "tests/support/sample_events.h"
#include "tests/support/served.h"
#include "tests/support/shared_corpus.h"
#include "tests/support/submit_once.h"
#include "tests/support/transport_schema.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

const std::string our_subscriber = "ivo://test.subscriber/a";
const std::string recorded_broker = "ivo://example.comet/broker";  // whom subscribers answered

std::atomic<int> failures = 0;

void expect(bool holds, const std::string& what,
            std::source_location where = std::source_location::current()) {
  if (holds) return;
  ++failures;
  std::printf("wire_replay.cpp:%u: %s\n", static_cast<unsigned>(where.line()), what.c_str());
}

// What stands between two marks of a recorded frame: the test does not ask the parsers it tests.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t begin = text.find(before);
  if (begin == text.npos) return "";
  const std::size_t first = begin + before.size();
  return text.substr(first, text.find(after, first) - first);
}
std::string origin_in(const std::string& frame) { return between(frame, "<Origin>", "</Origin>"); }
std::string result_in(const std::string& frame) { return between(frame, "<Result>", "</Result>"); }
std::string ivorn_in(const std::string& event) { return between(event, " ivorn=\"", "\""); }

// The frames by their names, in the order of the conversations; what has been replayed is noted.
class Frames {
 public:
  explicit Frames(const std::filesystem::path& folder) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const std::string name = file.path().filename().string();
      if (name == "README.md") continue;
      if (is_known(what_of(name)))
        frames_[name] = test::read_file(file.path());
      else
        expect(false, name + ": there is no rule for this frame");
    }
  }

  // Throws if there is no such frame.
  const std::string& take(const std::string& name) {
    replayed_.insert(name);
    return frames_.at(name);
  }
  // The names of those of a peer, or of all peers, whose WHAT begins so.
  [[nodiscard]] std::vector<std::string> named(const std::string& what,
                                               const std::string& peer = "") const {
    std::vector<std::string> names;
    for (const auto& [name, frame] : frames_)
      if ((peer.empty() || peer_of(name) == peer) && what_of(name).starts_with(what))
        names.push_back(name);
    return names;
  }
  [[nodiscard]] std::vector<std::string> not_replayed() const {
    std::vector<std::string> names;
    for (const auto& [name, frame] : frames_)
      if (!replayed_.contains(name)) names.push_back(name);
    return names;
  }

  static std::string peer_of(const std::string& name) { return name.substr(0, name.find("__")); }
  // WHAT without the number that it may begin with.
  static std::string what_of(const std::string& name) {
    const std::size_t end = name.find("__");
    if (end == name.npos) return "";
    const std::string what = name.substr(name.find_first_not_of("0123456789-", end + 2));
    return what.substr(0, what.rfind(".xml"));
  }

 private:
  static bool is_known(const std::string& what) {
    static const std::set<std::string> known = {
        "to-subscriber-authenticate", "to-subscriber-iamalive", "to-subscriber-event",
        "to-subscriber-test-event",   "to-author-ack",          "reply-to-authenticate",
        "reply-to-iamalive",          "reply-to-event",         "reply-to-event-again"};
    return known.contains(what) || what.starts_with("to-author-nak-");
  }

  std::map<std::string, std::string> frames_;
  std::set<std::string> replayed_;
};

class Replay {
 public:
  explicit Replay(const std::filesystem::path& shared)
      : frames_(shared / "wire"), schema_((shared / "schema/transport-1.1.xsd").string()) {}

  void run() {
    to_our_subscriber("", {});
    to_our_subscriber(our_subscriber, {"//Param[@name='a' and @value<3]", "/*[@role!=\"test\"]"});
    to_our_author();
    std::set<std::string> peers;
    for (const std::string& name : frames_.named("reply-to-"))
      peers.insert(Frames::peer_of(name));
    for (const std::string& peer : peers) {
      events_to(peer, /*too_many_acks=*/0);
      events_to(peer, /*too_many_acks=*/1);
      iamalives_to(peer);
    }
    our_receiver_answers();
    our_writer_is_strict();
    for (const std::string& name : frames_.not_replayed())
      expect(false, name + ": was not replayed");
  }

 private:
  void to_our_subscriber(const std::string& local_ivo, const std::vector<std::string>& filters);
  void check_answer(const std::string& name, const std::string& answer,
                    const SubscriberOptions& us);
  void to_our_author();
  void events_to(const std::string& peer, int too_many_acks);
  void iamalives_to(const std::string& peer);
  void our_receiver_answers();
  void our_writer_is_strict();

  Transport read(const std::string& document) {
    const std::string complaint = schema_.complaint(document);
    expect(complaint.empty(), complaint + " in " + document);
    const auto message = parse_transport(document);
    expect(bool(message), "no Transport: " + document);
    return message ? *message : Transport{};
  }

  Frames frames_;
  test::TransportSchema schema_;
};

// The test plays the broker, on one connection from the first frame to the last.
void Replay::to_our_subscriber(const std::string& local_ivo,
                               const std::vector<std::string>& filters) {
  RawListener listener;
  SubscriberOptions options;
  options.brokers = {TcpEndpoint{"127.0.0.1", listener.port()}};
  options.local_ivo = local_ivo;
  options.filters = filters;
  options.reconnect = false;
  asio::io_context context;
  TestClock clock;
  TemporaryFolder folder;
  const int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Diagnostics diagnostics("test", LineStyle::tool, Level::warning, clock, log_fd);
  std::vector<std::string> taken;
  Subscriber subscriber(
      context.get_executor(), options,
      [&](EventPtr event, const std::string&) -> asio::awaitable<bool> {
        taken.push_back(event->bytes);
        co_return true;
      },
      clock, diagnostics);
  Departure departure = Departure::unreachable;
  std::thread thread([&] { departure = run_to_end(context, subscriber.run()); });

  RawPeer broker = listener.accept();
  broker.set_timeout(test_timeout / 2);  // so that the subscriber's own does not end before
  std::vector<std::string> events;
  for (const std::string& name : frames_.named("to-subscriber-")) {
    const std::string& frame = frames_.take(name);
    if (!ivorn_in(frame).empty()) events.push_back(frame);
    expect(broker.send_frame(frame), name + ": the connection is gone");
    const auto answer = broker.read_frame();
    expect(answer.has_value(), name + ": no answer");
    if (!answer) break;
    check_answer(name, *answer, options);
  }
  broker.set_timeout(milliseconds(50));
  expect(broker.hears_nothing(), "more was said than was asked for, or the connection is gone");

  asio::post(context, [&] { subscriber.stop(); });
  thread.join();
  ::close(log_fd);
  expect(departure == Departure::stopped, "our subscriber left before it was told to");
  expect(!events.empty() && taken == events, "the events were not taken as they were sent");
  const std::string logged = test::read_file(folder.file("log"));
  expect(logged.empty(), logged);
}

void Replay::check_answer(const std::string& name, const std::string& answer,
                          const SubscriberOptions& us) {
  const std::string what = Frames::what_of(name);
  const std::string& frame = frames_.take(name);
  const Transport message = read(answer);
  expect(message.response == us.local_ivo, name + ": Response " + message.response);
  if (what == "to-subscriber-event" || what == "to-subscriber-test-event") {
    expect(message.role == TransportRole::ack, name + ": " + answer);
    expect(!message.origin.empty() && message.origin == ivorn_in(frame), name + ": " + answer);
    return;
  }
  const bool greeting = what == "to-subscriber-authenticate";
  expect(message.role == (greeting ? TransportRole::authenticate : TransportRole::iamalive),
         name + ": " + answer);
  expect(!message.origin.empty() && message.origin == origin_in(frame), name + ": " + answer);
  std::vector<std::string> filters;
  for (const Param& param : message.params)
    if (param.name == xpath_filter_param) filters.push_back(param.value);
  expect(filters == (greeting ? us.filters : std::vector<std::string>{}), name + ": " + answer);
}

void Replay::to_our_author() {
  const std::string event = valid_event("ivo://a.b/c#1");
  for (const std::string& name : frames_.named("to-author-")) {
    const std::string& frame = frames_.take(name);
    RawListener listener;
    std::thread broker([&] {
      RawPeer author = listener.accept();
      expect(author.read_frame() == event, name + ": the event did not come");
      author.send_frame(frame);  // and closes, as Comet does
    });
    asio::io_context context;
    const Endpoint endpoint = TcpEndpoint{"127.0.0.1", listener.port()};
    const Answer answer = submit_once(context, endpoint, event, {.timeout = test_timeout});
    broker.join();
    if (Frames::what_of(name) == "to-author-ack") {
      expect(answer.outcome == Outcome::accepted, name + ": not accepted: " + answer.reason);
    } else {
      expect(answer.outcome == Outcome::refused, name + ": not refused");
      expect(!answer.reason.empty() && answer.reason == result_in(frame),
             name + ": for another reason: " + answer.reason);
    }
  }
}

std::string event_of(const std::string& role, const std::string& mag) {
  std::string text = event_with("ivo://a.b/" + role + "#" + mag,
                                "<Who/><What><Param name='mag' value='" + mag + "'/></What>");
  return text.replace(text.find("role='test'"), 11, "role='" + role + "'");
}

// Sends events to the peer, which answers with its acks; as many as were sent, or more than that,
// which a broadcaster only notices if it counts them.
void Replay::events_to(const std::string& peer, int too_many_acks) {
  const auto greetings = frames_.named("reply-to-authenticate", peer);
  // With filters that are to hold from the first event on, there must be time to hear them.
  Served<Broadcaster, BroadcasterOptions> server(
      {recorded_broker, greetings.empty() ? milliseconds(5) : milliseconds(test_timeout),
       test_timeout, 100'000});
  RawPeer subscriber = server.connect();
  expect(read(subscriber.read_frame().value_or("")).role == TransportRole::authenticate,
         peer + ": not greeted");
  bool filtered = false;
  for (const std::string& name : greetings) {
    const std::string& frame = frames_.take(name);
    filtered = filtered || frame.find("xpath-filter") != frame.npos;
    subscriber.send_frame(frame);
  }
  // The recorded filters are for a magnitude below 19, or any role but utility.
  std::vector<std::string> wanted;
  const auto append = [&](const std::string& event, bool meets_filters) {
    expect(server.append(event) == Stored::first, "not appended");
    if (meets_filters || !filtered) wanted.push_back(event);
  };
  append(event_of("utility", "19.5"), false);
  append(event_of("utility", "18.5"), true);
  append(event_of("observation", "19.5"), true);
  append(event_of("utility", "NaN"), false);
  append(frames_.take("comet-broker__2-to-subscriber-event.xml"), true);
  for (const std::string& event : wanted)
    expect(subscriber.read_frame() == event, peer + ": did not get " + event);

  const auto acks = frames_.named("reply-to-event", peer);
  expect(!acks.empty(), peer + ": has no reply to an event");
  for (std::size_t i = 0; !acks.empty() && i < wanted.size(); ++i)
    expect(subscriber.send_frame(frames_.take(acks[i % acks.size()])), peer + ": dropped");
  subscriber.set_timeout(milliseconds(50));
  expect(subscriber.hears_nothing(), peer + ": got too much, or was dropped");
  subscriber.set_timeout(test_timeout);
  for (int i = 0; !acks.empty() && i < too_many_acks; ++i)
    subscriber.send_frame(frames_.take(acks.front()));
  subscriber.end_sending();
  expect(subscriber.is_closed(), peer + ": not closed");  // so all that it said has been heard

  const std::string logged = server.logged();
  if (too_many_acks == 0)
    expect(logged.empty(), logged);
  else
    expect(std::ranges::count(logged, '\n') == 1 &&
               logged.find("acknowledges events that it was not sent") != logged.npos,
           "not the one line about one ack too many: " + logged);
}

// More iamalives than may be left without an answer.
void Replay::iamalives_to(const std::string& peer) {
  const auto echoes = frames_.named("reply-to-iamalive", peer);
  expect(echoes.size() == 1, peer + ": has no reply to an iamalive, or several");
  if (echoes.size() != 1) return;
  Served<Broadcaster, BroadcasterOptions> server(
      {recorded_broker, milliseconds(5), milliseconds(150), 100'000});
  RawPeer subscriber = server.connect();
  subscriber.read_frame();
  for (int i = 0; i < 5; ++i) {
    const Transport alive = read(subscriber.read_frame().value_or(""));
    expect(alive.role == TransportRole::iamalive, peer + ": no iamalive");
    const std::string& echo = frames_.take(echoes.front());
    expect(origin_in(echo) == alive.origin, peer + ": echoes another broker's Origin");
    expect(subscriber.send_frame(echo), peer + ": dropped");
  }
  const std::string logged = server.logged();
  expect(logged.empty(), logged);
}

// An ack, and naks for every kind of reason.
void Replay::our_receiver_answers() {
  Served<Receiver, ReceiverOptions> server({"ivo://test.broker/a", test_timeout, 100'000});
  const auto answer_to = [&](const std::string& event) {
    RawPeer author = server.connect();
    author.send_frame(event);
    return read(author.read_frame().value_or(""));
  };
  const std::string& event = frames_.take("comet-broker__2-to-subscriber-event.xml");
  const Transport ack = answer_to(event);
  expect(ack.role == TransportRole::ack && ack.origin == ivorn_in(event), "no ack");
  const auto refused = [&](const std::string& other) {
    const Transport nak = answer_to(other);
    expect(nak.role == TransportRole::nak && nak.result.starts_with("Event rejected: "),
           "not refused: " + other);
    return nak.result;
  };
  const std::string again = refused(event);
  for (const std::string& name : frames_.named("to-author-nak-previously-seen"))
    expect(again == result_in(frames_.take(name)), "in other words: " + again);
  refused(valid_event("ivo://a.b/c"));
  refused(valid_event("ivo://a.b/c d#e"));
  refused(valid_event("ivo://a.b/c#%zz"));
  refused(valid_event("not % a ## URI"));
  refused(valid_event("ivo://a.b/c#1") + "\xff");
  refused(event_with("ivo://a.b/c#1", "<Who>\x01</Who>"));
  refused(event_with("ivo://a.b/c#1", "<Wh\xef\xbf\xbfo/>"));
  refused(event_with("ivo://a.b/c#1", "</\xff\xfe>"));
  refused(event_with("ivo://a.b/c#1", "<Bogus attribute='&lt;&amp;'/>"));
}

// Every role, with all that a message may hold, and text that XML has to escape or cannot hold.
void Replay::our_writer_is_strict() {
  const std::string awkward = "<a b='\"&amp;\"'>]]>\x01\t\n\xc3\xa4";
  for (const TransportRole role : {TransportRole::iamalive, TransportRole::authenticate,
                                   TransportRole::ack, TransportRole::nak}) {
    Transport message;
    message.role = role;
    message.origin = "ivo://a.b/c#1";
    expect(read(to_xml(message, TestClock().now())).role == role, "another role");
    message.response = our_subscriber;
    message.params = {{std::string(xpath_filter_param), awkward}, {awkward, ""}};
    message.result = awkward;
    const Transport got = read(to_xml(message, TestClock().now()));
    expect(got.role == role && got.origin == message.origin && got.response == our_subscriber &&
               got.params.size() == 2 && !got.result.empty(),
           "what was written is not what is read");
  }
}

int run() {
  const auto shared = test::find_shared("wire");
  if (!shared || !test::find_shared("schema/transport-1.1.xsd")) return test::skipped;
  Replay(*shared).run();
  std::printf("%d failures\n", failures.load());
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace vtp

int main() {
  try {
    return vtp::run();
  } catch (const std::exception& error) {
    std::printf("wire_replay: %s\n", error.what());
    return 1;
  }
}
