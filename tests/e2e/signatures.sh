#!/usr/bin/env bash
# Signed events: GnuPG verifies what sendvo signs, and the programs what GnuPG signs; through brokers and pipes; and what
# is said where a key or a signature is not as it should be.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
unset GNUPGHOME

end_agents() {
  local ring
  for ring in "$work"/*.ring; do gpgconf --homedir "$ring" --kill all; done
  finish
}
trap end_agents EXIT

# keyring NAME: makes an empty one, $work/NAME.ring.
keyring() { mkdir -m 700 "$1.ring"; }
# gnupg NAME ARGUMENT…: gpg in that key ring.
gnupg() {
  local name=$1
  shift
  gpg --homedir "$work/$name.ring" --batch --quiet --no-tty --pinentry-mode loopback --passphrase '' "$@" 2>>gpg.err
}
# key NAME USER_ID: makes a key there, some years old; its fingerprint in $key.
key() {
  gnupg "$1" --faked-system-time 20200101T000000 --quick-generate-key "$2" ed25519 sign never || fail "no key for $2: $(cat gpg.err)"
  key=$(gnupg "$1" --with-colons --list-keys "=$2" | sed -n 's/^fpr:::::::::\(.*\):$/\1/p' | head -n 1)
}
# give FROM TO: the public keys of one key ring to another.
give() { gnupg "$1" --export | gnupg "$2" --import; }
# root FILE: the bytes that are signed.
root() { perl -0777 -ne 'print $1 if /(<voe:VOEvent.*<\/voe:VOEvent>)/s' "$1"; }
# armour FILE: the signature as GnuPG wants it.
armour() { sed -n '/^=====BEGIN PGP/,/^=====END PGP/p' "$1" | sed '/^=====[BE]/s/=====/-----/g'; }
# add_armour FILE: the file with the signature on standard input in a comment behind its root.
add_armour() {
  printf '%s' "$(cat "$1")"
  printf '<!--\n'
  sed 's/-----/=====/g'
  printf '%s\n' '-->'
}

keyring author && keyring readers && keyring other && keyring empty
key author ivo://test.author/e2e
fingerprint=$key
key other 'Other <other@test.author>'
other=$key
give author readers

# What sendvo signs, of which no other byte is changed.
start_broker plain --broadcast="unix:$work/plain-out"
plain=$broker plain_port=$port
event ivo://test.author/s#1 >1.xml
run sendvo -p "$plain_port" --sign="$fingerprint" --keyring=author.ring 1.xml
expect 0 'Event was sent successfully'
sqlite3 plain.db "SELECT writefile('signed.xml', bytes) FROM event" >/dev/null
cmp -s <(perl -0777 -pe 's/<!--\n=====BEGIN.*-->//s' signed.xml) 1.xml || fail 'other bytes than the comment were changed'
cmp -s <(root signed.xml) <(root 1.xml) || fail 'the root was changed'
root signed.xml >signed.bytes
armour signed.xml >signed.asc
gnupg readers --verify signed.asc signed.bytes || fail "GnuPG does not verify what sendvo signed: $(cat gpg.err)"
run sendvo --check --verify --keyring=readers.ring signed.xml
expect 0 "signed.xml: valid; signature good: signed by the key $fingerprint (ivo://test.author/e2e)"

# What GnuPG signs, and what each finding is called.
event ivo://test.author/s#2 >2.xml
root 2.xml | gnupg author --armor --detach-sign --local-user "$fingerprint" | add_armour 2.xml >by-gnupg.xml
run sendvo --check --verify --keyring=readers.ring by-gnupg.xml
expect 0 'by-gnupg.xml: valid; signature good: signed by the key'
run sendvo --check --verify --keyring=readers.ring 1.xml
expect 1 '1.xml: valid; signature none: it has no signature'
sed 's/role="test"/role="observation"/' by-gnupg.xml >altered.xml
run sendvo --check --verify --keyring=readers.ring altered.xml
expect 1 "altered.xml: valid; signature bad: its signature by the key"
run sendvo --check --verify --keyring=empty.ring by-gnupg.xml
expect 1 "signature unknown key: the key $fingerprint is not in the key ring"
root 2.xml | gnupg other --armor --detach-sign | add_armour 2.xml >by-other.xml
run sendvo --check --verify --keyring=other.ring by-other.xml
expect 1 "signature unknown key: the key $other (Other <other@test.author>) has no user id ivo://test.author/e2e"
root 2.xml | gnupg author --faked-system-time 20200201T000000 --default-sig-expire 1d --armor --detach-sign |
  add_armour 2.xml >expired.xml
run sendvo --check --verify --keyring=readers.ring expired.xml
expect 1 "signature expired: its signature by the key $fingerprint"
root 2.xml | gnupg author --textmode --armor --detach-sign --local-user "$fingerprint" | add_armour 2.xml >text.xml
run sendvo --check --verify --keyring=readers.ring text.xml
expect 1 'signature bad: its signature is one of text, not of these bytes'

# Other signatures, before or behind a good one, change nothing.
comment() { perl -0777 -ne 'print $1 if /(<!--\n=====BEGIN.*-->)/s' "$1"; }
for others in expired.xml by-other.xml signed.xml text.xml; do
  { cat by-gnupg.xml && comment "$others"; } >behind.xml
  { cat 2.xml && comment "$others" && comment by-gnupg.xml; } >before.xml
  run sendvo --check --verify --keyring=readers.ring behind.xml before.xml
  expect 0 'behind.xml: valid; signature good' 'before.xml: valid; signature good'
done
run sendvo --check by-gnupg.xml altered.xml
expect 0 'by-gnupg.xml: valid' 'altered.xml: valid'
run sendvo --check --verify --keyring=readers.ring <(echo '<a/>')
expect 1 ': other: '

# Keys that cannot be used, and command lines that make no sense: one line, status 2, and nothing is sent.
for wrong in '--sign=nobody' '--sign=' "--sign=$other"; do
  run sendvo -p "$plain_port" "$wrong" --keyring=author.ring 2.xml
  expect 2 'sendvo: --sign'
  [ "$(wc -l <err)" -eq 1 ] || fail "$wrong: more than one line: $err"
done
run sendvo -p "$plain_port" --sign="$fingerprint" --keyring=readers.ring 2.xml
expect 2 'readers.ring has only the public part of this key; import the secret one'
run sendvo -p "$plain_port" --sign="$fingerprint" --keyring=none.ring 2.xml
expect 2 'sendvo: --keyring: none.ring: No such file or directory; it must be a GnuPG home folder'
run sendvo -p "$plain_port" --sign="$fingerprint" --keyring=author.ring signed.xml
expect 2 'signed.xml: not signed: it is already signed'
run sendvo --verify 1.xml
expect 2 '--verify needs --check'
run sendvo --check --sign=x 1.xml
expect 2 '--sign and --check cannot be used together'
run sendvo --keyring=author.ring 1.xml
expect 2 '--keyring needs --sign or --verify'
run listenvo --verify=yes
expect 2 '--verify: yes is not off, log or require'
run listenvo --keyring=readers.ring
expect 2 '--keyring needs --verify=log or --verify=require'
run listenvo --raw --verify=log kafka://none/t
expect 2 '--raw and --verify cannot be used together'
run listenvo --verify=log --keyring=none.ring
expect 4 'listenvo: --keyring: none.ring: No such file or directory'
run brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb=none.db --verify=log --keyring=none.ring
expect 1 '--keyring: none.ring: No such file or directory'
run brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --check-config --verify=log --keyring=readers.ring
expect 0 'verify = log' 'keyring = readers.ring' '# 1 key(s) in readers.ring' 'verify-queue = 1024' 'verify-timeout = 30'
[ "$(sqlite3 plain.db 'SELECT count(*) FROM event')" -eq 1 ] || fail 'something was sent nevertheless'
gnupg author --passphrase secret --quick-generate-key ivo://test.author/locked ed25519 sign never
echo 'pinentry-program /bin/false' >author.ring/gpg-agent.conf
gpgconf --homedir author.ring --kill all
run sendvo -p "$plain_port" --sign=ivo://test.author/locked --keyring=author.ring 2.xml
expect 2 'cannot be used: ' 'where nobody can type a passphrase, use a key that has none'
gpgconf --homedir author.ring --kill all
rm author.ring/gpg-agent.conf

# A broker that requires signatures, of authors and of an upstream broker that does not look at them.
start_broker strict --verify=require --keyring=readers.ring --subscribe="unix:$work/plain-out" \
  --broadcast="unix:$work/strict-out" --receive="unix:$work/strict-in" --broadcast-test-interval=0
strict=$broker strict_port=$port strict_log=$log
subscribed 1 plain.log
listen logged --json --verify=log --keyring=readers.ring "unix:$work/strict-out"
logged=$listener
run sendvo -p "$strict_port" 2.xml
expect 1 'This broker takes only events signed by their author: it has no signature'
run sendvo -p "$strict_port" altered.xml
expect 1 'This broker takes only events signed by their author: its signature by the key'
subscribed 1 strict.log
run sendvo -p "$strict_port" by-gnupg.xml
expect 0
check 'the log says who signed' said "VOEvent ivo://test.author/s#2 from 127.0.0.1:" "$strict_log"
check 'the log says who signed' said "signature good: signed by the key $fingerprint" "$strict_log"
for number in 3 4 5 6; do event "ivo://test.author/s#$number" >"$number.xml"; done
run sendvo -q -j 1 -p "$plain_port" --sign=ivo://test.author/e2e --keyring=author.ring 3.xml 5.xml
expect 0
run sendvo -q -p "$plain_port" 4.xml 6.xml
expect 0
for number in 4 6; do
  check 'an unsigned event is passed over' \
    said "VOEvent ivo://test.author/s#$number from unix:$work/plain-out skipped: it has no signature" "$strict_log"
done
has_events() { [ "$(sqlite3 "$1.db" 'SELECT count(*) FROM event')" -eq "$2" ]; }
check 'the signed ones are relayed' wait_for 30 has_events strict 3
[ "$(sqlite3 strict.db 'SELECT ivorn FROM event ORDER BY seq' | tr '\n' ' ')" = \
  'ivo://test.author/s#2 ivo://test.author/s#3 ivo://test.author/s#5 ' ] || fail 'other events than the signed ones'
for number in 2 3 5; do
  check 'at the other end it is good' said "\"ivorn\":\"ivo://test.author/s#$number\"" logged.out
done
[ "$(grep -c "\"signature\":\"good\",\"signed_by\":\"$fingerprint\"}" logged.out)" -eq 3 ] || fail "JSON: $(cat logged.out)"
check 'a listener says who signed' said "signature good: signed by the key $fingerprint" logged.err

# A listener that requires them, and one that does not look, for which no key ring is needed.
run listenvo --json --verify=require --keyring=readers.ring --until-now --since=1d "unix:$work/plain-out"
expect 0 'VOEvent ivo://test.author/s#4 from' 'skipped: it has no signature'
[ "$(grep -c '"signature":"good"' out)-$(wc -l <out)" = 3-3 ] || fail "require: $out"
GNUPGHOME=/nonexistent run listenvo --json --until-now --since=1d "unix:$work/plain-out"
expect 0
[ "$(grep -c signature out)-$(wc -l <out)" = 0-5 ] || fail "off: $out"
run listenvo --json --verify=log --keyring=empty.ring --until-now --since=1d "unix:$work/plain-out"
expect 0 'There are no keys in empty.ring' '"signature":"unknown key"}' '"signature":"none"}'
run listenvo --json --verify=require --keyring=readers.ring --until-now --since=1d \
  --filter='contains(/*/@ivorn, "#3")' "unix:$work/plain-out"
expect 0 '"ivorn":"ivo://test.author/s#3"'
! said skipped err || fail "events that the filter does not want are spoken of: $err"

# Through a pipe: bytes stay as they are.
start_broker end --verify=require --keyring=readers.ring
end_port=$port
listenvo -q --until-now --since=1d "unix:$work/plain-out" | vodedup --db=seen.db | sendvo -p "$end_port" 2>pipe.err
said '5 events: 3 accepted, 2 refused' pipe.err || fail "the pipe: $(cat pipe.err)"
[ "$(sqlite3 end.db 'SELECT group_concat(hex(digest)) FROM (SELECT digest FROM event ORDER BY hex(digest))')" = \
  "$(sqlite3 plain.db "SELECT group_concat(hex(digest)) FROM (SELECT digest FROM event
     WHERE ivorn NOT GLOB '*[46]' ORDER BY hex(digest))")" ] || fail 'the pipe changed events'

# A key that is imported, or revoked, counts for the next event, without a signal.
key other ivo://test.author/new
event ivo://test.author/s#7 '<Who><AuthorIVORN>ivo://test.author/new</AuthorIVORN></Who>' >7.xml
run sendvo -p "$end_port" --sign=ivo://test.author/new --keyring=other.ring 7.xml
expect 1 "the key $key is not in the key ring"
give other readers
run sendvo -p "$end_port" --sign=ivo://test.author/new --keyring=other.ring 7.xml
expect 0
sed 's/^:---/---/' "other.ring/openpgp-revocs.d/$key.rev" | gnupg readers --import
event ivo://test.author/s#8 '<Who><AuthorIVORN>ivo://test.author/new</AuthorIVORN></Who>' >8.xml
run sendvo -p "$end_port" --sign=ivo://test.author/new --keyring=other.ring 8.xml
expect 1 "the key $key is revoked"

# A key that the peers file lists for an ivorn needs no user id of the author, as long as it is listed.
echo "outside pgp:$other author ivorn=ivo://test.author/" >peers
start_broker listed --verify=require --keyring=other.ring --peers=peers --receive="unix:$work/listed-in"
run sendvo -t "unix:$work/listed-in" by-other.xml
expect 0
: >peers
kill -HUP "$broker"
check 'the file is read again' said 'Read peers again' "$log"
root 3.xml | gnupg other --armor --detach-sign --local-user "$other" | add_armour 3.xml >by-other-too.xml
run sendvo -t "unix:$work/listed-in" by-other-too.xml
expect 1 "the key $other (Other <other@test.author>) has no user id ivo://test.author/e2e"

# While the key ring cannot be read, authors are told to come again, and events from upstream wait.
start_broker source --broadcast="unix:$work/source-out"
source_port=$port
start_broker lost --verify=require --keyring=readers.ring --subscribe="unix:$work/source-out" --broadcast-test-interval=0
lost_port=$port
subscribed 1 source.log
mv readers.ring/pubring.kbx aside.kbx
run sendvo -p "$lost_port" by-gnupg.xml
expect 3 'This broker cannot check signatures now; try again later'
run sendvo -q -p "$source_port" signed.xml
expect 0
check 'the reason is in the log' wait_for 20 said \
  "wait until their signatures can be checked: the key ring cannot be read: readers.ring: there are no keys in it any more" lost.log
head -c 100 aside.kbx >readers.ring/pubring.kbx
run sendvo -p "$lost_port" by-gnupg.xml
expect 3 'This broker cannot check signatures now; try again later'
mv aside.kbx readers.ring/pubring.kbx
check 'the event that waited is accepted' wait_for 20 has_events lost 1
run sendvo -p "$lost_port" by-gnupg.xml
expect 0
! said skipped lost.log || fail "an event was skipped: $(cat lost.log)"

# A key ring that is made as in the manual, for a user of its own; without the right to trustdb.gpg, gpg lists no keys.
as_other() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent "$@"; }
if as_other sendvo --version >/dev/null 2>&1; then
  chmod 711 "$work" && mkdir -m 755 manual.ring && gnupg author --export >telescope.pgp
  gpg --homedir manual.ring --no-permission-warning --import telescope.pgp 2>>gpg.err
  run as_other sendvo --check --verify --keyring="$work/manual.ring" - <by-gnupg.xml
  expect 2 "signature unchecked: the key ring cannot be read: $work/manual.ring/trustdb.gpg: Permission denied"
  chmod a+r manual.ring/pubring.kbx manual.ring/trustdb.gpg
  run as_other sendvo --check --verify --keyring="$work/manual.ring" - <by-gnupg.xml
  expect 0 "signature good: signed by the key $fingerprint"
else
  echo 'NOTE: the key ring of another user is not tried: this needs root, setpriv and programs that others may run'
fi

kill "$logged"
ends "$logged"
stop "$strict" "$plain"
