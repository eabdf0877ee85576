// Properties of librdkafka, by which users say how to reach a cluster and sign in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/kafka/fetch_token.h"

namespace vtp {

// Values by name, checked: librdkafka knows each name and takes each value. Names are those of
// librdkafka's CONFIGURATION.md, also its aliases.
class KafkaProperties {
 public:
  KafkaProperties() = default;

  // file: a file with `name=value` lines (base/settings.h). given: texts `NAME=VALUE`, which
  // override the file. A property that this program sets itself, since its promises depend on it,
  // is left out, with a warning. The problem is one line with the location of the property, and
  // never contains the value of a secret.
  [[nodiscard]] static Result<KafkaProperties> read(const std::optional<std::string>& file,
                                                    const std::vector<std::string>& given);

  // For people, one line each: a secret in a file that other users can read, be it this file or that
  // of a key; properties that are left out.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  // Those that are for librdkafka.
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return values_; }
  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;

  // Whether there is a secret among them, such as a password, or the file of a key.
  [[nodiscard]] bool have_secrets() const;

  // Whether they name hosts of the cluster (bootstrap.servers).
  [[nodiscard]] bool have_hosts() const;

  // With sasl.oauthbearer.method=oidc: how to get the tokens with which to sign in. We fetch them
  // ourselves, also where librdkafka could (Debian 12's cannot), so that it is the same everywhere.
  [[nodiscard]] std::optional<TokenRequest> token_request() const;

 private:
  [[nodiscard]] std::optional<Problem> add(const std::string& location, const std::string& name,
                                           const std::string& value);

  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> for_tokens_;  // not for librdkafka
  std::vector<std::string> warnings_;
};

// Whether the value of this property must not be shown.
[[nodiscard]] bool is_secret(std::string_view name);

}  // namespace vtp
