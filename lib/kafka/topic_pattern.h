// Which topics are meant: one by its name, or all that match a regular expression.
#pragma once

#include <memory>
#include <regex.h>
#include <string>

namespace vtp {

// Any thread.
class TopicPattern {
 public:
  // text: a name or, if it begins with ^, a POSIX extended regular expression, as in librdkafka.
  explicit TopicPattern(const std::string& text);

  [[nodiscard]] bool is_expression() const { return name_.starts_with('^'); }

  // Whether it is a name, or an expression that compiles.
  [[nodiscard]] bool is_valid() const { return !is_expression() || expression_; }

  // An expression that does not compile matches nothing. No expression matches topics whose names
  // begin with __, which are Kafka's own.
  [[nodiscard]] bool matches(const std::string& topic) const;

 private:
  struct Free {
    void operator()(regex_t* expression) const {
      ::regfree(expression);
      delete expression;
    }
  };

  std::string name_;
  std::unique_ptr<regex_t, Free> expression_;
};

}  // namespace vtp
