#!/usr/bin/env bash
# Makes what the fuzz targets begin with, a folder for each in FOLDER: of the tests' own data, and of the real events and
# recorded frames in $VTP_SHARED or ../shared, where those are.
#   tests/fuzz/seeds.sh FOLDER
. "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/common.sh"
(($# == 1)) || die "usage: tests/fuzz/seeds.sh FOLDER"
seeds=$1
shared=${VTP_SHARED:-$root/../shared}
make_scratch
cd "$root"

# put TARGET NAME: a seed of what is on standard input.
put() {
  mkdir -p "$seeds/$1"
  cat >"$seeds/$1/$2"
}

# lines TARGET: a seed of each line, which is written as for printf %b.
lines() {
  local line number=0
  while IFS= read -r line; do
    number=$((number + 1))
    printf '%b' "$line" | put "$1" "line-$number"
  done
}

# take FOLDER MOST: that many of its files, evenly, of those up to 8 kB, for each target whose input is an event.
take() {
  local target number step name
  local -a files
  mapfile -t files < <(find "$1" -type f -size -9k | sort)
  step=$(((${#files[@]} + $2 - 1) / $2))
  for ((number = 0; number < ${#files[@]}; number += step)); do
    name=${1##*/}-$number
    for target in check json fast_path signature; do
      mkdir -p "$seeds/$target"
      cp -- "${files[number]}" "$seeds/$target/$name"
    done
  done
}

frame() {
  local size
  size=$(stat -c %s -- "$1")
  printf '%b' "$(printf '\\x%02x' $((size >> 24)) $((size >> 16 & 255)) $((size >> 8 & 255)) $((size & 255)))"
  cat -- "$1"
}

# Events, Transport messages, and both in frames: cuts, an end of these, the bytes, and the largest size.
take tests/data 20
messages=(tests/data/example.xml)
if [[ -d $shared/wire ]]; then
  for file in "$shared"/wire/*.xml; do
    put transport "${file##*/}" <"$file"
    messages+=("$file")
  done
fi
for file in "${messages[@]}"; do
  { printf '\a\b\t\\;' && frame "$file" && frame "${messages[0]}" && printf '\0\0\1'; } | put frame "${file##*/}"
done
if [[ -d $shared/corpus ]]; then
  for archive in events mutants v2.1; do
    mkdir "$scratch/$archive"
    tar -xJf "$shared/corpus/$archive.tar.xz" -C "$scratch/$archive"
    take "$scratch/$archive" 60
  done
fi

# A piece between two \1 is repeated: see fuzz.h.
{
  printf '<v:VOEvent xmlns:v="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="test" ivorn="ivo://a.b/c#1"><What>'
  printf '\1<Param name="a\2" value="1"/>\1</What></v:VOEvent>'
} >"$scratch/many"
for target in check json fast_path signature; do
  put "$target" many <"$scratch/many"
done

lines transport <<'END'
<Transport role="ack"><Origin>ivo://a.b/c#1</Origin><Response>ivo://d.e/f</Response><TimeStamp>2026-11-22T00:00:00Z</TimeStamp><Meta><Result>ok</Result></Meta></Transport>
<?xml version='1.0'?>\n<t:Transport xmlns:t='u' role='nak' version='1.0'><Origin> a&amp;b &lt; </Origin><Result>no\nway</Result></t:Transport>
<Transport role="authenticate"><Meta><Param name="xpath-filter" value="//Param[@name='a']"/><filter type="xpath">//Who</filter><Param name="since" value="2026-11-22"/></Meta></Transport>
<!-- a --><Transport role='iamalive'><Origin><![CDATA[a]]>b</Origin></Transport>
<Transport role='ack' \x01a\x02='' \x01/>
<Transport role='ack'><Meta>\x01<Param name='a\x02' value='b'/>\x01</Meta></Transport>
END

# An expression a line, each with an event behind it.
mapfile -t expressions < <(
  sed -nE '/ expressions = \{/,/^\};/s/^ *"(.*)",.*$/\1/p' tests/corpus/filter_corpus.cpp | sed 's/\\"/"/g'
  printf '%s\n' '//*[count(//*[count(//*)>0])>0]' '//a = //b' '(//a|//b)[. = "y"]' '//a/following::a/preceding::a' \
    'translate(/, /, /)' 'concat(//a, string(/), "x")' '//a[/ > 1]' 'string(//comment())' 'id("a")' "\$x" 'a:b'
)
for number in "${!expressions[@]}"; do
  { printf '%s\n' "${expressions[number]}" && cat tests/data/example.xml; } | put filter "event-$number"
  { printf '%s\n' "${expressions[number]}" && printf '<r>\1<a b="\2">x</a><!--c--><?p?>\1</r>'; } | put filter "many-$number"
done
for number in {1..8}; do
  head -c $((number * 200)) tests/data/full-2.1.xml | put filter_cost "bytes-$number"
done

# Cuts, an end of these, the bytes, and the largest size.
lines stream <<'END'
\x01\x02\\;<a/>\0<b/>\0<c/>\0\x00\x01
\x05\\;<a/>\0 \n\0\0<b>\0\xff\xfe<\0a\0/\0>\0\0\0<c/>\x00\x02
\x02\\;\xfe\xff\0<\0a\0/\0>\0\0\xfe\xff\0<\0b\0/\0>\0\x00\x03
\x03\\;<too-large/>\0<b/>\0\x08\0
END
lines hop_json <<'END'
{"ivorn": "ivo://a.b/c#1", "role": "test", "version": "2.0", "Who": {"Author": {"title": "a & b"}}, "What": {"Param": [{"name": "a", "value": "1"}, {"name": "b", "Value": null}], "Group": {}}, "How": {}, "Citations": {"Description": "d", "EventIVORN": {"cite": "followup", "#text": "c"}}}
{"version": "2.1", "WhereWhen": {"ObsDataLocation": {"ObservationLocation": {"AstroCoords": {"Position2D": {}, "Time": {"Error": 1.5, "TimeInstant": {"ISOTime": "2026-11-22"}}}}}}}
{"version": "1.1", "What": {"xmlns": "u", "xmlns:q": "u", "q:A": {"q:b": true, "xsi:nil": "1", "xlink:href": "\\n"}}}
{"version": "2.0", "What": {"\x01a\x02": "1", \x01"b\x02": [0, \x010, \x01{}], \x01"c": "d"}}
END
lines signature <<'END'
<?xml version="1.0" encoding="UTF-8"?><!-- a --><?b c?>\n<v:VOEvent xmlns:v="u" ivorn='>' a="'>"><![CDATA[<]]></v:VOEvent><!--\n=====BEGIN PGP SIGNATURE=====\nComment: a\n\niHUEABYKAB0=\n=AbCd\n=====END PGP SIGNATURE=====\n-->\n<?d ?>
<?xml version='1.0'?><VOEvent/><!--^^^^^BEGIN PGP SIGNATURE^^^^^\r\nVersion: 1.4.12^0\r\n\r\nwgGI\r\n^^^^^END PGP SIGNATURE^^^^^--><!-- b -->
<VOEvent>\x01<a b="\x02"/>\x01</VOEvent>\x01<!--\x02-->\x01
\x01<!--=====BEGIN PGP SIGNATURE=====-->\x01
END
lines ivoid <<'END'
ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_532871-729
IVO://Example.ORG/a/b?c#d
ivo://a.b
ivo://ab/c
ivo://a.b//c/../d/
END
lines endpoint <<'END'
voevent.example.org
127.0.0.1:8098
[::1]:8099
tcp:fe80::1
8099
tcp:0
unix:/run/brokerd.sock
192.0.2.0/24
2001:db8::/32
::ffff:1.2.3.4/128
0.0.0.0/0
END
lines peers <<'END'
pole sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef author ivorn=ivo://pole.example/ rate=10/s,50\n
archive dn:"CN=archive, O=""Lab""" subscriber filter="//*[@role='observation']" connections=3\n
# all\ncampus 192.0.2.0/24 both connections=20\ntwo san:telescope.example author,subscriber # comment\n
pole pgp:0123456789abcdef0123456789abcdef01234567 author ivorn=ivo://pole.example/survey#a\n
six 2001:db8::/32 subscriber\nsix ::1 author rate=0.5/s\n
END
lines settings <<'END'
# a broker\nreceive\nkeep = 90\nfilter = //Param[@name="magnitude" and @value<15]\r\n\n=a\n b = = c
\x01a\x02 = \x02\n\x01
a\0b
END
hash=$(printf '' | sha256sum | cut -c 1-64)
lines cursor_file <<END
a.b:8099 $hash\nunix:/tmp/a b.sock $hash\n
a.b:8099 $hash
Dear diary\n
END
lines resumption <<END
$hash\n2026-11-22T12:42:50.123456Z\n12\n$hash
\n2026-11-20\n0\n
x\n1d\n-1\nx\n$hash
\n0000-01-01T00:00:00Z\n18446744073709551615\n
END
lines request_target <<'END'
/api/v1/events?since=7d&until=2026-11-20T12:00:00Z&stream=ivo%3A%2F%2Fa.b%2Fc&role=test&limit=10&cursor=1f
/api/v1/events?cone=05:34:31.9,%2B22:00:52,1.5&cites=ivo://a.b/c%231&cited_by=x&concept=a+b&author=c&ivorn=d
/api/v1/events/0f.json?observed_since=2026-11-20&observed_until=1h
http://localhost:8097/?a=1&a=2
/%E2%98%89/%00%zz#x
[::1]:8097
A.Example.:80
END
lines sky <<'END'
83.633
5h34m31.9s
05:34:31.9
+22d00m52s
-22:00:52
22°00′52″
30m
10"
83.633,22.0145,1
5h34m31.9s,+22d00m52s,30m
END

lines text <<'END'
2026-11-22T12:42:50.123456Z
1.5d
4M
-.5e3
é\xe2\x80\xae\xff\x1b[2J\xc2\x85
END
