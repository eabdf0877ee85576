#include "lib/voevent/test_event.h"

#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

// Escapes for XML: an IVOID may contain & and ', but no white space.
std::string escaped(const std::string& ivoid) {
  std::string out;
  for (const char c : ivoid) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

// The part of the ivorn before the time.
std::string ivorn_without_time(const std::string& local_ivo) { return local_ivo + "#TestEvent-"; }

}  // namespace

bool is_test_event_of(const std::string& local_ivo, std::string_view ivorn) {
  return !local_ivo.empty() && ivorn.starts_with(ivorn_without_time(local_ivo));
}

EventPtr make_test_event(const std::string& local_ivo, Time now) {
  Event event;
  event.headline.ivorn = ivorn_without_time(local_ivo) + utc_text(now);
  event.headline.role = "test";
  event.headline.version = "2.0";
  event.headline.author = local_ivo;
  event.headline.date = utc_text(now);
  event.bytes = fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?>
<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.ivoa.net/xml/VOEvent/v2.0 http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd" version="2.0" role="test" ivorn="{}">
  <Who>
    <AuthorIVORN>{}</AuthorIVORN>
    <Date>{}</Date>
  </Who>
  <What>
    <Description>A broker's test event: the way from it to you is open.</Description>
  </What>
</voe:VOEvent>
)",
      escaped(event.headline.ivorn), escaped(local_ivo), event.headline.date);
  event.digest = digest_of(event.bytes);
  return std::make_shared<const Event>(std::move(event));
}

}  // namespace vtp
