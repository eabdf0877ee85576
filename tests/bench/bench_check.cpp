// How much a check costs beside a bare parse of the same events: bench_check [FILE…]
// Without files, on events of its own making that look like real notices.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <libxml/parser.h>

#include "lib/voevent/check.h"

namespace {

std::string notice(int number) {
  std::string event = fmt::format(
      "<?xml version='1.0' encoding='UTF-8'?>\n"
      "<voe:VOEvent xmlns:voe=\"http://www.ivoa.net/xml/VOEvent/v2.0\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ivorn=\"ivo://example.org/"
      "notices#Burst_2024-03-05T06:07:{:02}.00_{}\" role=\"observation\" version=\"2.0\" "
      "xsi:schemaLocation=\"http://www.ivoa.net/xml/VOEvent/v2.0 "
      "http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd\"><Who><AuthorIVORN>ivo://example.org/"
      "notices</AuthorIVORN><Date>2024-03-05T06:07:{:02}</Date><Author><shortName>Example"
      "</shortName><contactName>A. N. Observer</contactName><contactEmail>observer@example.org"
      "</contactEmail></Author><Description>A notice of the burst monitor, made to measure."
      "</Description></Who><What>",
      number % 60, number, number % 60);
  for (int i = 0; i < 14; ++i)
    event += fmt::format(
        "<Param name=\"Channel_{}\" ucd=\"phot.count;em.gamma\" unit=\"ct\" "
        "value=\"{}\"/>\n",
        i, number * 17 + i);
  for (int i = 0; i < 3; ++i) {
    event += fmt::format("<Group name=\"Flags_{}\">", i);
    for (int j = 0; j < 6; ++j)
      event += fmt::format("<Param name=\"Flag_{}\" value=\"{}\"/>", j, j % 2 ? "true" : "false");
    event += "</Group>\n";
  }
  return event +
         fmt::format(
             "</What><WhereWhen><ObsDataLocation><ObservatoryLocation id=\"GEOLUN\"/>"
             "<ObservationLocation><AstroCoordSystem id=\"UTC-FK5-GEO\"/><AstroCoords "
             "coord_system_id=\"UTC-FK5-GEO\"><Time "
             "unit=\"s\"><TimeInstant><ISOTime>2024-03-05T06:06:"
             "{:02}.12</ISOTime></TimeInstant></Time><Position2D unit=\"deg\"><Name1>RA</Name1>"
             "<Name2>Dec</Name2><Value2><C1>{}.4206</C1><C2>-12.5</C2></Value2><Error2Radius>3.0"
             "</Error2Radius></Position2D></AstroCoords></ObservationLocation></ObsDataLocation>"
             "<Description>The burst's place and "
             "time</Description></WhereWhen><How><Description>Burst "
             "monitor</Description><Reference uri=\"http://www.example.org/monitor.html\" "
             "type=\"url\"/>"
             "</How><Why importance=\"0.5\"><Inference probability=\"0.9\"><Name>GRB</Name>"
             "<Concept>process.variation.burst;em.gamma</Concept></Inference></Why><Description>"
             "</Description></voe:VOEvent>\n",
             number % 60, number % 360);
}

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string(path) + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Microseconds for an event, in one round through all of them.
template <typename Action>
double cost(const std::vector<std::string>& events, Action action) {
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& event : events)
    action(event);
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begin;
  return spent.count() / static_cast<double>(events.size());
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

void bare_parse(const std::string& event) {
  const xmlParserCtxtPtr context = xmlNewParserCtxt();
  if (context == nullptr) throw std::bad_alloc();
  *context->sax = {};  // nobody is told anything, so that there is no tree
  context->sax->initialized = XML_SAX2_MAGIC;
  xmlFreeDoc(xmlCtxtReadMemory(context, event.data(), static_cast<int>(event.size()), nullptr,
                               nullptr, 0));
  xmlFreeParserCtxt(context);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> events;
    for (int i = 1; i < argc; ++i)
      events.push_back(read_file(argv[i]));
    for (int i = 0; argc < 2 && i < 1000; ++i)
      events.push_back(notice(i));
    double bytes = 0;
    for (const std::string& event : events)
      bytes += static_cast<double>(event.size());
    bytes /= static_cast<double>(events.size());

    vtp::Checker checker;
    std::size_t valid = 0;
    std::vector<double> checks;
    std::vector<double> parses;
    for (int round = 0; round < 15; ++round) {
      valid = 0;
      checks.push_back(cost(events, [&](const std::string& event) {
        valid += checker.check(event).verdict == vtp::Verdict::valid;
      }));
      parses.push_back(cost(events, bare_parse));
    }
    std::printf(
        "check: %.1f kB events: %.1f us each; bare SAX parse %.1f us; ratio %.2f "
        "(%zu events, %zu valid)\n",
        bytes / 1000, median(checks), median(parses), median(checks) / median(parses),
        events.size(), valid);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_check: %s\n", error.what());
    return 1;
  }
}
