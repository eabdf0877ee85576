// What documents cost that are made to cost much, for each byte, in everything that reads what peers send:
// parse_worst [BYTES [MOST]]. Tells the worst shape for each; fails where one takes more than MOST ns a byte.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/filter/filter.h"
#include "lib/voevent/check.h"
#include "lib/voevent/details.h"
#include "lib/voevent/json.h"
#include "lib/vtp/transport.h"

namespace {

double processor_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

std::string numbered(const std::string& before, std::size_t i, const std::string& after) {
  return before + std::to_string(i) + after;
}

// Pieces by their number, until there are so many bytes.
std::string many(std::size_t bytes, const std::function<std::string(std::size_t)>& piece) {
  std::string all;
  all.reserve(bytes + 64);
  for (std::size_t i = 0; all.size() < bytes; ++i)
    all += piece(i);
  return all;
}
std::string times(const std::string& text, std::size_t bytes) {
  return many(bytes, [&](std::size_t) { return text; });
}
std::string attributes(std::size_t count, const std::string& prefix) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += numbered(" " + prefix + "a", i, "=''");
  return all;
}
std::string namespaces(std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += numbered(" xmlns:a", i, numbered("='urn:", i, "'"));
  return all;
}

struct Shape {
  std::string name;
  std::string text;
};

// What may stand in an element.
std::vector<Shape> contents(std::size_t n) {
  return {
      {"elements", times("<a/>", n)},
      {"elements and ends", times("<a></a>", n)},
      {"parameters", times("<Param/>", n)},
      {"names", many(n, [](std::size_t i) { return numbered("<a", i, "/>"); })},
      {"names of attributes", many(n, [](std::size_t i) { return numbered("<a b", i, "=''/>"); })},
      {"attributes", "<a" + many(n, [](std::size_t i) { return numbered(" b", i, "=''"); }) + "/>"},
      {"attributes up to the bound", times("<a" + attributes(340, "") + "/>", n)},
      {"attributes of a tree", times("<a" + attributes(60, "") + "/>", n)},
      {"the same attribute", "<a" + times(" b=''", n) + "/>"},
      {"namespaces",
       "<a" + many(n, [](std::size_t i) { return numbered(" xmlns:a", i, "='urn:x'"); }) + "/>"},
      {"namespaces of each", times("<a xmlns:b='urn:c'/>", n)},
      {"namespaces looked through", "<b" + namespaces(190) + ">" + times("<a0:a/>", n) + "</b>"},
      {"attributes with prefixes",
       "<b" + namespaces(190) + ">" + times("<a" + attributes(300, "a0:") + "/>", n) + "</b>"},
      {"prefixes that are not declared", times("<a:b c:d=''/>", n)},
      {"comments", times("<!---->", n)},
      {"instructions", times("<?a?>", n)},
      {"CDATA", times("<![CDATA[]]>", n)},
      {"comments and texts", times("<!---->x", n)},
      {"one comment", "<!--" + times("- ", n) + "-->"},
      {"one instruction", "<?a " + times("? ", n) + "?>"},
      {"one text", times("x", n)},
      {"one text beyond ASCII", times("\xC3\xA9", n)},
      {"one name", "<" + times("x", n) + "/>"},
      {"one value", "<a b='" + times("x", n) + "'/>"},
      {"white space in a value", "<a b='" + times(" \t", n) + "'/>"},
      {"references", times("&#65;", n)},
      {"references without an end", times("&#", n)},
      {"references in a value", "<a b='" + times("&lt;", n) + "'/>"},
      {"ampersands", times("&", n)},
      {"entities that are not declared", times("&a;", n)},
      {"line breaks", times("\n", n)},
      {"carriage returns", times("\r", n)},
      {"closing brackets", times("]] ", n)},
      {"depth", times("<a>", n)},
      {"depth up to the bound", times(times("<a>", 3 * 240) + times("</a>", 4 * 240), n)},
      {"ends only", times("</a>", n)},
      {"groups", times("<Group name='a'><Param name='b'/></Group>", n)},
      {"a long group",
       "<Group name='" + times("x", n / 2) + "'>" + times("<Param name='b'/>", n / 2) + "</Group>"},
      {"parameters by name",
       many(n, [](std::size_t i) { return numbered("<Param name='", i, "' value='1'/>"); })},
      {"references of a long parameter", "<Param name='" + times("x", n / 2) + "'>" +
                                             times("<Reference uri='a'/>", n / 2) + "</Param>"},
      {"inferences", "</What><Why>" + times("<Inference/>", n) + "</Why><What>"},
      {"concepts", "</What><Why>" + times("<Concept>a</Concept>", n) + "</Why><What>"},
      {"citations",
       "</What><Citations>" + times("<EventIVORN>a</EventIVORN>", n) + "</Citations><What>"},
      {"identifiers", many(n, [](std::size_t i) { return numbered("<Group id='a", i, "'/>"); })},
  };
}

// What may stand before a root.
std::vector<Shape> beginnings(std::size_t n) {
  return {
      {"entities", "<!DOCTYPE a [" +
                       many(n, [](std::size_t i) { return numbered("<!ENTITY a", i, " ''>"); }) +
                       "]>"},
      {"the same entity", "<!DOCTYPE a [" + times("<!ENTITY a ''>", n) + "]>"},
      {"parameter entities", "<!DOCTYPE a [<!ENTITY % b ''>" + times("%b;", n) + "]>"},
      {"one entity", "<!DOCTYPE a [<!ENTITY a '" + times("x", n) + "'>]>"},
      {"attribute lists", "<!DOCTYPE a [" + times("<!ATTLIST a b CDATA ''>", n) + "]>"},
      {"attributes of lists",
       "<!DOCTYPE a [" +
           many(n, [](std::size_t i) { return numbered("<!ATTLIST a b", i, " CDATA ''>"); }) +
           "]>"},
      {"element types", "<!DOCTYPE a [" + times("<!ELEMENT a (b|c)*>", n) + "]>"},
      {"a content model", "<!DOCTYPE a [<!ELEMENT a (" + times("b|", n) + "c)*>]>"},
      {"notations", "<!DOCTYPE a [" + times("<!NOTATION a SYSTEM 'b'>", n) + "]>"},
      {"comments first", times("<!---->", n)},
      {"instructions first", times("<?a?>", n)},
      {"declarations", times("<?xml version='1.0'?>", n)},
      {"line breaks first", times("\n", n)},
  };
}

std::string utf16(std::string_view text) {
  std::string wide = "\xFF\xFE";
  for (const char c : text) {
    wide += c;
    wide += '\0';
  }
  return wide;
}

std::vector<Shape> documents(std::size_t bytes, const std::string& begin, const std::string& end) {
  std::vector<Shape> all;
  for (Shape& shape : contents(bytes))
    all.push_back({shape.name, begin + shape.text + end});
  for (Shape& shape : beginnings(bytes))
    all.push_back({shape.name, shape.text + begin + end});
  const std::size_t narrow = all.size();
  for (std::size_t i = 0; i < narrow; ++i)
    all.push_back({all[i].name + ", in UTF-16", utf16(all[i].text)});
  return all;
}

struct Reader {
  std::string name;
  std::function<void(const std::string&)> read;
  std::function<bool(const std::string&)> wants = [](const std::string&) { return true; };
};

bool measure(const std::vector<Reader>& readers, const std::vector<Shape>& shapes, double most) {
  bool good = true;
  for (const Reader& reader : readers) {
    double worst = 0;
    std::string_view which;
    for (const Shape& shape : shapes) {
      if (!reader.wants(shape.text)) continue;
      const double begin = processor_nanoseconds();
      reader.read(shape.text);
      const double cost =
          (processor_nanoseconds() - begin) / static_cast<double>(shape.text.size());
      if (cost > most)
        std::printf("%s takes %.0f ns a byte for %s\n", reader.name.c_str(), cost,
                    shape.name.c_str());
      if (cost <= worst) continue;
      worst = cost;
      which = shape.name;
    }
    std::printf("%-20s %7.1f ns a byte at most, for %.*s\n", reader.name.c_str(), worst,
                static_cast<int>(which.size()), which.data());
    std::fflush(stdout);
    good = good && worst <= most;
  }
  return good;
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t bytes = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 200'000;
  const double most = count > 2 ? std::strtod(arguments[2], nullptr) : 1e9;
  vtp::Checker checker;
  vtp::DetailsReader details;
  const std::vector<Reader> of_events = {
      {"check", [&](const std::string& text) { (void)checker.check(text); }},
      {"check_in_full", [&](const std::string& text) { (void)checker.check_in_full(text); }},
      {"DetailsReader", [&](const std::string& text) { (void)details.read(text); }},
      {"json_line",
       [](const std::string& text) {
         (void)vtp::json_line({text, {}, {}}, {{}, "a"});
       }},
      // No other document becomes a tree.
      {"EventTree", [](const std::string& text) { vtp::EventTree tree(text); },
       [&](const std::string& text) {
         return checker.check_in_full(text).verdict != vtp::Verdict::malformed;
       }},
  };
  const std::vector<Reader> of_messages = {
      {"parse_transport", [](const std::string& text) { (void)vtp::parse_transport(text); }},
      {"role_at_a_glance", [](const std::string& text) { (void)vtp::role_at_a_glance(text); }},
  };
  const std::string event =
      "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' "
      "ivorn='ivo://a.b/c#1'><What>";
  const bool events = measure(of_events, documents(bytes, event, "</What></v:VOEvent>"), most);
  const bool messages = measure(
      of_messages, documents(bytes, "<Transport role='ack'><Meta>", "</Meta></Transport>"), most);
  return events && messages ? 0 : 1;
}
