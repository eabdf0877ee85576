#include "lib/voevent/sky.h"

#include <cmath>
#include <numbers>
#include <string>

#include "tests/support/catch.h"

namespace vtp {
namespace {

constexpr double second = 1.0 / 3600;

bool is_near(double a, double b, double most = 1e-12) { return std::abs(a - b) <= most; }

// Of an event with this content of ObservationLocation.
std::optional<SkyPosition> position_of(const std::string& location) {
  return PositionReader().read(
      "<voe:VOEvent xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' "
      "ivorn='ivo://a.b/c#d'><WhereWhen><ObsDataLocation><ObservationLocation>" +
      location + "</ObservationLocation></ObsDataLocation></WhereWhen></voe:VOEvent>");
}

std::string flat(const std::string& unit, const std::string& c1, const std::string& c2,
                 const std::string& more = "", const std::string& frame = "UTC-FK5-GEO") {
  return "<AstroCoordSystem id='" + frame + "'/><AstroCoords coord_system_id='" + frame +
         "'><Position2D unit='" + unit + "'>" + more + "<Value2><C1>" + c1 + "</C1><C2>" + c2 +
         "</C2></Value2><Error2Radius>0.5</Error2Radius></Position2D></AstroCoords>";
}

}  // namespace

TEST_CASE("the distance of two places is exact, for near and for opposite ones") {
  CHECK(separation({0, 0}, {0, 0}) == 0);
  CHECK(separation({10, 90}, {200, 90}) < 1e-13);
  CHECK(is_near(separation({0, -90}, {77, 90}), 180));
  CHECK(is_near(separation({0, 0}, {180, 0}), 180));
  CHECK(is_near(separation({359, 0}, {1, 0}), 2));
  CHECK(is_near(separation({0, 89}, {180, 89}), 2));
  CHECK(is_near(separation({10, 0}, {10, 45}), 45));
  const double tiny = 1e-9;
  CHECK(std::abs(separation({100, 60}, {100, 60 + tiny}) / tiny - 1) < 1e-5);
  CHECK(std::abs(separation({100, 60}, {100 + tiny, 60}) / tiny / 0.5 - 1) < 1e-5);
  CHECK(std::abs((180 - separation({0, 0}, {180, tiny})) / tiny - 1) < 1e-4);
  // Crab and Orion nebula, computed by hand with the law of cosines.
  CHECK(is_near(separation({83.633212, 22.01446}, {83.82208, -5.39111}), 27.4062, 1e-3));
}

TEST_CASE("a cone has its edge") {
  for (const double dec : {-80.0, 0.0, 33.3}) {
    const Cone cone{123.4, dec, 5};
    CHECK(covers(cone, separation(cone.centre(), {123.4, dec + 5})));
    CHECK_FALSE(covers(cone, separation(cone.centre(), {123.4, dec + 5 + 1e-8})));
  }
  CHECK(covers({1, 2, 0}, separation({1, 2}, {1, 2})));
  CHECK(covers({1, 2, 180}, separation({1, 2}, {181, -2})));
}

TEST_CASE("the box around a cone has all of it") {
  for (const Cone& cone : {Cone{0, 90, 1}, Cone{0, 0, 10}, Cone{200, -45, 100}, Cone{10, 5, 180},
                           Cone{359, 0.5, 0.001}, Cone{90, 0, 90}}) {
    const Box box = box_around(cone);
    const double radius = cone.radius * std::numbers::pi / 180;
    const UnitVector centre = unit_vector(cone.centre());
    // Two axes across, to walk along the edge.
    const UnitVector across = unit_vector({cone.ra + 90, 0});
    const UnitVector up = {centre[1] * across[2] - centre[2] * across[1],
                           centre[2] * across[0] - centre[0] * across[2],
                           centre[0] * across[1] - centre[1] * across[0]};
    for (int step = 0; step < 360; ++step)
      for (const double share : {0.3, 0.9, 1.0})
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const double turn = step * std::numbers::pi / 180;
          const double value = std::cos(share * radius) * centre[axis] +
                               std::sin(share * radius) *
                                   (std::cos(turn) * across[axis] + std::sin(turn) * up[axis]);
          CHECK((value >= box.least[axis] && value <= box.most[axis]));
        }
  }
}

TEST_CASE("a right ascension is read in degrees and in hours") {
  const double crab = 15 * (5 + 34.0 / 60 + 31.9 / 3600);
  CHECK(*parse_ra("83.633") == 83.633);
  CHECK(*parse_ra("83.633d") == 83.633);
  CHECK(*parse_ra("83.633°") == 83.633);
  for (const char* text :
       {"5h34m31.9s", "05h34m31.9s", "5h 34m 31.9s", "05:34:31.9", "05 34 31.9", "5h34m31.9"})
    CHECK(is_near(*parse_ra(text), crab));
  CHECK(is_near(*parse_ra("5h34.5m"), 15 * (5 + 34.5 / 60)));
  CHECK(is_near(*parse_ra("12h"), 180));
  CHECK(is_near(*parse_ra("83d38m00s"), 83 + 38.0 / 60));
  CHECK(*parse_ra("0") == 0);
  CHECK(*parse_ra("360") == 360);
  for (const char* text :
       {"",    "-1",  "+1",      "361",  "25h",         "24:00:01", "5h60m", "5h34m60s",
        "34m", "31s", "5m34h",   "5h5h", "x",           "5.5h30m",  "1e2",   "nan",
        "5:",  ":5",  "1:2:3:4", "5h34", "05:34:31.9x", "1..2"}) {
    INFO(text);
    if (std::string(text) == "5h34")
      CHECK(is_near(*parse_ra(text), 15 * (5 + 34.0 / 60)));
    else
      CHECK_FALSE(parse_ra(text));
  }
  CHECK(parse_ra("361").problem() == "RA 361 is not in 0 to 360 degrees");
  CHECK(parse_ra("x").problem() ==
        "x is not a right ascension, such as 83.633 (degrees), 5h34m31.9s or 05:34:31.9");
}

TEST_CASE("a declination is read in degrees") {
  const double crab = 22 + 52 * second;
  CHECK(*parse_dec("22.0145") == 22.0145);
  CHECK(*parse_dec("-22.0145d") == -22.0145);
  for (const char* text :
       {"+22d00m52s", "22d0m52s", "+22:00:52", "22 00 52", "+22°00′52″", "22d00'52\""})
    CHECK(is_near(*parse_dec(text), crab));
  CHECK(is_near(*parse_dec("-00:30"), -0.5));
  CHECK(is_near(*parse_dec("−00d30m"), -0.5));  // U+2212
  CHECK(is_near(*parse_dec("-30m"), -0.5));
  CHECK(*parse_dec("90") == 90);
  CHECK(*parse_dec("-90:00:00") == -90);
  for (const char* text : {"", "+", "90.1", "-91", "5h", "--5", "+-5", "22:60", "- 5"})
    CHECK_FALSE(parse_dec(text));
  CHECK(parse_dec("90:00:01").problem() == "Dec 90:00:01 is not in -90 to 90 degrees");
}

TEST_CASE("a radius and a cone are read") {
  CHECK(*parse_radius("1.5") == 1.5);
  CHECK(is_near(*parse_radius("30m"), 0.5));
  CHECK(is_near(*parse_radius("30'"), 0.5));
  CHECK(is_near(*parse_radius("90s"), 0.025));
  CHECK(is_near(*parse_radius("90\""), 0.025));
  CHECK(is_near(*parse_radius("1d30m"), 1.5));
  CHECK(*parse_radius("0") == 0);
  CHECK(*parse_radius("180") == 180);
  for (const char* text : {"", "-1", "181", "1h"})
    CHECK_FALSE(parse_radius(text));
  CHECK(*parse_cone("83.633,22.0145,1") == Cone{83.633, 22.0145, 1});
  CHECK(*parse_cone(" 0 , -90 , 30m ") == Cone{0, -90, 0.5});
  const auto cone = parse_cone("5h34m31.9s,+22d00m52s,10\"");
  CHECK((is_near(cone->ra, 83.63291666666667) && is_near(cone->dec, 22 + 52 * second) &&
         is_near(cone->radius, 10 * second)));
  CHECK(*parse_radius("5deg") == 5);
  CHECK(*parse_cone("83.5deg,-22deg,5deg") == Cone{83.5, -22, 5});
  for (const char* text : {"83.63 22.01 5", "83.63, +22.01 ,5", "83.63  22.01,5", "83.63,22.01 5",
                           " 83.63\t22.01 5 ", "83.63 +22.01 5d"})
    CHECK(parse_cone(text).value() == Cone{83.63, 22.01, 5});
  for (const char* text :
       {"5h34m31.9s +22d00m52s,10s", "5h34m31.9s +22d00m52s 10s", "05 34 31.9 +22:00:52 10s",
        "5h 34m 31.9s +22d 00m 52s,10s", "05 34 31.9,+22 00 52,10s", "05 34 31.9 +22 00 52,10s"}) {
    INFO(text);
    const auto spaced = parse_cone(text);
    REQUIRE(spaced);
    CHECK((is_near(spaced->ra, 83.63291666666667) && is_near(spaced->dec, 22 + 52 * second) &&
           is_near(spaced->radius, 10 * second)));
  }
  CHECK(parse_cone("10 20 30 40").problem() ==
        "10 20 30 40 can be read in several ways: put commas between RA, Dec and radius");
  CHECK_FALSE(parse_cone(std::string(100'000, ' ') + "1" + std::string(100'000, ',')));
  std::string words;
  for (int i = 0; i < 50'000; ++i)
    words += "1 ";
  CHECK_FALSE(parse_cone(words));
  for (const char* text : {",1,2", "1,,2", "1,2,", "1 2", "1 2,", "1 , 2", "1,2,3 x", "1 2 3 x"})
    CHECK_FALSE(parse_cone(text));
  for (const char* text : {"", "1,2", "1,2,3,4", "1,2,x", "x,2,3", "1,x,3", "400,2,3"})
    CHECK_FALSE(parse_cone(text));
  CHECK(parse_cone("1,2").problem() ==
        "1,2 is not RA,DEC,RADIUS, such as 83.633,22.0145,1 or 5h34m31.9s,+22d00m52s,30m");
  CHECK(parse_cone("1,95,3").problem() == "Dec 95 is not in -90 to 90 degrees");
}

TEST_CASE("angles become text, and are rounded as a whole") {
  CHECK(ra_text(83.63291666666667) == "05h34m31.90s");
  CHECK(ra_text(0) == "00h00m00.00s");
  CHECK(ra_text(359.99999999) == "00h00m00.00s");
  CHECK(ra_text(15 * 59.9999999 / 60) == "01h00m00.00s");
  CHECK(dec_text(22 + 52 * second) == "+22d00m52.0s");
  CHECK(dec_text(-0.5) == "-00d30m00.0s");
  CHECK(dec_text(-1e-9) == "+00d00m00.0s");
  CHECK(dec_text(-90) == "-90d00m00.0s");
  CHECK(dec_text(59.99999999 / 60) == "+01d00m00.0s");
  CHECK(radius_text(1.5) == "1.50d");
  CHECK(radius_text(0.05) == "3.00m");
  CHECK(radius_text(12 * second) == "12.0s");
  CHECK(radius_text(0) == "0.0s");
  CHECK(radius_text(59.94 * second) == "59.9s");
  CHECK(radius_text(59.96 * second) == "1.00m");
  CHECK(radius_text(1.0 / 60) == "1.00m");
  CHECK(radius_text(59.99 / 60) == "59.99m");
  CHECK(radius_text(0.99999) == "1.00d");
  CHECK(radius_text(1) == "1.00d");
  CHECK(ra_text(15 * (1 + 59.0 / 60 + 59.996 * second)) == "02h00m00.00s");
  CHECK(dec_text(-(1 + 59.0 / 60 + 59.96 * second)) == "-02d00m00.0s");
}

TEST_CASE("the position of an event is in degrees, whatever its unit") {
  const auto degrees = position_of(flat("deg", "148.888", "69.065"));
  REQUIRE(degrees);
  CHECK(degrees->point == SkyPoint{148.888, 69.065});
  CHECK(degrees->error == 0.5);
  const auto radians = position_of(flat("rad", "1", "-0.5"));
  REQUIRE(radians);
  CHECK((is_near(radians->point.ra, 180 / std::numbers::pi) &&
         is_near(radians->point.dec, -90 / std::numbers::pi) &&
         is_near(*radians->error, 90 / std::numbers::pi)));
  for (const char* unit : {"", "degrees", "deg deg", "deg-deg", "Degree"})
    CHECK(position_of(flat(unit, "148.888", "69.065")).value().point == degrees->point);
  CHECK(position_of(flat("h deg", "10", "20")).value().point == SkyPoint{150, 20});
  CHECK(
      position_of(flat("deg", "20", "150", "<Name1>Dec</Name1><Name2>RA</Name2>")).value().point ==
      SkyPoint{150, 20});
  CHECK(position_of(flat("deg", "-10", "20")).value().point == SkyPoint{350, 20});
  CHECK(position_of(flat("deg", "360", "20")).value().point == SkyPoint{0, 20});
}

TEST_CASE("each axis has its unit, also if both have the same number") {
  CHECK(position_of(flat("h deg", "10", "10")).value().point == SkyPoint{150, 10});
  const std::string swapped = "<Name1>Dec</Name1><Name2>RA</Name2>";
  CHECK(position_of(flat("deg h", "10", "10", swapped)).value().point == SkyPoint{150, 10});
  CHECK(position_of(flat("deg h", "20", "10", swapped)).value().point == SkyPoint{150, 20});
  // VOEvent 2.1: @pos_unit counts before the unit of the whole position.
  const auto own_units = [](const std::string& c1, const std::string& c2,
                            const std::string& names) {
    return "<AstroCoordSystem id='UTC-ICRS-TOPO'/><AstroCoords coord_system_id='UTC-ICRS-TOPO'>"
           "<Position2D unit='rad'>" +
           names + "<Value2><C1 pos_unit='" + c1 + "'>10</C1><C2 pos_unit='" + c2 +
           "'>10</C2></Value2></Position2D></AstroCoords>";
  };
  CHECK(position_of(own_units("h", "deg", "")).value().point == SkyPoint{150, 10});
  CHECK(position_of(own_units("deg", "h", swapped)).value().point == SkyPoint{150, 10});
}

TEST_CASE("a position that is not on the sky, or not in RA and Dec, is none") {
  CHECK_FALSE(position_of(""));
  CHECK_FALSE(position_of(flat("deg", "10", "90.5")));
  CHECK_FALSE(position_of(flat("deg", "400", "20")));
  CHECK_FALSE(position_of(flat("deg", "x", "20")));
  CHECK_FALSE(position_of(flat("deg", "NaN", "20")));
  CHECK_FALSE(position_of(flat("m", "10", "20")));
  CHECK_FALSE(position_of(flat("deg", "10", "20", "", "UTC-GALACTIC_II-GEO")));
  CHECK_FALSE(position_of(flat("deg", "10", "20", "", "TT-ECLIPTIC-TOPO")));
  CHECK_FALSE(position_of(flat("deg", "10", "20", "<Name1>l</Name1><Name2>b</Name2>")));
}

TEST_CASE("a position with three dimensions is on the sky too") {
  const auto deep = [](const std::string& unit) {
    return "<AstroCoordSystem id='UTC-ICRS-TOPO'/><AstroCoords coord_system_id='UTC-ICRS-TOPO'>"
           "<Position3D unit='" +
           unit +
           "'><Value3><C1>150</C1><C2>-20</C2><C3>3.5</C3></Value3></Position3D></AstroCoords>";
  };
  CHECK(position_of(deep("deg deg Mpc")).value().point == SkyPoint{150, -20});
  CHECK(position_of(deep("deg-deg-Mpc")).value().point == SkyPoint{150, -20});
  CHECK_FALSE(position_of(deep("m m m")));
}

}  // namespace vtp
