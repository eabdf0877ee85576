// Formats an event with a user's template, as in `listenvo --format='%r %i (%a, %d)\n'`: a line or
// a record with some of its fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/voevent/event.h"
#include "lib/voevent/json.h"

namespace vtp {

// A parsed format. Text stands for itself, except fields, which begin with %, and escapes, which
// begin with a backslash. The fields are some of json_line, each named by a letter, or by its key
// there as %{NAME}:
//
//     %i ivorn    %r role    %v version    %s stream    %A author    %D date
//     %t event_time    %a ra    %d dec    %e error_radius    %u position_unit    %f frame
//     %c concepts    %C citations (their ivorns)    %R received    %F from    %h digest
//     %S size (of the event, in bytes)    %{param:NAME} the Param of that name in params    %% a %
//
// A field with several values gives all of them, separated by ", "; a field without a value gives
// nothing. The escapes are \n, \t, \r, \\ and \0 (a NUL).
class Format {
 public:
  // The problem names the unknown field or escape, or what is incomplete.
  static Result<Format> parse(std::string_view text);

  // The text for one event, in UTF-8; no newline is added. Invisible and control characters in a
  // value, and bytes that are not UTF-8, are replaced (see harmless() in characters.h), so that a
  // value is one line. Any thread.
  [[nodiscard]] std::string text_for(const Event& event, const Received& received) const;

 private:
  enum class Kind : std::uint8_t;
  struct Field;
  struct Part {
    Kind kind;
    std::string text;  // the literal text, or the Param's name
  };
  static const Field* find_field(char letter, std::string_view name);
  void add(Kind kind, std::string_view text);
  std::string parse_escape(std::string_view& rest);
  std::string parse_field(std::string_view& rest);

  std::vector<Part> parts_;
  bool has_details_ = false;  // a field needs the details (details.h)
};

}  // namespace vtp
