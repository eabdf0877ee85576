#include "lib/voevent/coordinates.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

Equatorial placed(std::string_view frame, std::string name1 = "", std::string name2 = "") {
  Coordinates position;
  position.c1 = 1.0;
  position.c2 = 2.0;
  position.name1 = std::move(name1);
  position.name2 = std::move(name2);
  return equatorial(position, frame);
}

const Equatorial in_order{1.0, 2.0};
const Equatorial swapped{2.0, 1.0};
const Equatorial nowhere{};

}  // namespace

TEST_CASE("a frame is known by a word of its identifier") {
  for (const char* text : {"UTC-FK5-GEO", "TT-ICRS-TOPO", "GPS-FK5-TOPO", "TDB-ICRS-BARY", "FK4",
                           "utc-icrs-geo", "J2000", "UTC_B1950", "EQUATORIAL", "ivo://x#FK5/"})
    CHECK(frame_of(text) == Frame::equatorial);
  for (const char* text :
       {"UTC-GALACTIC-GEO", "GALACTIC_II", "TT-GALACTIC_I-TOPO", "UTC-SUPER_GALACTIC-GEO",
        "ECLIPTIC", "UTC-ECLIPTIC-J2000", "AZ_EL", "UTC-GEOD-TOPO", "utc-hpc-topo"})
    CHECK(frame_of(text) == Frame::other);
  for (const char* text : {"UTC-GEO", "my system", "FK55", "XICRS"})
    CHECK(frame_of(text) == Frame::unknown);
  CHECK(frame_of("") == Frame::none);
}

TEST_CASE("right ascension and declination are told by their names") {
  CHECK(placed("UTC-FK5-GEO", "RA", "Dec") == in_order);
  CHECK(placed("UTC-FK5-GEO", "Dec", "RA") == swapped);
  CHECK(placed("UTC-FK5-GEO", "DEC (J2000)", "ra_j2000") == swapped);
  CHECK(placed("UTC-FK5-GEO", "right ascension", "Declination") == in_order);
  CHECK(placed("UTC-FK5-GEO", "DEJ2000", "RAJ2000") == swapped);
  CHECK(placed("UTC-FK5-GEO", "Dec") == swapped);
  CHECK(placed("UTC-FK5-GEO", "", "RA") == swapped);
  CHECK(placed("UTC-FK5-GEO") == in_order);
}

TEST_CASE("what has other names is no right ascension, nor what has one name twice") {
  CHECK(placed("UTC-FK5-GEO", "l", "b") == nowhere);
  CHECK(placed("", "GLON", "GLAT") == nowhere);
  CHECK(placed("", "RA", "Altitude") == nowhere);
  CHECK(placed("", "radius", "Dec") == nowhere);
  CHECK(placed("", "RA", "RA") == nowhere);
  CHECK(placed("UTC-ICRS-GEO", "Dec", "Dec") == nowhere);
}

TEST_CASE("in a frame that is not equatorial there is none, whatever the names say") {
  CHECK(placed("UTC-GALACTIC-GEO", "RA", "Dec") == nowhere);
  CHECK(placed("UTC-ECLIPTIC-GEO") == nowhere);
  Coordinates position{1.0, 2.0, "RA", "Dec", "UTC-GALACTIC_II-TOPO", ""};
  CHECK(equatorial(position, "UTC-FK5-GEO") == nowhere);
  position.system.clear();
  position.reference_frame = "GALACTIC";
  CHECK(equatorial(position, "") == nowhere);
}

TEST_CASE("of an unknown frame the names decide, and without a frame all is as it was") {
  CHECK(placed("my system", "RA", "Dec") == in_order);
  CHECK(placed("my system", "Dec", "RA") == swapped);
  CHECK(placed("my system", "RA") == nowhere);
  CHECK(placed("my system") == nowhere);
  CHECK(equatorial({1.0, 2.0, "", "", "", "ICRS"}, "my system") == in_order);
  CHECK(placed("") == in_order);
  CHECK(equatorial({1.0, std::nullopt, "Dec", "", "", ""}, "") == Equatorial{std::nullopt, 1.0});
}

}  // namespace vtp
