// Small events, for tests in which the contents do not matter.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "lib/voevent/event.h"

namespace vtp {

// A VOEvent 2.0 with these children, valid if they are; one line before them.
inline std::string event_with(const std::string& ivorn, const std::string& children) {
  return "<?xml version='1.0' encoding='UTF-8'?><voe:VOEvent "
         "xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' ivorn='" +
         ivorn + "'>" + children + "</voe:VOEvent>";
}

inline std::string valid_event(const std::string& ivorn) {
  return event_with(ivorn, "<Who><AuthorIVORN>ivo://a.b/author</AuthorIVORN></Who>");
}

// The same as an Event, with role test.
inline EventPtr sample_event(const std::string& ivorn) {
  Event made{valid_event(ivorn), digest_of(valid_event(ivorn)), {}};
  made.headline.ivorn = ivorn;
  made.headline.role = "test";
  return std::make_shared<const Event>(std::move(made));
}

// In the form of VOEvent 1.1, which authors may no longer submit.
inline std::string old_event(const std::string& ivorn) {
  return "<VOEvent xmlns='http://www.ivoa.net/xml/VOEvent/v1.1' version='1.1' ivorn='" + ivorn +
         "'/>";
}

}  // namespace vtp
