#include "lib/vtp/transport.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <tinyxml2.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/vtp/transport_bounds.h"

namespace vtp {
namespace {

constexpr const char* transport_namespace = "http://www.telescope-networks.org/xml/Transport/v1.1";

constexpr bool compact = true;  // no line breaks between elements

constexpr std::array all_roles = {TransportRole::iamalive, TransportRole::authenticate,
                                  TransportRole::ack, TransportRole::nak};

std::optional<TransportRole> role_named(std::string_view name) {
  const auto known = std::ranges::find(all_roles, name, name_of);
  return known == all_roles.end() ? std::nullopt : std::optional(*known);
}

// Names are compared without their prefix, since each peer chooses its own.
std::string_view local_name(const tinyxml2::XMLElement& element) {
  const std::string_view name = element.Name();
  return name.substr(name.find(':') + 1);
}

const tinyxml2::XMLElement* child(const tinyxml2::XMLElement& parent, std::string_view name) {
  for (auto* element = parent.FirstChildElement(); element; element = element->NextSiblingElement())
    if (local_name(*element) == name) return element;
  return nullptr;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string text_in(const tinyxml2::XMLElement& parent, std::string_view name) {
  const auto* element = child(parent, name);
  const char* text = element ? element->GetText() : nullptr;
  return text ? std::string(trimmed(text)) : std::string{};
}

std::string attribute(const tinyxml2::XMLElement& element, const char* name) {
  const char* value = element.Attribute(name);
  return value ? value : std::string{};
}

void read_meta(const tinyxml2::XMLElement& meta, Transport& message) {
  for (auto* element = meta.FirstChildElement(); element; element = element->NextSiblingElement()) {
    if (local_name(*element) == "Param") {
      message.params.push_back({attribute(*element, "name"), attribute(*element, "value")});
    } else if (local_name(*element) == "filter" && attribute(*element, "type") == "xpath") {
      const char* text = element->GetText();
      message.params.push_back(
          {std::string(xpath_filter_param), std::string(text ? trimmed(text) : "")});
    }
  }
  message.result = text_in(meta, "Result");
}

// Escapes as write_element does.
void append_text(std::string& out, std::string_view text) {
  std::string replaced;
  if (!is_plain(text)) text = replaced = allowed_in_xml(text);
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
}

void write_element(tinyxml2::XMLPrinter& printer, const char* name, const std::string& text) {
  printer.OpenElement(name, compact);
  printer.PushText(allowed_in_xml(text).c_str());
  printer.CloseElement(compact);
}

void write_meta(tinyxml2::XMLPrinter& printer, const Transport& message) {
  printer.OpenElement("Meta", compact);
  for (const Param& param : message.params) {
    printer.OpenElement("Param", compact);
    printer.PushAttribute("name", allowed_in_xml(param.name).c_str());
    printer.PushAttribute("value", allowed_in_xml(param.value).c_str());
    printer.CloseElement(compact);
  }
  if (!message.result.empty()) write_element(printer, "Result", message.result);
  printer.CloseElement(compact);
}

}  // namespace

std::string_view name_of(TransportRole role) {
  switch (role) {
    case TransportRole::iamalive:
      return "iamalive";
    case TransportRole::authenticate:
      return "authenticate";
    case TransportRole::ack:
      return "ack";
    case TransportRole::nak:
      return "nak";
  }
  return "";
}

Result<Transport> parse_transport(std::string_view document) {
  // tinyxml2 stops at the first NUL.
  document = document.substr(0, document.find('\0'));
  if (const std::string_view excess = excess_in_transport(document); !excess.empty())
    return Problem{fmt::format("a message with {} in it", excess)};
  tinyxml2::XMLDocument xml;
  if (xml.Parse(document.data(), document.size()) != tinyxml2::XML_SUCCESS)
    return Problem{fmt::format("not well-formed XML (line {})", xml.ErrorLineNum())};
  const auto* root = xml.RootElement();
  if (!root || local_name(*root) != "Transport")
    return Problem{
        fmt::format("not a Transport message but {}", root ? shortened(root->Name()) : "nothing")};

  const std::string role = attribute(*root, "role");
  const auto known = role_named(role);
  if (!known)
    return Problem{role.empty()
                       ? "a Transport message without a role"
                       : fmt::format("a Transport message of unknown role {}", shortened(role))};
  Transport message;
  message.role = *known;
  message.origin = text_in(*root, "Origin");
  message.response = text_in(*root, "Response");
  message.timestamp = text_in(*root, "TimeStamp");
  if (const auto* meta = child(*root, "Meta")) read_meta(*meta, message);
  if (message.result.empty()) message.result = text_in(*root, "Result");
  return message;
}

std::optional<TransportRole> role_at_a_glance(std::string_view document) {
  if (document.starts_with("<?xml"))
    document.remove_prefix(std::min(document.find("?>"), document.size()));
  const std::size_t open = document.find('<');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view tag = document.substr(open + 1, document.find('>', open) - open - 1);
  const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/"));
  if (name.substr(name.find(':') + 1) != "Transport") return std::nullopt;

  tag.remove_prefix(name.size());
  for (std::size_t equals; (equals = tag.find('=')) != std::string_view::npos;) {
    const std::string_view attribute = trimmed(tag.substr(0, equals));
    const std::size_t quote = tag.find_first_of("\"'", equals);
    if (quote == std::string_view::npos) return std::nullopt;
    const std::size_t end = tag.find(tag[quote], quote + 1);
    if (end == std::string_view::npos) return std::nullopt;
    if (attribute == "role") return role_named(tag.substr(quote + 1, end - quote - 1));
    tag.remove_prefix(end + 1);
  }
  return std::nullopt;
}

std::string to_xml(const Transport& message, Time now) {
  tinyxml2::XMLPrinter printer(nullptr, compact);
  printer.PushDeclaration("xml version=\"1.0\" encoding=\"UTF-8\"");
  printer.OpenElement("trn:Transport", compact);
  printer.PushAttribute("xmlns:trn", transport_namespace);
  printer.PushAttribute("version", "1.0");
  printer.PushAttribute("role", std::string(name_of(message.role)).c_str());
  write_element(printer, "Origin", message.origin);
  if (!message.response.empty()) write_element(printer, "Response", message.response);
  write_element(printer, "TimeStamp", utc_text(now));
  if (!message.params.empty() || !message.result.empty()) write_meta(printer, message);
  printer.CloseElement(compact);
  return printer.CStr();
}

AnswerForm::AnswerForm(TransportRole role, std::string_view response) {
  Transport message;
  message.role = role;
  message.response = response;
  text_ = to_xml(message, Time{});  // these tags occur once: in text they would be escaped
  head_ = text_.find("</Origin>");
  before_stamp_ = text_.substr(head_, text_.rfind("</TimeStamp>") - head_);
  stamp(Time{});
  before_stamp_.resize(before_stamp_.size() - stamp_.size());
}

std::string_view AnswerForm::fill(std::string_view origin, Time now, std::string_view result) {
  if (std::chrono::floor<std::chrono::seconds>(now) != at_) stamp(now);
  text_.resize(head_);
  append_text(text_, origin);
  text_ += before_stamp_;
  text_ += stamp_;
  text_ += "</TimeStamp>";
  if (!result.empty()) {
    text_ += "<Meta><Result>";
    append_text(text_, result);
    text_ += "</Result></Meta>";
  }
  text_ += "</trn:Transport>";
  return text_;
}

void AnswerForm::stamp(Time now) {
  at_ = std::chrono::floor<std::chrono::seconds>(now);
  stamp_ = utc_text(now);
}

}  // namespace vtp
