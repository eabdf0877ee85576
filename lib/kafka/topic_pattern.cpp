#include "lib/kafka/topic_pattern.h"

namespace vtp {

TopicPattern::TopicPattern(const std::string& text) : name_(text) {
  if (!is_expression()) return;
  auto compiled = std::make_unique<regex_t>();
  if (::regcomp(compiled.get(), text.c_str(), REG_EXTENDED | REG_NOSUB) == 0)
    expression_.reset(compiled.release());
}

bool TopicPattern::matches(const std::string& topic) const {
  if (!is_expression()) return topic == name_;
  return expression_ && !topic.starts_with("__") &&
         ::regexec(expression_.get(), topic.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace vtp
