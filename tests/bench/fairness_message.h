// What the loads of scripts/bench --only=fairness send: events and messages that are ordinary, or hard on
// whoever reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// Stands in a message for a number of ten digits that each copy has another of.
inline constexpr std::string_view number_mark = "@@@@@@@@@@";

// Bytes that are sent again and again, immutable.
class Message {
 public:
  Message() = default;
  // A frame with this payload, which may have the mark once near its front.
  static Message framed(std::string_view payload);
  // As it is.
  static Message raw(std::string bytes);

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  // The first bytes, up to the number at least, with that number; and what is behind them.
  [[nodiscard]] std::string head(std::uint64_t number) const;
  [[nodiscard]] std::string_view rest() const;

 private:
  std::string bytes_;
  std::size_t mark_ = std::string::npos;  // where it begins
};

// An event with these children behind its Who, whose ivorn has the mark. Valid if the children are.
[[nodiscard]] Message event_of(const std::string& children);
// The same, with this local part behind the mark.
[[nodiscard]] Message event_named(const std::string& local_part);

// Children, each so often; valid.
[[nodiscard]] std::string many_params(std::size_t count);  // some 30 bytes each
[[nodiscard]] std::string many_comments(std::size_t count);
[[nodiscard]] std::string many_instructions(std::size_t count);
[[nodiscard]] std::string many_sections(std::size_t count);  // CDATA
// Children that no author may send, but a broker upstream.
[[nodiscard]] std::string many_names(std::size_t count);
[[nodiscard]] std::string nested(std::size_t count);
[[nodiscard]] std::string many_attributes(std::size_t count);
// An event with so many declarations of entities in front.
[[nodiscard]] Message entities(std::size_t count);

// A subscriber's message to its broker that sets these filters and, if it is not empty, asks for events since
// then ("2020-01-01T00:00:00"), or behind the event with this digest, which may have the mark.
[[nodiscard]] Message request(const std::vector<std::string>& filters,
                              const std::string& since = "", const std::string& after = "");
// An answer to an event.
[[nodiscard]] Message ack();
[[nodiscard]] Message nak(std::size_t size);
// A Transport message with so many attributes on its root.
[[nodiscard]] Message many_attributes_tag(std::size_t count);

// So many filters that nobody else has, by that number: one that costs next to nothing and lets nothing pass;
// one that lets everything pass; the costliest that a broker may take; one that does not compile.
enum class FilterKind : std::uint8_t { cheap, all, costly, broken };
[[nodiscard]] std::vector<std::string> filters(FilterKind kind, std::size_t count,
                                               std::size_t subscriber = 0);

}  // namespace vtp
