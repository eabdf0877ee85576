#include "tests/bench/fairness_message.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "lib/vtp/transport.h"
#include "tests/bench/load_events.h"
#include "tests/bench/load_socket.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

constexpr std::size_t head_size = 512;  // bytes, in which the mark is looked for

std::string repeated(std::size_t count, std::string_view text) {
  std::string out;
  out.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i)
    out += text;
  return out;
}

// The text for each number, one behind the other; {} stands for the number.
template <class Form>
std::string numbered(std::size_t count, const Form& form) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    form(std::back_inserter(out), i);
  return out;
}

std::string marked(const std::string& children, const std::string& local_part = "") {
  return event_with(fmt::format("ivo://example.org/busy#{}{}", number_mark, local_part),
                    "<Who><AuthorIVORN>ivo://example.org/busy</AuthorIVORN></Who>" + children);
}

}  // namespace

Message Message::framed(std::string_view payload) {
  std::string frame;
  append_frame(frame, payload);
  return raw(std::move(frame));
}

Message Message::raw(std::string bytes) {
  Message message;
  message.bytes_ = std::move(bytes);
  message.mark_ = std::string_view(message.bytes_).substr(0, head_size).find(number_mark);
  return message;
}

std::string Message::head(std::uint64_t number) const {
  std::string out = bytes_.substr(0, head_size);
  if (mark_ != std::string::npos)
    out.replace(mark_, number_mark.size(), fmt::format("{:010}", number % 10'000'000'000));
  return out;
}

std::string_view Message::rest() const {
  return std::string_view(bytes_).substr(std::min(bytes_.size(), head_size));
}

Message event_of(const std::string& children) { return Message::framed(marked(children)); }
Message event_named(const std::string& local_part) {
  return Message::framed(marked("", local_part));
}

std::string many_params(std::size_t count) {
  return "<What>" +
         numbered(count,
                  [](auto out, std::size_t i) {
                    fmt::format_to(out, "<Param name='p{0}' value='{0}'/>", i);
                  }) +
         "</What>";
}

std::string many_comments(std::size_t count) {
  return "<What><Description>x</Description>" + repeated(count, "<!---->") + "</What>";
}
std::string many_instructions(std::size_t count) {
  return "<What>" + repeated(count, "<?a?>") + "</What>";
}
std::string many_sections(std::size_t count) {
  return "<What><Description>" + repeated(count, "<![CDATA[a]]>") + "</Description></What>";
}

std::string many_names(std::size_t count) {
  return "<What>" +
         numbered(count, [](auto out, std::size_t i) { fmt::format_to(out, "<n{:x}/>", i); }) +
         "</What>";
}

std::string nested(std::size_t count) {
  return "<What>" + repeated(count, "<a>") + repeated(count, "</a>") + "</What>";
}

std::string many_attributes(std::size_t count) {
  return "<What><Param" +
         numbered(count, [](auto out, std::size_t i) { fmt::format_to(out, " a{:x}=''", i); }) +
         "/></What>";
}

Message entities(std::size_t count) {
  std::string document = marked("");
  const std::string declarations =
      "<!DOCTYPE VOEvent [" +
      numbered(count,
               [](auto out, std::size_t i) { fmt::format_to(out, "<!ENTITY e{:x} 'a'>", i); }) +
      "]>";
  return Message::framed(document.insert(document.find("?>") + 2, declarations));
}

Message request(const std::vector<std::string>& filters, const std::string& since,
                const std::string& after) {
  Transport message;
  message.role = TransportRole::authenticate;
  message.origin = "ivo://example.org/fairness";
  if (!after.empty() || !since.empty())
    message.params.push_back({std::string(resume_after_param), after});
  if (!since.empty()) message.params.push_back({std::string(since_param), since});
  for (const std::string& filter : filters)
    message.params.push_back({std::string(xpath_filter_param), filter});
  return Message::raw(framed(message));
}

Message ack() {
  Transport message;
  message.role = TransportRole::ack;
  message.origin = "ivo://example.org/busy";
  return Message::raw(framed(message));
}

Message nak(std::size_t size) {
  Transport message;
  message.role = TransportRole::nak;
  message.origin = "ivo://example.org/busy";
  message.result = std::string(size, 'x');
  return Message::raw(framed(message));
}

Message many_attributes_tag(std::size_t count) {
  return Message::framed(
      "<trn:Transport xmlns:trn='http://www.telescope-networks.org/xml/Transport/v1.1' "
      "version='1.0' role='nak'" +
      numbered(count, [](auto out, std::size_t i) { fmt::format_to(out, " a{:x}=''", i); }) + "/>");
}

std::vector<std::string> filters(FilterKind kind, std::size_t count, std::size_t subscriber) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string own = fmt::format("{}-{}", subscriber, i);
    switch (kind) {
      case FilterKind::cheap:
        out.push_back(fmt::format("//Param[@name='none {}']", own));
        break;
      case FilterKind::all:
        out.push_back(fmt::format("//Who[AuthorIVORN!='{}']", own));
        break;
      case FilterKind::costly:
        out.push_back(repeated(180, "//*[string(/)='x'] or ") + fmt::format("'{}'='x'", own));
        break;
      case FilterKind::broken:
        out.push_back(fmt::format("{}{}", std::string(200, '('), own));
        break;
    }
  }
  return out;
}

}  // namespace vtp
