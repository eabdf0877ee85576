// Holds filters to what xmllint says of the same expressions on real events; skipped where there is
// no xmllint (libxml2-utils). It is libxml2's too, but without the box that lib/filter.h puts it in.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/filter/filter.h"
#include "tests/support/shared_corpus.h"
#include "tests/support/temporary.h"

namespace {

using vtp::test::ListedEvent;

constexpr std::size_t sample_size = 100;  // a call of xmllint each

// Those in common use first (vtp.md, Filtering), then one of every kind of value and function.
const std::vector<std::string> expressions = {
    "//Who/Author[shortName=\"VO-GCN\"]",
    "//How[contains(Description, \"Swift\")]",
    "//Param[@name=\"Sun_Distance\" and @value>40]",
    "/*[local-name()=\"VOEvent\" and @role!=\"test\"]",
    "//Param[@name='mag' and @value<19]",
    "//VOEvent",  // never: the root's name has a namespace
    "count(//Param) > 20",
    "count(//Group/Param) mod 2",
    "count(//Param[@value=''])",
    "string(//Position2D/Error2Radius)",
    "number(//C1) > 180 and number(//C2) < 0",
    "number(//Why/@importance)",  // NaN, for most
    "sum(//Error2Radius) - floor(sum(//Error2Radius))",
    "starts-with(/*/@ivorn, 'ivo://nasa.gsfc')",
    "substring-before(substring-after(/*/@ivorn, '//'), '/') = 'nasa.gsfc.gcn'",
    "contains(translate(//Description, 'EST', 'est'), 'test')",
    "concat(//Who/Date, //Who/Author/contactEmail) = string(//Who/Date)",
    "normalize-space(//Reference/@uri) = ''",
    "string-length(/*/@ivorn) > 60",
    "//Param[last()]/@value = //Param[1]/@value",
    "//Param[position()=2 and @unit]/following-sibling::Param",
    "//Reference[not(@name)] | //EventIVORN[@cite='followup']",
    "not(//Citations) and boolean(//WhereWhen//ISOTime)",
    "//Param/@value = 'true'",
    "//C1 > //C2",
    // What they say depends on where they start from: as with Comet, at the root element.
    "What/Param",
    "Who",
    "@role = 'observation'",
    "self::node()[local-name() = 'VOEvent']",
};

std::string quoted(const std::string& text) {
  std::string all = "'";
  for (const char c : text)
    all += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return all + "'";
}

// A word for each expression, with a space before it. xmllint starts from the document, and a
// predicate starts from what it stands at; so each is asked about the root element.
std::string question() {
  std::string all = "concat(''";
  for (const std::string& expression : expressions)
    all += ",' ',boolean(/*[boolean(" + expression + ")])";
  return all + ")";
}

std::string xmllint(const std::string& file) {
  const std::string command = "xmllint --nonet --xpath " + quoted(question()) + " " + quoted(file);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) throw std::runtime_error("xmllint cannot be run");
  std::string said;
  for (int c = 0; (c = std::fgetc(pipe.get())) != EOF;)
    if (c != '\n') said += static_cast<char>(c);
  return said;
}

std::vector<ListedEvent> sample(const std::filesystem::path& shared) {
  std::vector<ListedEvent> all = vtp::test::read_corpus(shared, "events");
  std::vector<ListedEvent> chosen;
  const std::size_t step = std::max<std::size_t>(1, all.size() / sample_size);
  for (std::size_t i = 0; i < all.size(); i += step)
    chosen.push_back(std::move(all[i]));
  for (const char* name : {"gaia.xml", "voevent.xml"}) {
    const std::filesystem::path path = shared / "corpus/tutorial" / name;
    chosen.push_back({path.filename().string(), "valid", vtp::test::read_file(path)});
  }
  return chosen;
}

int run() {
  const auto shared = vtp::test::find_shared("corpus/events.tsv");
  if (!shared) return vtp::test::skipped;
  if (std::system("command -v xmllint >/dev/null") != 0) {
    std::printf("skipped: there is no xmllint (libxml2-utils has it)\n");
    return vtp::test::skipped;
  }
  std::vector<std::shared_ptr<vtp::Filter>> filters;
  for (const std::string& expression : expressions) {
    const auto filter = vtp::Filter::compile(expression);
    if (!filter) throw std::runtime_error(expression + ": " + filter.problem());
    filters.push_back(*filter);
  }

  const vtp::TemporaryFolder folder;
  const std::string file = folder.file("event.xml");
  std::vector<int> positive(expressions.size());
  int differences = 0;
  const std::vector<ListedEvent> events = sample(*shared);
  for (const ListedEvent& event : events) {
    std::ofstream(file, std::ios::binary) << event.bytes;
    vtp::EventTree tree(event.bytes);
    std::string ours;
    std::string troubles;
    for (std::size_t i = 0; i < filters.size(); ++i) {
      const vtp::FilterOutcome outcome = tree.evaluate(*filters[i]);
      ours += outcome.positive ? " true" : " false";
      positive[i] += outcome.positive;
      if (!outcome.trouble.empty()) troubles += expressions[i] + " " + outcome.trouble + "\n";
    }
    const std::string theirs = xmllint(file);
    if (ours == theirs && troubles.empty()) continue;
    ++differences;
    std::printf("%s:\nxmllint:%s\n   ours:%s\n%s", event.path.c_str(), theirs.c_str(), ours.c_str(),
                troubles.c_str());
  }
  for (std::size_t i = 0; i < expressions.size(); ++i)
    std::printf("%3d of %zu meet %s\n", positive[i], events.size(), expressions[i].c_str());
  std::printf("%zu events, %d differences\n", events.size(), differences);
  return differences == 0 && !events.empty() ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& error) {
    std::printf("filter_corpus: %s\n", error.what());
    return 1;
  }
}
