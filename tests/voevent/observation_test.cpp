#include "lib/voevent/observation.h"

#include "lib/voevent/details.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

// Of an event with these children of ObservationLocation.
Observation observed(const std::string& location) {
  DetailsReader reader;
  return reader
      .read(event_with("ivo://a.b/c#1", "<WhereWhen><ObsDataLocation><ObservationLocation>" +
                                            location +
                                            "</ObservationLocation></ObsDataLocation></WhereWhen>"))
      .observation;
}

Observation at(const std::string& coords, const std::string& frame = "UTC-ICRS-TOPO") {
  return observed("<AstroCoordSystem id='" + frame + "'/><AstroCoords>" + coords +
                  "</AstroCoords>");
}

using Numbers = Position::Numbers;

}  // namespace

TEST_CASE("a time has its scale, its offset and its error") {
  const ObservationTime time =
      at("<Time unit='s'><TimeInstant><ISOTime>2026-01-01T00:00:00</ISOTime>"
         "<TimeOffset> 0.25 </TimeOffset><TimeScale>TT</TimeScale></TimeInstant>"
         "<Error>1e-3</Error></Time>")
          .time;
  CHECK(time.scale == "TT");
  CHECK(time.offset == 0.25);
  CHECK(time.error == 0.001);
  CHECK(time.unit == "s");
  CHECK(time.start.empty());
}

TEST_CASE("the scale of a time is also in its frame") {
  CHECK(at("<Time/>", "TDB-ICRS-BARY").time.scale == "TDB");
  CHECK(at("<Time/>", "UTC").time.scale == "UTC");
  CHECK(at("<Time/>", "sky").time.scale.empty());
  CHECK(at("", "").time.scale.empty());
  CHECK(observed("<AstroCoords coord_system_id='GPS-FK5-GEO'/>").time.scale == "GPS");
  CHECK(observed("<AstroCoords coord_system_id='GPS-FK5-GEO'/><AstroCoordSystem><TimeFrame>"
                 "<TimeScale>TAI</TimeScale></TimeFrame></AstroCoordSystem>")
            .time.scale == "TAI");
}

TEST_CASE("an interval has its start and its stop") {
  const ObservationTime time =
      at("<Time><TimeInterval><ISOTimeStart>2026-01-01T00:00:00</ISOTimeStart>"
         "<ISOTimeStop>2026-01-01T00:01:00</ISOTimeStop></TimeInterval></Time>")
          .time;
  CHECK(time.start == "2026-01-01T00:00:00");
  CHECK(time.stop == "2026-01-01T00:01:00");
}

TEST_CASE("a position has all that the event says of it") {
  const Position flat = at("<Position2D unit='deg'><Name1>GLON</Name1><Name2>GLAT</Name2>"
                           "<Value2><C1 pos_unit='deg'>1.5</C1><C2>x</C2></Value2>"
                           "<Error2><C2>0.5</C2></Error2></Position2D>")
                            .flat;
  CHECK(flat.names == std::array<std::string, 3>{"GLON", "GLAT", ""});
  CHECK(flat.values == Numbers{1.5, std::nullopt, std::nullopt});
  CHECK(flat.errors == Numbers{std::nullopt, 0.5, std::nullopt});
  CHECK(flat.units == std::array<std::string, 3>{"deg", "", ""});
  CHECK(flat.unit == "deg");
  CHECK(flat.has_value());
  CHECK_FALSE(at("<Position2D><Value2><C1>x</C1></Value2></Position2D>").flat.has_value());
}

TEST_CASE("a position in three dimensions is on the sky if its frame is") {
  const std::string position =
      "<Position3D unit='deg-deg-kpc'><Name1>Dec</Name1><Name2>RA</Name2><Name3>distance</Name3>"
      "<Value3><C1>-5</C1><C2>10</C2><C3>0.5</C3></Value3>"
      "<Error3><C1>1</C1><C2>2</C2><C3>3</C3></Error3></Position3D>";
  const Observation observation = at(position);
  CHECK(observation.deep.values == Numbers{-5.0, 10.0, 0.5});
  CHECK(observation.deep.errors == Numbers{1.0, 2.0, 3.0});
  CHECK(observation.deep.names[2] == "distance");
  CHECK(observation.on_sky == Equatorial{10.0, -5.0});
  CHECK_FALSE(observation.flat.has_value());
  CHECK(at(position, "UTC-GALACTIC-GEO").on_sky == Equatorial{});
  const std::string cartesian =
      "<Position3D><Name1>X</Name1><Name2>Y</Name2><Name3>Z</Name3>"
      "<Value3><C1>1</C1><C2>2</C2><C3>3</C3></Value3></Position3D>";
  CHECK(at(cartesian).on_sky == Equatorial{});
}

TEST_CASE("elements of WhereWhen count in any namespace, the first of each, in their places") {
  DetailsReader reader;
  const Observation& observation =
      reader
          .read(event_with("ivo://a.b/c#1",
                           "<s:WhereWhen xmlns:s='urn:stc'><s:ObsDataLocation>"
                           "<s:ObservatoryLocation><s:AstroCoords><s:Time unit='no'/>"
                           "</s:AstroCoords></s:ObservatoryLocation>"
                           "<s:ObservationLocation><s:AstroCoords><s:Time unit='s'/>"
                           "<s:Position2D><s:Value2><s:C1>1</s:C1><s:C1>2</s:C1></s:Value2>"
                           "<s:C2>3</s:C2></s:Position2D></s:AstroCoords></s:ObservationLocation>"
                           "</s:ObsDataLocation><s:ObsDataLocation><s:ObservationLocation>"
                           "<s:AstroCoords><s:Time unit='h'/></s:AstroCoords>"
                           "</s:ObservationLocation></s:ObsDataLocation></s:WhereWhen>"))
          .observation;
  CHECK(observation.time.unit == "s");
  CHECK(observation.flat.values == Numbers{1.0, std::nullopt, std::nullopt});
}

TEST_CASE("one event says nothing about the next") {
  DetailsReader reader;
  static_cast<void>(reader.read(
      event_with("ivo://a.b/c#1",
                 "<WhereWhen><ObsDataLocation><ObservationLocation><AstroCoords>"
                 "<Time unit='s'/></AstroCoords></ObservationLocation></ObsDataLocation>"
                 "</WhereWhen>")));
  CHECK(reader.read(event_with("ivo://a.b/c#2", "")).observation.time.unit.empty());
}

}  // namespace vtp
