#include "lib/cli/arguments.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "lib/base/text.h"
#include "lib/cli/suggestion.h"

namespace vtp {
namespace {

bool needs_value(const Option& option) {
  return !option.argument.empty() && option.implied.empty();
}

std::string long_name(const Option& option) { return "--" + names_of(option).long_names.front(); }

class Arguments {
 public:
  Arguments(const Program& program, std::span<const char* const> given)
      : program_(program), given_(given) {}

  Result<std::vector<std::string>> taken_apart() {
    while (!given_.empty()) {
      const std::string_view argument = next();
      if (out_.empty()) {
        out_.emplace_back(argument);  // the program's name
      } else if (argument == "--") {
        out_.emplace_back(argument);
        while (!given_.empty())
          out_.emplace_back(next());
      } else if (const auto problem = take(argument)) {
        return *problem;
      }
    }
    return std::move(out_);
  }

 private:
  std::string_view next() {
    const std::string_view argument = given_.front();
    given_ = given_.subspan(1);
    return argument;
  }

  std::optional<Problem> take(std::string_view argument) {
    if (argument.starts_with("--")) return take_long(argument);
    if (argument.starts_with('-') && argument.size() > 1) return take_letters(argument);
    return take_operand(argument);
  }

  std::optional<Problem> take_long(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals).substr(2);
    const Option* option = find_option(program_.options, name);
    if (!option) option = find_option(standard_options(), name);
    if (!option)
      return Problem{"unknown option --" + shortened(name) + suggestion_for(program_, name)};
    last_ = option;
    value_left_out_ = equals == std::string_view::npos && !option->implied.empty();
    if (equals == std::string_view::npos) {
      out_.emplace_back(argument);
      if (needs_value(*option)) take_value();
    } else if (needs_value(*option) && argument.find('\n') != std::string_view::npos) {
      out_.emplace_back(argument.substr(0, equals));
      out_.emplace_back(argument.substr(equals + 1));
    } else {
      out_.emplace_back(argument);
    }
    return std::nullopt;
  }

  // "-vq", "-h", "-hlocalhost".
  std::optional<Problem> take_letters(std::string_view argument) {
    out_.emplace_back(argument);
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const Option* option = option_of(argument[i]);
      if (!option) return unknown_letter(argument, i);
      last_ = option;
      value_left_out_ = !option->implied.empty();
      if (!needs_value(*option)) continue;
      if (i + 1 == argument.size()) take_value();
      break;
    }
    return std::nullopt;
  }

  // The next argument is the value, even if it begins with a dash.
  void take_value() {
    if (!given_.empty()) out_.emplace_back(next());
  }

  std::optional<Problem> take_operand(std::string_view argument) {
    if (!program_.operands.empty()) {
      out_.emplace_back(argument);
      return std::nullopt;
    }
    if (last_ && value_left_out_) {
      give_left_out(argument);
      return std::nullopt;
    }
    if (last_ && last_->values == Values::list) {
      out_.emplace_back(long_name(*last_));
      out_.emplace_back(argument);
      return std::nullopt;
    }
    return Problem{"unexpected argument " + shortened(argument) + hint_for(argument)};
  }

  // `--receive tcp:8098`, `-vr tcp:8098`: the parser knows only values after a =.
  void give_left_out(std::string_view value) {
    if (out_.back().starts_with("--") || out_.back().size() == 2)
      out_.pop_back();
    else
      out_.back().pop_back();  // the last of several letters
    out_.push_back(long_name(*last_) + "=" + std::string(value));
    value_left_out_ = false;
  }

  [[nodiscard]] std::string hint_for(std::string_view argument) const {
    if (find_option(program_.options, "config"))
      return "; did you mean --config=" + shortened(argument) + "?";
    return "";
  }

  [[nodiscard]] const Option* option_of(char letter) const {
    const auto found = std::ranges::find_if(program_.options, [&](const Option& option) {
      return names_of(option).short_name == std::string_view(&letter, 1);
    });
    return found == program_.options.end() ? nullptr : &*found;
  }

  // After the letter of an option with an optional value, the rest may have been meant as its
  // value.
  [[nodiscard]] Problem unknown_letter(std::string_view argument, std::size_t at) const {
    const std::string_view letter = argument.substr(at, 1);
    std::string message = "unknown option -" + std::string(letter);
    if (argument.size() > 2) message += " in " + shortened(argument);
    if (at > 1 && value_left_out_)
      return Problem{message + "; did you mean " + long_name(*last_) + "=" +
                     shortened(argument.substr(at)) + "?"};
    return Problem{message + suggestion_for(program_, letter)};
  }

  const Program& program_;
  std::span<const char* const> given_;  // arguments not handled yet
  std::vector<std::string> out_;
  const Option* last_ = nullptr;  // the previous option
  bool value_left_out_ = false;   // it could have a value, but was given none so far
};

}  // namespace

Result<std::vector<std::string>> arguments_in(const Program& program,
                                              std::span<const char* const> given) {
  return Arguments(program, given).taken_apart();
}

}  // namespace vtp
