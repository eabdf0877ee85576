# A cluster of Apache Kafka for a test: nodes on loopback in KRaft mode, each a Kafka broker and a controller.
# A test sources this file; it includes lib.sh. It needs Java, openssl, and Kafka's jars in the folder $VTP_KAFKA_JARS, which
# scripts/interop installs in build-interop/java. Kafka 3.9 is in $VTP_KAFKA_3_JARS: before Kafka 4, SCRAM accepted the wrong
# nonce that librdkafka sends before version 2.6.1, such as Debian 12's.
#
#   kafka_jars=$VTP_KAFKA_3_JARS
#                        before start_cluster: with Kafka 3.9
#   start_cluster NODES [--sign-in] [--links=N] [NAME=VALUE…]
#                        starts it and waits until it serves; one node takes about 6 s of processor time. --sign-in: also for
#                        clients that sign in. --links: also for clients whose links to the cluster are cut. NAME=VALUE:
#                        properties of all nodes
#   $kafka               where its nodes are, HOST:PORT,HOST:PORT…
#   $kafka_sasl          the same with TLS, for clients that sign in: by SCRAM-SHA-512 or PLAIN as the user alice with the
#                        password wonderland, or by OAUTHBEARER with any token that is not signed
#   kafka_conf MECHANISM [NAME=VALUE…]
#                        prints librdkafka's properties for $kafka_sasl, a line each
#   ${kafka_by_link[N]}  the same for who uses link N, from 1, and no other way
#   start_link N, cut_link N
#                        makes link N, or makes it again; cuts all connections over it. ${kafka_links[N]} is its process: while
#                        that is stopped, the link is silent
#   $work/kafka/tls.pem  the certificate of the nodes, which is its own authority
#   start_token_endpoint where clients of OAUTHBEARER get tokens, as from GCN: its address is $token_url. The client id is
#                        alice, the secret wonderland, and a token is good for an hour. Its log is $work/kafka/tokens.log
#   create_topic NAME PARTITIONS REPLICAS [NAME=VALUE…]
#                        NAME=VALUE: the topic's configuration, such as retention.ms=1000. No topic makes itself
#   delete_records TOPIC PARTITION OFFSET
#                        what is before the offset is gone, as when its time is over
#   stop_node N, kill_node N, start_node N
#                        N from 1: stops it with SIGTERM or SIGKILL and waits for its end; starts it again with the same
#                        ports and data, and waits until it serves. Two of three are enough for the cluster to go on
#   kill_in_rounds ROUNDS EVENTS NAME
#                        kills the broker and nodes again and again, while events are sent; see there
#   stop_cluster         kills all nodes, as the end of the test does too
#   kafka_tool CLASS ARGUMENT…
#                        runs one of Kafka's own tools, such as org.apache.kafka.tools.ProducerPerformance, in about 2 s
#
# The log of node N since its last start is $work/kafka/N.log. What goes wrong is reported by fail, as in all tests.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What every process of Java gets: little memory and a fast start. A benchmark may set more.
kafka_java=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.showDateTime=true
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS')
kafka_jars=${VTP_KAFKA_JARS-}
kafka_folder=$work/kafka
kafka_nodes=()   # their processes, by number
kafka_by_link=() # where the nodes are, by the number of a link
kafka_ways=()    # FROM:TO of each node there, as link.py takes them
kafka_links=()   # their processes

start_cluster() {
  local nodes=$1 sign_in='' links=0 node ports listeners voters='' formatting=() users=() properties=()
  shift
  [ "${1-}" != --sign-in ] || { sign_in=1 && shift; }
  [[ ${1-} != --links=* ]] || { links=${1#*=} && shift; }
  mkdir "$kafka_folder"
  mapfile -t ports < <(free_ports $((3 * nodes + 2 * links * nodes)))
  plan_links "$links" "$nodes" "${ports[@]:3 * nodes}"
  kafka='' kafka_sasl=''
  for ((node = 1; node <= nodes; ++node)); do
    voters+=,$node@127.0.0.1:${ports[3 * node - 3]}
    kafka+=,127.0.0.1:${ports[3 * node - 2]}
    kafka_sasl+=,localhost:${ports[3 * node - 1]}
  done
  kafka=${kafka#,} kafka_sasl=${kafka_sasl#,}
  mapfile -t properties < <(properties_of_all "$nodes")
  if [ -n "$sign_in" ]; then
    make_certificate
    mapfile -t -O "${#properties[@]}" properties < <(properties_for_sign_in)
    users=(--add-scram 'SCRAM-SHA-512=[name=alice,password=wonderland]')
  fi
  for ((node = 1; node <= nodes; ++node)); do
    listeners=PLAIN://127.0.0.1:${ports[3 * node - 2]}${sign_in:+,SASL://localhost:${ports[3 * node - 1]}}
    printf '%s\n' "${properties[@]}" "node.id=$node" "log.dirs=$kafka_folder/$node" "controller.quorum.voters=${voters#,}" \
      "listeners=CONTROLLER://127.0.0.1:${ports[3 * node - 3]},$listeners$(listeners_of_links "$node" END)" \
      "advertised.listeners=$listeners$(listeners_of_links "$node" BEGINNING)" "$@" >"$kafka_folder/$node.properties"
    kafka_tool kafka.tools.StorageTool format --cluster-id=dnRwdG9vbHMtaW50ZXJvcA \
      --config="$kafka_folder/$node.properties" "${users[@]}" >"$kafka_folder/$node.log" 2>&1 &
    formatting[node]=$!
  done
  for ((node = 1; node <= nodes; ++node)); do
    wait "${formatting[node]}" || { cat "$kafka_folder/$node.log" >&2 && fail "no storage for node $node" && exit; }
  done
  for ((node = 1; node <= nodes; ++node)); do launch_node "$node"; done
  for ((node = 1; node <= nodes; ++node)); do node_serves "$node"; done
}

# A node tells its clients at which address to connect, so it has a listener for each link, and tells those who come by it the
# port at which the link begins.

# plan_links LINKS NODES PORT…: gives each link two free ports for each node, but does not make it.
plan_links() {
  local links=$1 nodes=$2 link node
  shift 2
  for ((link = 1; link <= links; ++link)); do
    kafka_by_link[link]='' kafka_ways[link]=''
    for ((node = 1; node <= nodes; ++node)); do
      kafka_by_link[link]+=,127.0.0.1:$1
      kafka_ways[link]+=" $1:$2"
      shift 2
    done
    kafka_by_link[link]=${kafka_by_link[link]#,}
  done
}

# listeners_of_links NODE BEGINNING|END: prints the node's listeners for links, with the port at that side of each.
listeners_of_links() {
  local link ways way
  for link in "${!kafka_ways[@]}"; do
    read -ra ways <<<"${kafka_ways[link]}"
    way=${ways[$1 - 1]}
    printf ',LINK%s://127.0.0.1:%s' "$link" "$([ "$2" = BEGINNING ] && echo "${way%:*}" || echo "${way#*:}")"
  done
}

# properties_of_all NODES: prints what differs from Kafka's defaults: small, and quick to see that a node is gone.
properties_of_all() {
  local majority=$(($1 / 2 + 1)) link links=''
  for link in "${!kafka_ways[@]}"; do links+=,LINK$link:PLAINTEXT; done
  cat <<PROPERTIES
process.roles=broker,controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL$links
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
num.io.threads=2
num.network.threads=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor=$1
share.coordinator.state.topic.min.isr=$majority
share.coordinator.state.topic.replication.factor=$1
transaction.state.log.min.isr=$majority
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=$1
PROPERTIES
}

properties_for_sign_in() {
  local security=org.apache.kafka.common.security
  cat <<PROPERTIES
ssl.keystore.type=PEM
ssl.keystore.location=$kafka_folder/keystore.pem
listener.name.sasl.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN,OAUTHBEARER
listener.name.sasl.scram-sha-512.sasl.jaas.config=$security.scram.ScramLoginModule required;
listener.name.sasl.plain.sasl.jaas.config=$security.plain.PlainLoginModule required user_alice="wonderland";
listener.name.sasl.oauthbearer.sasl.jaas.config=$security.oauthbearer.OAuthBearerLoginModule required \\
  unsecuredLoginStringClaim_sub="node";
listener.name.sasl.oauthbearer.sasl.server.callback.handler.class=\\
  $security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler
PROPERTIES
}

make_certificate() {
  run openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$kafka_folder/key.pem" -out "$kafka_folder/tls.pem"
  expect 0
  cat "$kafka_folder/key.pem" "$kafka_folder/tls.pem" >"$kafka_folder/keystore.pem"
}

kafka_conf() {
  local mechanism=$1
  shift
  printf '%s\n' security.protocol=sasl_ssl "sasl.mechanisms=$mechanism" "ssl.ca.location=$kafka_folder/tls.pem" "$@"
  [ "$mechanism" = OAUTHBEARER ] || printf '%s\n' sasl.username=alice sasl.password=wonderland
}

start_token_endpoint() {
  : >"$kafka_folder/tokens.log"
  python3 "$interop/token_endpoint.py" alice wonderland >"$kafka_folder/tokens.log" 2>&1 &
  brokers+=("$!")
  has_started "$!" 'Tokens at ' "$kafka_folder/tokens.log"
  # shellcheck disable=SC2034
  token_url=$(sed -n 's/^Tokens at //p' "$kafka_folder/tokens.log")
}

launch_node() {
  : >"$kafka_folder/$1.log" # the process in the background may be later than who reads what it says
  "${kafka_java[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info -cp "$kafka_jars/*" \
    kafka.Kafka "$kafka_folder/$1.properties" >"$kafka_folder/$1.log" 2>&1 &
  kafka_nodes[$1]=$!
  brokers+=("$!")
}

node_serves() { has_started "${kafka_nodes[$1]}" 'Kafka Server started' "$kafka_folder/$1.log"; }

start_node() {
  launch_node "$1"
  node_serves "$1"
}

stop_node() {
  kill -TERM "${kafka_nodes[$1]}"
  ends "${kafka_nodes[$1]}"
  unset "kafka_nodes[$1]"
}

kill_node() {
  { kill -KILL "${kafka_nodes[$1]}" && wait "${kafka_nodes[$1]}"; } 2>/dev/null # where the shell says that it was killed
  unset "kafka_nodes[$1]"
}

start_link() {
  local ways
  read -ra ways <<<"${kafka_ways[$1]}"
  : >"$kafka_folder/link$1.log"
  python3 "$interop/link.py" "${ways[@]}" >"$kafka_folder/link$1.log" 2>&1 &
  kafka_links[$1]=$!
  brokers+=("$!")
  has_started "$!" Linked "$kafka_folder/link$1.log"
}

cut_link() {
  { kill -KILL "${kafka_links[$1]}" && wait "${kafka_links[$1]}"; } 2>/dev/null
  unset "kafka_links[$1]"
}

# Kills the last broker (lib.sh) with each round and, every other time, a node, which comes back the next time. Meanwhile
# EVENTS events a round, ivo://test.author/NAME#ROUND-I, are written to descriptor 5. The test has two functions: start, which
# starts the broker again, and logged N, whether that has so many events.
kill_in_rounds() {
  local rounds=$1 events=$2 name=$3 away='' round writer
  for ((round = 1; round <= rounds; ++round)); do
    numbered "ivo://test.author/$name#$round-" 1 "$events" >&5 &
    writer=$!
    # It has begun with the events of this round when it is killed.
    wait_for 120 logged $(((round - 1) * events + round * 7 % events)) || fail "round $round: no more events come"
    stop_broker KILL
    if [ -z "$away" ]; then
      away=$((round / 2 % 3 + 1))
      kill_node "$away"
      start
    else
      start
      start_node "$away" 5>&-
      away=''
    fi
    wait "$writer"
  done
}

# Not by SIGTERM: the last nodes would wait for others that take over.
stop_cluster() {
  local node
  for node in "${!kafka_nodes[@]}"; do kill_node "$node"; done
}

create_topic() {
  local topic=$1 partitions=$2 replicas=$3 configuration=() pair
  shift 3
  for pair; do configuration+=(--config "$pair"); done
  run kafka_tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$kafka" --create --topic "$topic" \
    --partitions "$partitions" --replication-factor "$replicas" "${configuration[@]}"
  expect 0 'Created topic'
}

delete_records() {
  printf '{"version": 1, "partitions": [{"topic": "%s", "partition": %s, "offset": %s}]}' "$@" >"$kafka_folder/delete.json"
  run kafka_tool org.apache.kafka.tools.DeleteRecordsCommand --bootstrap-server "$kafka" \
    --offset-json-file "$kafka_folder/delete.json"
  expect 0 "low_watermark: $3"
}

kafka_tool() {
  "${kafka_java[@]}" -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$kafka_jars/*" "$@"
}
