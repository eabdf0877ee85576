#include "lib/vtp/transport.h"

#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

// A Transport document as some peer might write it.
std::string transport(std::string_view attributes, std::string_view children) {
  return "<?xml version='1.0' encoding='UTF-8'?>\n<trn:Transport " + std::string(attributes) + ">" +
         std::string(children) + "</trn:Transport>\n";
}

}  // namespace

TEST_CASE("a message survives being written and read") {
  Transport message;
  message.role = TransportRole::nak;
  message.origin = "ivo://a.b/c#<&>\"1\"";
  message.response = "ivo://d.e/f";
  message.params = {{"xpath-filter", "//Param[@name='a' and @value<3]"}, {"other", ""}};
  message.result = "Event rejected: line 3: element Who: unexpected child Foo";
  const auto read = parse_transport(to_xml(message, TestClock().now()));
  REQUIRE(read);
  CHECK(read->role == message.role);
  CHECK(read->origin == message.origin);
  CHECK(read->response == message.response);
  CHECK(read->timestamp == "2026-11-22T12:42:50Z");
  REQUIRE(read->params.size() == 2);
  CHECK(read->params[0].name == "xpath-filter");
  CHECK(read->params[0].value == message.params[0].value);
  CHECK(read->result == message.result);
}

TEST_CASE("what is written has the schema's elements in its order, and no empty ones") {
  Transport message;
  message.role = TransportRole::ack;
  message.origin = "ivo://a.b/c#1";
  CHECK(to_xml(message, TestClock().now()) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        "<trn:Transport xmlns:trn=\"http://www.telescope-networks.org/xml/Transport/v1.1\" "
        "version=\"1.0\" role=\"ack\"><Origin>ivo://a.b/c#1</Origin>"
        "<TimeStamp>2026-11-22T12:42:50Z</TimeStamp></trn:Transport>");
}

TEST_CASE("text that XML cannot hold is replaced") {
  Transport message;
  message.result = "a\x01z";
  CHECK(parse_transport(to_xml(message, TestClock().now()))->result == "a?z");
  message.result = "caf\xE9 \xC0\x81 \xEF\xBF\xBE z";  // not UTF-8, and what is no character
  CHECK(parse_transport(to_xml(message, TestClock().now()))->result == "caf? ?? ? z");
}

TEST_CASE("a form that is filled in says what is written afresh, whatever the texts") {
  std::vector<std::string> texts = {"",
                                    "ivo://a.b/c#1",
                                    "<Origin></Origin></TimeStamp>",
                                    "a & b > 'c' \"d\" ]]> &amp;",
                                    "\t\n\r \x01\x1f\x7f",
                                    std::string("a\0b", 3),
                                    "caf\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x94\xAD",
                                    "\xC3 \xFF\xFE \xED\xA0\x80 \xC0\x80",
                                    std::string(10'000, '&')};
  for (int c = 0; c < 256; ++c)
    texts.emplace_back(3, static_cast<char>(c));
  TestClock clock;
  for (const TransportRole role : {TransportRole::ack, TransportRole::nak, TransportRole::iamalive})
    for (const std::string& response : texts) {
      AnswerForm form(role, response);
      for (const std::string& origin : texts)
        for (const std::string& result : {std::string(), origin}) {
          if (response.size() > 3 && origin.size() > 100) continue;
          Transport message;
          message.role = role;
          message.origin = origin;
          message.response = response;
          message.result = result;
          clock.advance(std::chrono::milliseconds{400});
          REQUIRE(form.fill(origin, clock.now(), result) == to_xml(message, clock.now()));
        }
    }
}

TEST_CASE("a form takes any time") {
  AnswerForm form(TransportRole::ack, "ivo://a.b/c");
  Transport ack;
  ack.role = TransportRole::ack;
  ack.response = "ivo://a.b/c";
  for (const int seconds : {0, 1, 0, -1, 86'399, 86'400, 1'795'351'370})
    for (const int microseconds : {0, 999'999, -1}) {
      const Time time{std::chrono::seconds{seconds} + std::chrono::microseconds{microseconds}};
      CHECK(form.fill("", time) == to_xml(ack, time));
    }
}

TEST_CASE("every role is known, and no other") {
  for (const char* role : {"iamalive", "authenticate", "ack", "nak"})
    CHECK(name_of(parse_transport(transport("role='" + std::string(role) + "'", ""))->role) ==
          role);
  CHECK(parse_transport(transport("role='shout'", "")).problem() ==
        "a Transport message of unknown role shout");
  CHECK(parse_transport(transport("", "")).problem() == "a Transport message without a role");
}

TEST_CASE("all namespaces in use are read, with any prefix") {
  for (const char* name : {"http://www.telescope-networks.org/xml/Transport/v1.1",
                           "http://telescope-networks.org/xml/Transport/v1.1",
                           "http://telescope-networks.org/schema/Transport/v1.1",
                           "http://www.telescope-networks.org/schema/Transport/v1.1"}) {
    const std::string space = name;
    CHECK(parse_transport("<trn:Transport xmlns:trn='" + space + "' role='ack'/>"));
    CHECK(parse_transport("<Transport xmlns='" + space +
                          "' role='ack'><Origin>x</Origin></Transport>")
              ->origin == "x");
  }
}

TEST_CASE("peers may leave out what we would write") {
  // A subscriber's local time without a zone, no Response, an empty Meta, a Param that nobody
  // knows.
  const auto message =
      parse_transport(transport("role='iamalive' version='1.0'",
                                "\n  <Origin>\n ivo://a.b/c </Origin>\n "
                                "<TimeStamp>2026-11-22T11:01:50.787197</TimeStamp>\n<Meta/>"));
  REQUIRE(message);
  CHECK(message->origin == "ivo://a.b/c");
  CHECK(message->response.empty());
  CHECK(message->timestamp == "2026-11-22T11:01:50.787197");
  CHECK(
      parse_transport(transport("role='ack'", "<Meta><Param value='x'/></Meta>"))->params.size() ==
      1);
}

TEST_CASE("a nak's reason may stand beside Meta") {
  CHECK(parse_transport(transport("role='nak'", "<Meta/><Result>no</Result>"))->result == "no");
}

TEST_CASE("the old form of a filter is read as the new one") {
  const auto message = parse_transport(
      transport("role='authenticate'", "<Meta><filter type='xpath'>//Who</filter></Meta>"));
  REQUIRE(message);
  REQUIRE(message->params.size() == 1);
  CHECK(message->params[0].name == xpath_filter_param);
  CHECK(message->params[0].value == "//Who");
}

TEST_CASE("what is no Transport message is said to be none") {
  CHECK(parse_transport("<voe:VOEvent/>").problem() == "not a Transport message but voe:VOEvent");
  CHECK(parse_transport("").problem().starts_with("not well-formed XML"));
  CHECK(parse_transport("<a><b></a>").problem().starts_with("not well-formed XML"));
  CHECK_FALSE(parse_transport(std::string(100'000, '<')));
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += "<a>";
  CHECK_FALSE(parse_transport(deep));
}

TEST_CASE("a role is seen at a glance, or not") {
  for (const char* role : {"iamalive", "authenticate", "ack", "nak"}) {
    const std::string attributes =
        "xmlns:trn='x>' version = \"1.0\"\n role = '" + std::string(role) + "'";
    const std::string plain = "xmlns:trn='x' version=\"1.0\"\n role = '" + std::string(role) + "'";
    CHECK(role_at_a_glance(transport(plain, "<Origin>a</Origin>")) ==
          parse_transport(transport(plain, ""))->role);
    CHECK_FALSE(
        role_at_a_glance(transport(attributes, "")));  // a > in an attribute takes a closer look
  }
  Transport ack;
  ack.role = TransportRole::ack;
  CHECK(role_at_a_glance(to_xml(ack, Time{})) == TransportRole::ack);
  CHECK(role_at_a_glance("<Transport role=\"ack\"/>") == TransportRole::ack);
  for (const char* other :
       {"", "<", "<a", "<?xml", "<?xml ?><!-- role='ack' --><Transport role='ack'/>",
        "<Transport/>", "<Transport role=/>", "<Transport role='ack/>", "<Transport role='shout'/>",
        "<Other role='ack'/>", "<Transport xrole='ack'/>", "<Transport a='role=' b='ack'/>",
        "</Transport role='ack'>"})
    CHECK_FALSE(role_at_a_glance(other));
}

}  // namespace vtp
