"""Runs Comet's broker as `twistd --nodaemon comet` does, but only on loopback, and with an iamalive every two seconds instead
of every minute."""
import functools
import sys

import comet.service.broker
from comet.protocol.broadcaster import VOEventBroadcasterFactory
from twisted.scripts.twistd import run

comet.service.broker.TCPServer = functools.partial(comet.service.broker.TCPServer, interface="127.0.0.1")
VOEventBroadcasterFactory.IAMALIVE_INTERVAL = 2
sys.argv[1:1] = ["--nodaemon", "--pidfile=", "comet"]
run()
