#include "lib/kafka/token_supply.h"

#include <array>
#include <chrono>
#include <librdkafka/rdkafka.h>
#include <string>
#include <utility>
#include <vector>

#include <asio/post.hpp>

namespace vtp {
namespace {

// The reason why librdkafka does not take the token; empty if it does.
std::string hand_over(rd_kafka_t* client, const Token& token) {
  std::vector<const char*> extensions;
  for (const auto& [name, value] : token.extensions) {
    extensions.push_back(name.c_str());
    extensions.push_back(value.c_str());
  }
  const auto expires =
      std::chrono::floor<std::chrono::milliseconds>(token.expires).time_since_epoch().count();
  std::array<char, 512> reason{};
  const auto error = rd_kafka_oauthbearer_set_token(
      client, token.value.c_str(), expires, token.principal.c_str(), extensions.data(),
      extensions.size(), reason.data(), reason.size());
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : std::string(reason.data());
}

}  // namespace

TokenSupply::TokenSupply(TokenRequest request, const Diagnostics& diagnostics)
    : request_(std::move(request)), diagnostics_(diagnostics) {}

TokenSupply::~TokenSupply() {
  stop_.request_stop();
  thread_.join();
}

void TokenSupply::fetch_for(rd_kafka_s* client) {
  asio::post(thread_, [this, client] { fetch(client); });
}

void TokenSupply::fetch(rd_kafka_s* client) {
  const auto token = fetch_token(request_, clock_, stop_.get_token());
  if (stop_.stop_requested()) return;
  const std::string problem = token ? hand_over(client, *token) : token.problem();
  failed_ = !problem.empty();
  if (failed_)
    rd_kafka_oauthbearer_set_token_failure(client, problem.c_str());
  else
    diagnostics_.debug("Got a token that expires at {}", utc_text(token->expires));
}

}  // namespace vtp
