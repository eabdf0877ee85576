#include "tests/support/mutate.h"

#include <algorithm>

#include "tests/support/odd_markup.h"
#include "tests/support/odd_texts.h"

namespace vtp::test {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Reads the constructs of real events; expects well-formed input.
class TreeReader {
 public:
  explicit TreeReader(std::string_view text) : rest_(text) {}

  Node root() {
    while (rest_.size() > 1 && (rest_[0] != '<' || rest_[1] == '?' || rest_[1] == '!'))
      if (rest_.starts_with("<!--"))
        take_through("-->");
      else
        rest_.remove_prefix(1);
    return element();
  }

 private:
  Node element() {
    Node node;
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    node.tag = take_while([](char c) { return !is_space(c) && c != '>' && c != '/'; });
    for (;;) {
      take_while(is_space);
      if (rest_.empty() || rest_[0] == '>' || rest_[0] == '/') break;
      std::string name = take_while([](char c) { return !is_space(c) && c != '='; });
      take_while([](char c) { return is_space(c) || c == '='; });
      if (rest_.empty()) break;
      const char quote = rest_[0];
      rest_.remove_prefix(1);
      node.attributes.emplace_back(std::move(name),
                                   take_while([quote](char c) { return c != quote; }));
      rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    }
    if (rest_.starts_with("/>")) {
      rest_.remove_prefix(2);
      return node;
    }
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    while (!rest_.empty() && !rest_.starts_with("</")) {
      Node child;
      if (rest_.starts_with("<!--"))
        child.text = take_through("-->");
      else if (rest_.starts_with("<![CDATA["))
        child.text = take_through("]]>");
      else if (rest_.starts_with("<?"))
        child.text = take_through("?>");
      else if (rest_[0] == '<')
        child = element();
      else
        child.text = take_while([](char c) { return c != '<'; });
      node.children.push_back(std::move(child));
    }
    take_through(">");
    return node;
  }

  template <typename Accepts>
  std::string take_while(Accepts accepts) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), accepts);
    return take(static_cast<std::size_t>(end - rest_.begin()));
  }
  std::string take_through(std::string_view mark) {
    const auto at = rest_.find(mark);
    return take(at == std::string_view::npos ? rest_.size() : at + mark.size());
  }
  std::string take(std::size_t length) {
    std::string taken(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
};

void write(const Node& node, std::string& out) {
  if (node.tag.empty()) {
    out += node.text;
    return;
  }
  out += '<' + node.tag;
  for (const auto& [name, value] : node.attributes)
    out += ' ' + name + "=\"" + value + '"';
  if (node.children.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  for (const Node& child : node.children)
    write(child, out);
  out += "</" + node.tag + '>';
}

void elements_of(Node& node, std::vector<Node*>& out) {
  if (node.tag.empty()) return;
  out.push_back(&node);
  for (Node& child : node.children)
    elements_of(child, out);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

// A listed text, or one made of typical characters of such texts.
std::string odd_text(Dice& dice) {
  constexpr std::string_view alphabets[] = {"0123456789+-.eE INFNa\n", "0123456789-:TZ+.",
                                            "abc:/?#[]@%12~\\{}'() &;=,", "ab_:.- 1\t"};
  std::string text(dice.pick(odd_texts));
  switch (dice.roll(6)) {
    case 0: {
      const std::string_view alphabet = dice.pick(alphabets);
      text.clear();
      for (std::size_t length = dice.roll(14); length > 0; --length)
        text += dice.pick(alphabet);
      break;
    }
    case 1: {
      const std::string_view alphabet = dice.pick(alphabets);
      text.insert(dice.roll(text.size() + 1), 1, dice.pick(alphabet));
      break;
    }
    case 2:
      if (!text.empty()) text.erase(dice.roll(text.size()), 1);
      break;
    default:
      break;
  }
  return dice.one_in(50) ? text : escaped(text);
}

Node odd_child(Dice& dice) {
  Node node;
  if (dice.one_in(2)) {
    node.text = dice.pick(odd_markup);
    return node;
  }
  node.tag = dice.pick(odd_names);
  if (dice.one_in(2)) node.children.push_back({"", odd_text(dice), {}, {}});
  if (dice.one_in(3)) node.attributes.emplace_back(dice.pick(odd_attributes), odd_text(dice));
  return node;
}

void insert_child(Node& node, Node child, Dice& dice) {
  const auto place = static_cast<std::ptrdiff_t>(dice.roll(node.children.size() + 1));
  node.children.insert(node.children.begin() + place, std::move(child));
}

void mutate_attributes(Node& node, Dice& dice) {
  auto& attributes = node.attributes;
  if (attributes.empty() || dice.one_in(3)) {
    std::string name(dice.pick(odd_attributes));
    std::string value = name.starts_with("xmlns") && !dice.one_in(4)
                            ? std::string(dice.pick(odd_namespaces))
                            : odd_text(dice);
    attributes.emplace_back(std::move(name), std::move(value));
    return;
  }
  auto& [name, value] = dice.pick(attributes);
  switch (dice.roll(6)) {
    case 0:
      name = dice.pick(odd_attributes);
      break;
    case 1:
      value = dice.pick(odd_namespaces);
      break;
    case 2:
      attributes.erase(attributes.begin() +
                       static_cast<std::ptrdiff_t>(dice.roll(attributes.size())));
      break;
    case 3:
      value.insert(dice.roll(value.size() + 1), dice.pick(odd_markup));
      break;
    default:
      value = odd_text(dice);
      break;
  }
}

void mutate_children(Node& node, Dice& dice) {
  auto& children = node.children;
  if (children.empty()) return insert_child(node, odd_child(dice), dice);
  const auto at = [&] {
    return children.begin() + static_cast<std::ptrdiff_t>(dice.roll(children.size()));
  };
  switch (dice.roll(7)) {
    case 0:
      children.erase(at());
      break;
    case 1:
      insert_child(node, Node(*at()), dice);
      break;
    case 2:
      std::iter_swap(at(), at());
      break;
    case 3:
      children.clear();
      break;
    case 4: {
      Node child = std::move(*at());
      Node wrapped{std::string(dice.pick(odd_names)), "", {}, {}};
      wrapped.children.push_back(std::move(child));
      *at() = std::move(wrapped);
      break;
    }
    default:
      insert_child(node, odd_child(dice), dice);
      break;
  }
}

// Changes elements and attributes whose text has a format; random changes would seldom hit them.
void mutate_formed(std::vector<Node*>& elements, Dice& dice) {
  constexpr std::string_view formed[] = {
      "Date", "C1", "C2", "C3", "Error2Radius", "Error", "TimeOffset", "AuthorIVORN", "logoURL"};
  constexpr std::string_view attributes[] = {
      "ivorn",           "version",  "role", "uri",         "meaning",    "id",
      "coord_system_id", "dataType", "cite", "probability", "importance", "expires"};
  std::vector<std::string*> texts;
  for (Node* element : elements) {
    if (std::find(std::begin(formed), std::end(formed), element->tag) != std::end(formed)) {
      if (element->children.empty()) element->children.emplace_back();
      if (element->children[0].tag.empty()) texts.push_back(&element->children[0].text);
    }
    for (auto& [name, value] : element->attributes)
      if (std::find(std::begin(attributes), std::end(attributes), name) != std::end(attributes))
        texts.push_back(&value);
  }
  if (texts.empty()) return;
  std::string& text = *dice.pick(texts);
  if (dice.one_in(4))
    text.insert(dice.roll(text.size() + 1), dice.pick(odd_markup));
  else
    text = odd_text(dice);
}

std::string utf16(std::string_view text, bool big_endian, Dice& dice) {
  std::string out;
  const auto put = [&](unsigned unit) {
    const char high = static_cast<char>(unit >> 8);
    const char low = static_cast<char>(unit & 0xff);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
  };
  if (!dice.one_in(3)) put(0xfeff);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0xc2 && byte < 0xe0 && i + 1 < text.size())
      put((byte & 0x1fu) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fu));
    else
      put(byte);
  }
  if (dice.one_in(20)) out.pop_back();
  return out;
}

}  // namespace

Node read_tree(std::string_view document) { return TreeReader(document).root(); }

std::string write_tree(const Node& root) {
  std::string out;
  write(root, out);
  return out;
}

void mutate_tree(Node& root, Dice& dice) {
  std::vector<Node*> elements;
  elements_of(root, elements);
  Node& node = *dice.pick(elements);
  switch (dice.roll(10)) {
    case 0:
      node.tag = dice.pick(odd_names);
      break;
    case 1:
    case 2:
      mutate_attributes(node, dice);
      break;
    case 3:
    case 4:
      mutate_children(node, dice);
      break;
    case 5:
      insert_child(node, Node(*dice.pick(elements)), dice);
      break;
    case 6: {
      Node copy = *dice.pick(elements);
      node = std::move(copy);
      break;
    }
    default:
      mutate_formed(elements, dice);
      break;
  }
}

std::string mutate_bytes(std::string document, Dice& dice) {
  const std::size_t place = dice.roll(document.size() + 1);
  switch (dice.roll(9)) {
    case 0:
      document.resize(place);
      break;
    case 1:
      if (place < document.size()) document[place] = static_cast<char>(dice.roll(256));
      break;
    case 2:
      document.insert(place, dice.pick(odd_markup));
      break;
    case 3:
      document.erase(place, 1 + dice.roll(8));
      break;
    case 4:
      document += dice.pick(odd_markup);
      break;
    case 5:
      document = utf16(document, dice.one_in(2), dice);
      break;
    case 6:
      document.insert(place, dice.pick(odd_doctypes));
      break;
    case 7:
      document.insert(dice.roll(std::min<std::size_t>(place, 200) + 1), 1,
                      static_cast<char>(dice.roll(256)));
      break;
    default: {
      const std::size_t depth = 1 + dice.roll(400);
      std::string nest;
      for (std::size_t i = 0; i < depth; ++i)
        nest += "<a>";
      for (std::size_t i = 0; i < depth; ++i)
        nest += "</a>";
      document.insert(place, nest);
    }
  }
  return document;
}

std::string mutant_of(std::string_view document, Dice& dice) {
  Node root = read_tree(document);
  if (dice.one_in(3)) {
    root.attributes.emplace_back("xmlns:xs", "http://www.w3.org/2001/XMLSchema");
  }
  for (std::size_t changes = dice.roll(3) + (dice.one_in(4) ? 0 : 1); changes > 0; --changes)
    mutate_tree(root, dice);
  std::string text(!dice.one_in(6) ? "<?xml version='1.0' encoding='UTF-8'?>\n"
                                   : dice.pick(odd_prologues));
  if (dice.one_in(12)) text += dice.pick(odd_doctypes);
  text += write_tree(root);
  if (dice.one_in(6)) text = mutate_bytes(std::move(text), dice);
  return text;
}

}  // namespace vtp::test
