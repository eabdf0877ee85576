#include "lib/store/copied_log.h"

#include <utility>

#include <fmt/format.h>

namespace vtp {

std::optional<CopiedLog> find_copied_log(Database& database) {
  Database::Statement find(database, "SELECT cluster, topic, next FROM shared_log");
  if (!find.step()) return std::nullopt;
  return CopiedLog{std::string(find.bytes(0)), std::string(find.bytes(1)), find.number(2)};
}

CopiedLog copy_log(Database& database, const std::string& cluster, const std::string& topic) {
  Database::Transaction transaction(database);
  if (auto copied = find_copied_log(database)) {
    if (copied->topic == topic && copied->cluster == cluster) return *std::move(copied);
    throw StoreError(fmt::format(
        "{}: is a copy of the topic {} of the cluster {}, not of {} of {}; use another file",
        database.file(), copied->topic, copied->cluster, topic, cluster));
  }
  if (database.run("SELECT max(seq) FROM sqlite_sequence") > 0)
    throw StoreError(fmt::format(
        "{}: has events that are not from the topic {}; use another file, or see Shared log in "
        "brokerd(8) on how to send them to the topic",
        database.file(), topic));
  Database::Statement begin(database, "INSERT INTO shared_log VALUES(?1, ?2, 0)");
  begin.bind(1, std::string_view(cluster));
  begin.bind(2, std::string_view(topic));
  begin.run();
  database.run(
      "CREATE TRIGGER seen_in_copy BEFORE INSERT ON seen BEGIN "
      "SELECT RAISE(ABORT, 'is a copy of a topic now, whose order decides what is new'); END");
  transaction.commit();
  return {cluster, topic, 0};
}

void refuse_copy(Database& database, const std::string& user) {
  if (const auto copied = find_copied_log(database))
    throw StoreError(fmt::format(
        "{}: is a copy of the topic {}, whose order alone decides which events are new; {} cannot "
        "use it",
        database.file(), copied->topic, user));
}

}  // namespace vtp
