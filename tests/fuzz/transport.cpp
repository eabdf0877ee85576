// Transport messages: what is read, written and read again stays the same; a glance at the role says
// what reading says; and no message costs more than its length.
#include "lib/vtp/transport.h"

#include <libxml/parser.h>

#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;
using fuzz::require_equal;

namespace {

const Time now = Time(std::chrono::seconds(1'700'000'000));

// All but the timestamp, for people too.
std::string all_of(const Transport& message) {
  std::string all = std::string(name_of(message.role)) + "\n" + message.origin + "\n" +
                    message.response + "\n" + message.result;
  for (const Param& param : message.params)
    all += "\n" + param.name + "=" + param.value;
  return all;
}

// Without libxml2's limit on names, as tinyxml2 has none.
bool is_well_formed(const std::string& text) {
  const xmlDocPtr document =
      xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE);
  xmlFreeDoc(document);
  return document != nullptr;
}

void check_message(const Transport& message) {
  const std::string xml = to_xml(message, now);
  require(role_at_a_glance(xml) == message.role, "the role of what we write is seen at a glance");
  const auto once = parse_transport(xml);
  require(static_cast<bool>(once), "what we write can be read", xml);
  const auto twice = parse_transport(to_xml(*once, now));
  require(static_cast<bool>(twice), "what we write twice can be read", xml);
  require_equal(all_of(*once), all_of(*twice), "what we write stays the same");
  require(is_well_formed(xml), "what we write is XML", xml);

  Transport answer;
  answer.role = message.role;
  answer.origin = message.origin;
  answer.response = message.response;
  answer.result = message.result;
  AnswerForm form(message.role, message.response);
  (void)form.fill("another", Time{}, "and longer than this");
  require_equal(std::string(form.fill(message.origin, now, message.result)), to_xml(answer, now),
                "a form is filled in as an answer is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string document = fuzz::expanded(fuzz::text_of(data, size));
  fuzz::require_time(fuzz::linear(document.size()), "a message costs no more than its length",
                     [&] { (void)parse_transport(document); });
  fuzz::require_time(fuzz::linear(document.size()), "a glance costs no more than the length",
                     [&] { (void)role_at_a_glance(document); });
  const auto message = parse_transport(document);
  const auto role = role_at_a_glance(document);
  if (!message) {
    require(!message.problem().empty(), "there is a problem");
    return 0;
  }
  require(!role || role == message->role, "a glance sees what reading sees", document);
  fuzz::require_time(fuzz::linear(4 * document.size()), "writing costs no more than the length",
                     [&] { check_message(*message); });
  return 0;
}
