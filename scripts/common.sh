# shellcheck shell=bash
# Functions that all scripts here share; each sources this file first. Paths begin with $root, so that scripts work from
# any folder.
set -euo pipefail

root=$(unset CDPATH && cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
program=${0##*/}
export CMAKE_GENERATOR=Ninja
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}

# With ccache, files that were compiled before, in this clone or another, are not compiled again.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-1}
fi

say() { printf '%s: %s\n' "$program" "$*"; }

die() {
  say "$@" >&2
  exit 1
}

# explain: prints the help, which is the comment at the head of the script.
explain() { sed -n '2,${/^#/!q; s/^# \{0,1\}//; p}' "$0"; }

# explain_if_asked ARGUMENT…: prints the help and exits, if --help is among the arguments.
explain_if_asked() {
  local argument
  for argument; do
    [[ $argument != --help ]] || { explain && exit; }
  done
}

# refuse ARGUMENT: reports an unknown argument and exits with status 2.
refuse() {
  say "unknown argument $1 (see $program --help)" >&2
  exit 2
}

# Creates $scratch, a folder that is removed when the script ends, also by Ctrl-C.
make_scratch() {
  scratch=$(mktemp -d)
  trap 'rm -rf -- "$scratch"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# build FOLDER CMAKE_OPTION… [-- TARGET…]: builds the targets, by default all. In CI warnings are errors.
build() {
  local folder=$root/$1 werror=OFF
  local -a options=()
  shift
  while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
  done
  (($#)) && shift
  [[ ${CI:-} == true ]] && werror=ON
  forget_other_compiler "$folder" "${options[@]}"
  cmake --log-level=WARNING -S "$root" -B "$folder" -DVTP_WERROR="$werror" "${options[@]}"
  cmake --build "$folder" ${1+--target "$@"}
}

# forget_other_compiler FOLDER CMAKE_OPTION…: forgets how FOLDER was configured, if that was for another compiler. CMake
# forgets it too, but with it the options that it is given.
forget_other_compiler() {
  local option
  for option in "${@:2}"; do
    [[ $option != -DCMAKE_CXX_COMPILER=* || ! -f $1/CMakeCache.txt ]] ||
      grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=\(.*/\)\?${option#*=}\$" "$1/CMakeCache.txt" ||
      rm -rf -- "$1/CMakeCache.txt" "$1/CMakeFiles"
  done
}

# symbolizer: prints the option that makes Clang's sanitizers name functions and lines in their reports, with addr2line:
# Debian's clang-16 comes without the program that they look for.
symbolizer() { echo "external_symbolizer_path=$(command -v addr2line)"; }

# clang_compiler: prints the name of a Clang that compiles the project; the default one of Debian 12 does not.
clang_compiler() {
  command -v clang++-16 || command -v clang++ || die "clang++ is missing"
}

# build_races TARGET…: with Clang and ThreadSanitizer.
build_races() {
  local compiler
  compiler=$(clang_compiler)
  build build-tsan -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='-O1 -g1' \
    -DVTP_SANITIZE=thread -DBUILD_TESTING=ON -- "$@"
}

# build_optimized TARGET…: builds in the folder and with the type that `cmake -B build` uses, so that all share one build.
build_optimized() { build build -DCMAKE_BUILD_TYPE=RelWithDebInfo -- "$@"; }

# build_benchmark TARGET…: the same, also for the programs in tests/.
build_benchmark() { build build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=ON -- "$@"; }
