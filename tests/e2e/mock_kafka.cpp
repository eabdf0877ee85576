// A Kafka cluster in a process of its own, for end-to-end tests: librdkafka's mock, on loopback.
//
//     mock_kafka [BROKERS]
//
// Prints its hosts in a line. Then does what each line of standard input says, and prints "ok":
//
//     topic NAME PARTITIONS     makes a topic
//     message TOPIC VALUE       puts a message there, whose value is the rest of the line
//     tombstone TOPIC KEY       puts one there that has no value
//     down BROKER, up BROKER    a broker (from 1) goes away, or comes back
//     errors REQUEST CODE N     the next N requests of this kind (Kafka's API key) get this error
//
// Ends at the end of standard input.
#include <iostream>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/kafka_cluster.h"

namespace {

bool obey(const vtp::test::KafkaCluster& cluster, const std::string& line) {
  rd_kafka_mock_cluster_t* const mock = cluster.mock();
  std::istringstream words(line);
  std::string command;
  words >> command;
  if (command == "topic") {
    std::string name;
    int partitions = 0;
    words >> name >> partitions;
    return words && rd_kafka_mock_topic_create(mock, name.c_str(), partitions, 1) ==
                        RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  if (command == "message" || command == "tombstone") {
    std::string topic;
    std::string rest;
    words >> topic;
    std::getline(words >> std::ws, rest);
    if (command == "message")
      cluster.write(topic, rest);
    else
      cluster.write(topic, std::nullopt, rest);
    return true;
  }
  if (command == "down" || command == "up") {
    std::int32_t broker = 0;
    words >> broker;
    const auto set = command == "up" ? rd_kafka_mock_broker_set_up : rd_kafka_mock_broker_set_down;
    return words && set(mock, broker) == RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  if (command == "errors") {
    std::int16_t request = 0;
    int code = 0;
    std::size_t count = 0;
    words >> request >> code >> count;
    const std::vector<rd_kafka_resp_err_t> errors(count, static_cast<rd_kafka_resp_err_t>(code));
    if (words) rd_kafka_mock_push_request_errors_array(mock, request, errors.size(), errors.data());
    return !words.fail();
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const vtp::test::KafkaCluster cluster(argc > 1 ? std::stoi(argv[1]) : 1);
  std::cout << cluster.hosts() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (!obey(cluster, line)) {
      std::cerr << "mock_kafka: not understood: " << line << '\n';
      return 2;
    }
    std::cout << "ok" << std::endl;
  }
}
