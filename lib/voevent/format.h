// An event in a form that the user writes, as in `listenvo --format='%r %i (%a, %d)\n'`: for tools that want a
// line or a record with some fields of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/voevent/event.h"
#include "lib/voevent/json.h"

namespace vtp {

// A format, taken apart. Text stands for itself, but for fields, which begin with %, and escapes, which begin
// with \. The fields are those of json_line, by a letter or, as %{NAME}, by their keys there:
//
//     %i ivorn    %r role    %v version    %s stream    %A author    %D date
//     %t event_time    %a ra    %d dec    %e error_radius    %u position_unit    %f frame
//     %c concepts    %C citations (their ivorns)    %R received    %F from    %h digest
//     %S size (of the event, in bytes)    %{param:NAME} the Param of that name in params    %% a %
//
// Of several values all are given, with ", " between them; of none, nothing. The escapes are \n, \t, \r, \\ and
// \0, a NUL.
class Format {
 public:
  // The problem names a field or an escape that there is not, or what is not complete.
  static Result<Format> parse(std::string_view text);

  // One event's text, in UTF-8, with nothing behind it that the format does not have. What is not to be seen,
  // or is not UTF-8, in a value, is replaced (harmless, in characters.h), so that a value is one line. Any
  // thread.
  [[nodiscard]] std::string text_for(const Event& event, const Received& received) const;

 private:
  enum class Kind : std::uint8_t;
  struct Field;
  struct Part {
    Kind kind;
    std::string text;  // itself, or the Param's name
  };
  static const Field* find_field(char letter, std::string_view name);
  void add(Kind kind, std::string_view text);
  std::string parse_escape(std::string_view& rest);
  std::string parse_field(std::string_view& rest);

  std::vector<Part> parts_;
  bool has_details_ = false;  // something that details.h finds
};

}  // namespace vtp
