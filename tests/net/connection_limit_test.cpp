#include "lib/net/connection_limit.h"

#include <vector>

#include "tests/support/catch.h"

namespace vtp {
namespace {

// Peers that take seats, and a note of who was asked to leave.
struct Fixture {
  ConnectionLimit limit;
  std::string asked;
  std::vector<std::pair<char, std::optional<ConnectionLimit::Seat>>> seats;

  Fixture(std::size_t total, std::size_t each_address) : limit(total, each_address) {}

  bool admit(char name, const std::string& peer) {
    auto seat = limit.admit(peer, [this, name] { asked += name; });
    const bool admitted = seat.has_value();
    seats.emplace_back(name, std::move(seat));
    return admitted;
  }
  ConnectionLimit::Seat& seat(char name) {
    for (auto& [known, seat] : seats)
      if (known == name) return *seat;
    throw std::out_of_range("no such seat");
  }
  void leave(char name) {
    for (auto& [known, seat] : seats)
      if (known == name) seat.reset();
  }
};

}  // namespace

TEST_CASE("the seat of one that is leaving is not counted twice") {
  Fixture fixture(2, 2);
  CHECK(fixture.admit('a', "10.0.0.1:1"));
  CHECK(fixture.admit('b', "10.0.0.2:1"));
  CHECK(fixture.admit('c', "10.0.0.3:1"));
  CHECK(fixture.asked == "a");  // who is still there
  fixture.leave('b');
  CHECK(fixture.admit('d', "10.0.0.4:1"));
  CHECK(fixture.asked == "a");
}

TEST_CASE("where there is no room, the one that has been idle for longest leaves") {
  Fixture fixture(3, 3);
  CHECK(fixture.admit('a', "10.0.0.1:1"));
  CHECK(fixture.admit('b', "10.0.0.2:1"));
  CHECK(fixture.admit('c', "10.0.0.3:1"));
  CHECK(fixture.asked.empty());
  fixture.seat('a').busy();
  fixture.seat('a').idle();  // a moment ago
  CHECK(fixture.admit('d', "10.0.0.4:1"));
  CHECK(fixture.asked == "b");
  CHECK(fixture.limit.count() == 4);  // until it has gone
  fixture.leave('b');
  CHECK(fixture.limit.count() == 3);
  CHECK(fixture.admit('e', "10.0.0.5:1"));
  CHECK(fixture.asked == "bc");
}

TEST_CASE("who is busy stays, and where all are there is no room") {
  Fixture fixture(2, 2);
  CHECK(fixture.admit('a', "10.0.0.1:1"));
  CHECK(fixture.admit('b', "10.0.0.2:1"));
  fixture.seat('a').busy();
  fixture.seat('b').busy();
  CHECK_FALSE(fixture.admit('c', "10.0.0.3:1"));
  CHECK(fixture.asked.empty());
  fixture.leave('a');
  CHECK(fixture.admit('d', "10.0.0.3:1"));
}

TEST_CASE("one address cannot take the seats of others") {
  Fixture fixture(10, 2);
  CHECK(fixture.admit('x', "10.0.0.9:1"));
  CHECK(fixture.admit('a', "10.0.0.1:1"));
  CHECK(fixture.admit('b', "10.0.0.1:2"));
  CHECK(fixture.admit('c', "10.0.0.1:3"));
  CHECK(fixture.asked == "a");  // although x has been idle for longer
  fixture.seat('b').busy();
  fixture.seat('c').busy();
  CHECK_FALSE(fixture.admit('d', "10.0.0.1:4"));
  CHECK(fixture.admit('e', "10.0.0.2:1"));
}

TEST_CASE("addresses of one network count as one, and a socket's file as one") {
  Fixture fixture(10, 1);
  CHECK(fixture.admit('a', "[2001:db8::1]:1"));
  fixture.seat('a').busy();
  CHECK_FALSE(fixture.admit('b', "[2001:db8::2]:1"));
  CHECK(fixture.admit('c', "[2001:db8:0:1::1]:1"));
  CHECK(fixture.admit('d', "unix:/run/a"));
}

TEST_CASE("only so many leave at a time") {
  Fixture fixture(100, 100);
  for (std::size_t i = 0; i < 100 + ConnectionLimit::most_leaving; ++i)
    CHECK(fixture.admit('a', "10.0.0.1:1"));
  CHECK(fixture.asked.size() == ConnectionLimit::most_leaving);
  CHECK_FALSE(fixture.admit('b', "10.0.0.1:1"));
  fixture.seats.clear();
  CHECK(fixture.limit.count() == 0);
  CHECK(fixture.admit('c', "10.0.0.1:1"));
}

}  // namespace vtp
